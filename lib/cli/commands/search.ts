import { chartSpaceCdfs } from "../../chart/chart_space_cdfs.ts";
import { reportHtml } from "../../chart/report_html.ts";
import { writeDeployment } from "../../deploy/write_deployment.ts";
import { writeWhole } from "../../measure/table_file.ts";
import { memoryModels } from "../../tinynas/memory_bounds.ts";
import { spaceTable } from "../../tinynas/optimize_space.ts";
import { chosenData, dataFlags } from "../chosen_data.ts";
import { chosenDevice, deviceFlags } from "../chosen_device.ts";
import { type Command, UsageError } from "../command.ts";
import { CANDIDATES } from "../../native/native_target.ts";
import { loginDetails, machineFlags, machinesOf } from "../machines.ts";
import { findTrained, searchUntrained } from "../run_search.ts";
import { tableFlags } from "../shared_flags.ts";
import { deployFound, searchReport, showSearch } from "../show_search.ts";
import { outputFormat, writeResult } from "../write_result.ts";

/** `tinyloom search --device NAME`. */
export const command: Command = {
  name: "search",
  details:
    "With --nats, workers on other machines judge, train and rate the networks; what is trained is " +
    "saved every 200 steps, and only what came after is done again if one of them dies. " +
    loginDetails,
  operands: "",
  flags: {
    ...deviceFlags,
    device: { ...deviceFlags.device, default: "stm32f746" },
    space: { kind: "text", value: "NAME", about: "what to search: mcunet", default: "mcunet" },
    fitness: {
      kind: "text",
      value: "NAME",
      about: "macs, score (of the untrained network), or supernet: accuracy, of a super-network " +
        "trained for it (default: supernet with --data, else macs)",
    },
    ...dataFlags,
    memory: {
      kind: "text",
      value: "NAME",
      about: "how memory is planned: layers, in-place, overlap or rolling",
      default: "in-place",
    },
    classes: {
      kind: "integer",
      value: "N",
      about: "to tell apart (default 1000; those of --data; 2 with supernet alone)",
      least: 1,
    },
    "most-macs": { kind: "integer", value: "N", about: "limit of multiply-accumulates", least: 1 },
    fps: {
      kind: "number",
      value: "N",
      about: "frames a second at least, by the estimate for the device; not with supernet",
    },
    seed: { kind: "integer", value: "N", about: "determines the result", default: 1 },
    samples: { kind: "integer", value: "N", about: "drawn a space", default: 1000, least: 1 },
    generations: {
      kind: "integer",
      value: "N",
      about: "of the search (default 30; 8 a resolution with supernet)",
    },
    population: {
      kind: "integer",
      value: "N",
      about: "of a generation (default 100; 24 with supernet)",
      least: 2,
    },
    images: {
      kind: "integer",
      value: "N",
      about: "that are drawn to learn from without --data (default 32000)",
      least: 1,
    },
    steps: {
      kind: "integer",
      value: "N",
      about: "of the super-network's training (default 4000, fewer with few --data)",
      least: 1,
    },
    "tuning-steps": {
      kind: "integer",
      value: "N",
      about: "in which the best network learns alone (default: as many)",
      least: 1,
    },
    "quantized-steps": {
      kind: "integer",
      value: "N",
      about: "in which it then learns as int8 computes it (default 0)",
      least: 0,
    },
    front: { kind: "integer", value: "N", about: "networks to show", default: 8, least: 1 },
    workers: {
      kind: "integer",
      value: "N",
      about: "threads (default: one a core); with --nats, of a training there (default 1)",
      least: 1,
    },
    native: {
      kind: "boolean",
      about:
        "train by native code, which cc compiles: supernet alone; with --nats, where there is a cc",
    },
    ...machineFlags,
    resume: { kind: "text", value: "FILE", about: "keeps the search, and goes on from it" },
    deploy: {
      kind: "text",
      writes: true,
      value: "DIR",
      about: "write the network as C with examples of the test as golden vectors, as `deploy` does",
    },
    tflite: {
      kind: "text",
      writes: true,
      value: "FILE",
      about: "write the network (supernet: trained, int8)",
    },
    ...tableFlags,
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "text",
      writes: true,
      value: "FILE",
      about: "write the result (.json, .html: a page), or stage 1 (the others)",
    },
  },
  examples: [
    "search --device stm32f746",
    "search --device nano33ble --fitness score --memory rolling --resume search.json --json",
    "search --device nano33iot --fitness supernet --tflite wake_word.tflite",
    "search --device stm32f746 --nats nats://10.0.0.1:4222",
    "search --device nano33ble --data photos --deploy firmware --out report.html",
    "search --sram 64k --flash 256k --data fashion-mnist --tflite fashion.tflite",
    "search --device nano33ble --data speech_commands --only yes,no,stop,go --deploy firmware",
  ],
  permissions: {
    write: "--deploy, --out, --tflite, --resume, --native",
    draws: true,
    compiles: { names: CANDIDATES, why: "with --native" },
    nats: true,
  },
  run: async (context) => {
    const { flags, operands, print, note, resolve } = context;
    if (operands.length > 0) {
      throw new UsageError(`search takes flags alone, found "${operands.join(" ")}"`);
    }
    const device = (await chosenDevice(context))!;
    oneOf("--space", flags.space, ["mcunet"]);
    const fitness = flags.fitness ?? (flags.data === undefined ? "macs" : "supernet");
    oneOf("--fitness", fitness, ["macs", "score", "supernet"]);
    if (fitness !== "supernet") {
      if (flags.data !== undefined) {
        throw new UsageError(`--data is learnt with --fitness supernet, found ${fitness}`);
      }
      // Refuses flags about data.
      await chosenData(context);
    }
    if (flags.native && fitness !== "supernet") {
      throw new UsageError(`--native is about training, with --fitness supernet, found ${fitness}`);
    }
    oneOf("--memory", flags.memory, Object.keys(memoryModels));
    if (flags.fps !== undefined && (fitness === "supernet" || !((flags.fps as number) > 0))) {
      throw new UsageError("--fps needs a number above 0, and no --fitness supernet");
    }
    const out = flags.out as string | undefined;
    if (out !== undefined) outputFormat(out);
    await using machines = await machinesOf(context);
    const search = fitness === "supernet" ? findTrained : searchUntrained;
    const outcome = await search(context, device, { machines });
    const { best, pareto, stage1, evaluations, ended, more, tflite } = outcome;
    const { seed } = flags;
    const folder = flags.deploy as string | undefined;
    const deployment = folder === undefined ? null : deployFound(outcome, { context, device });
    const result = { best, pareto, stage1, seed, evaluations, ended, ...more };
    const json = () => ({ schemaVersion: 1, ...result });
    if (out !== undefined) {
      await writeResult(resolve(out), {
        table: spaceTable(stage1),
        chart: () => chartSpaceCdfs(stage1),
        json,
        html: async () => reportHtml(await searchReport(outcome, { device, deployment })),
      });
      note(`wrote ${out}`);
    }
    if (flags.tflite !== undefined) {
      await writeWhole(resolve(flags.tflite as string), tflite());
      note(`wrote ${flags.tflite}`);
    }
    if (folder !== undefined && deployment !== null) {
      await writeDeployment(deployment, resolve(folder));
      note(`wrote ${Object.keys(deployment.project.files).length} files to ${folder}`);
    }
    if (flags.json) print(JSON.stringify(json()));
    else showSearch(outcome, { context, device });
    return ended === "aborted" ? 130 : 0;
  },
};

function oneOf(flag: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  throw new UsageError(`${flag} must be one of ${known.join(", ")}, found "${value}"`);
}
