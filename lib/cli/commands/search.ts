import { chartSpaceCdfs } from "../../chart/chart_space_cdfs.ts";
import { type Report, reportHtml } from "../../chart/report_html.ts";
import { formatCount } from "../../measure/format.ts";
import { writeWhole } from "../../measure/table_file.ts";
import { tableFromRows } from "../../measure/table_from_rows.ts";
import type { Model } from "../../model/model.ts";
import { readModel } from "../../model/read_model.ts";
import type { Device } from "../../plan/devices.ts";
import type { RatedNetwork } from "../../tinynas/candidate.ts";
import { memoryModels } from "../../tinynas/memory_bounds.ts";
import { type SpaceRow, spaceTable } from "../../tinynas/optimize_space.ts";
import { chosenDevice, deviceFlags } from "../chosen_device.ts";
import { type Command, UsageError } from "../command.ts";
import { loginDetails, machineFlags, machinesOf } from "../machines.ts";
import { graphOf } from "../model_runner.ts";
import { accuracyInWords, findTrained, searchUntrained } from "../run_search.ts";
import { tableFlags } from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";
import { outputFormat, writeResult } from "../write_result.ts";

/** `tinyloom search --device NAME`. */
export const command: Command = {
  name: "search",
  details: "With --nats, workers on other machines judge the networks. " + loginDetails,
  operands: "",
  flags: {
    ...deviceFlags,
    device: { ...deviceFlags.device, default: "stm32f746" },
    space: { kind: "text", value: "NAME", about: "what to search: mcunet", default: "mcunet" },
    fitness: {
      kind: "text",
      value: "NAME",
      about:
        "macs, score (of the untrained network), or supernet: accuracy on small grey images, " +
        "of a super-network trained for it",
      default: "macs",
    },
    memory: {
      kind: "text",
      value: "NAME",
      about: "how memory is planned: layers, in-place, overlap or rolling",
      default: "in-place",
    },
    classes: {
      kind: "integer",
      value: "N",
      about: "to tell apart (default 1000; 2 with supernet)",
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
      about: "that the super-network learns from (default 32000)",
      least: 1,
    },
    steps: {
      kind: "integer",
      value: "N",
      about: "of the super-network's training (default 4000)",
      least: 1,
    },
    "tuning-steps": {
      kind: "integer",
      value: "N",
      about: "in which the best network learns alone (default 4000)",
      least: 1,
    },
    front: { kind: "integer", value: "N", about: "networks to show", default: 8, least: 1 },
    workers: { kind: "integer", value: "N", about: "threads (default: one a core)", least: 1 },
    ...machineFlags,
    resume: { kind: "text", value: "FILE", about: "keeps the search, and goes on from it" },
    tflite: { kind: "text", value: "FILE", about: "write the network (supernet: trained, int8)" },
    ...tableFlags,
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "text",
      value: "FILE",
      about: "write the result (.json), or stage 1 (the others)",
    },
  },
  examples: [
    "search --device stm32f746",
    "search --device nano33ble --fitness score --memory rolling --resume search.json --json",
    "search --device nano33iot --fitness supernet --tflite wake_word.tflite",
    "search --device stm32f746 --nats nats://10.0.0.1:4222",
  ],
  run: async (context) => {
    const { flags, operands, print, note, resolve } = context;
    if (operands.length > 0) {
      throw new UsageError(`search takes flags alone, found "${operands.join(" ")}"`);
    }
    const device = (await chosenDevice(context))!;
    oneOf("--space", flags.space, ["mcunet"]);
    oneOf("--fitness", flags.fitness, ["macs", "score", "supernet"]);
    oneOf("--memory", flags.memory, Object.keys(memoryModels));
    if (flags.fps !== undefined && (flags.fitness === "supernet" || !((flags.fps as number) > 0))) {
      throw new UsageError("--fps needs a number above 0, and no --fitness supernet");
    }
    const out = flags.out as string | undefined;
    if (out !== undefined) outputFormat(out);
    await using machines = await machinesOf(context);
    const search = flags.fitness === "supernet" ? findTrained : searchUntrained;
    const { best, pareto, stage1, evaluations, ended, more, tflite } = await search(
      context,
      device,
      { machines },
    );
    const { seed } = flags;
    const result = { best, pareto, stage1, seed, evaluations, ended, ...more };
    const json = () => ({ schemaVersion: 1, ...result });
    if (out !== undefined) {
      await writeResult(resolve(out), {
        table: spaceTable(stage1),
        chart: () => chartSpaceCdfs(stage1),
        json,
        html: async () =>
          reportHtml(await report(device, { best, pareto, stage1, network: readModel(tflite()) })),
      });
      note(`wrote ${out}`);
    }
    if (flags.tflite !== undefined) {
      await writeWhole(resolve(flags.tflite as string), tflite());
      note(`wrote ${flags.tflite}`);
    }
    if (flags.json) print(JSON.stringify(json()));
    else {
      say(
        context,
        `${device.title}, memory planned ${flags.memory}, ${evaluations} networks compared`,
      );
      print("");
      printTable(context, tableFromRows(pareto.map(brief)), { importance });
      print("");
      say(
        context,
        "Each was planned, its plan validated, and run: equal to the reference interpreter. " +
          `Genes of the fittest: ${best.genes.join(" ")}`,
      );
      if (more.accuracy !== undefined) say(context, accuracyInWords(more.accuracy));
    }
    return ended === "aborted" ? 130 : 0;
  },
};

async function report(
  { title }: Device,
  { best, pareto, stage1, network }: {
    readonly network: Model;
    readonly best: RatedNetwork;
    readonly pareto: readonly RatedNetwork[];
    readonly stage1: readonly SpaceRow[];
  },
): Promise<Report> {
  const graph = await graphOf(network, {});
  return {
    title: `A network for the ${title}`,
    summary: `${formatCount(best.macs)} multiply-accumulates in ${formatCount(best.peakBytes)} B ` +
      `of SRAM and ${formatCount(best.flashBytes)} B of Flash.`,
    sections: [
      { title: "The networks", table: tableFromRows(pareto.map(brief)) },
      {
        title: "The spaces",
        charts: stage1.some(({ macsP80 }) => macsP80 !== null) ? [chartSpaceCdfs(stage1)] : [],
        table: spaceTable(stage1),
      },
      ...graph === null ? [] : [{ ...graph, title: "The fittest" }],
    ],
  };
}

function oneOf(flag: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  throw new UsageError(`${flag} must be one of ${known.join(", ")}, found "${value}"`);
}

/** Figures of a network, the most important first. */
const importance: readonly string[] = [
  ...["macs", "fitness", "peakBytes", "flashBytes", "resolution", "width"],
];

function brief({ genes: _, ...figures }: RatedNetwork) {
  return figures;
}
