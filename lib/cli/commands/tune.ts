import { pseudocode } from "../../codegen/pseudocode/pseudocode.ts";
import { cautions } from "../../measure/cautions.ts";
import { formatDuration } from "../../measure/format.ts";
import type { MeasureProgress } from "../../measure/measure_options.ts";
import { verdicts } from "../../measure/verdict.ts";
import { tableToJson } from "../../measure/print_table.ts";
import { saveTable, writeWhole } from "../../measure/table_file.ts";
import { tableCircumstances } from "../../measure/table_rows.ts";
import { briefTimingColumns } from "../../measure/timing_row.ts";
import { matmul } from "../../nest/matmul.ts";
import type { TuneProgress } from "../../tune/tune_options.ts";
import { type TuneTask, tuneThere, tuneWithGain } from "../../workers/timing_tasks.ts";
import { type Command, UsageError } from "../command.ts";
import { loginDetails, machineFlags, machinesOf } from "../machines.ts";
import { matmulFlags, progressText, tableFlags } from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";
import { outputFormat, timingImportance } from "../write_result.ts";

/** Of the time, for what the best gains over the plain loops. */
const GAIN_SHARE = 0.15;

/** `tinyloom tune matmul`. */
export const command: Command = {
  name: "tune",
  details: "With --nats, a worker there tunes for its machine; the rows of its times tell which. " +
    loginDetails,
  operands: "matmul",
  flags: {
    ...matmulFlags,
    threads: { kind: "integer", value: "N", about: "threads to use", default: 1, least: 1 },
    "no-fma": { kind: "boolean", about: "round every product before it is added" },
    seed: { kind: "integer", value: "N", about: "fixes the sequence of candidates", default: 1 },
    budget: { kind: "number", value: "SECONDS", about: "time for the search", default: 20 },
    evaluations: { kind: "integer", value: "N", about: "most candidates to run", least: 1 },
    resume: { kind: "text", value: "FILE", about: "keeps what was measured, and goes on from it" },
    ...machineFlags,
    ...tableFlags,
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "text",
      writes: true,
      value: "FILE",
      about: "write the steps (.json) or the log (.arrow)",
    },
  },
  examples: [
    "tune matmul --m 640 --k 640 --n 640 --budget 30 --out best.json",
    "tune matmul --dtype i8 --resume tuning.jsonl",
  ],
  permissions: { write: "--out, --resume", records: true, nats: true },
  run: async (context) => {
    const { flags, operands, print, note, progress, resolve, signal } = context;
    if (operands.length !== 1 || operands[0] !== "matmul") {
      throw new UsageError(`tune needs to know what: matmul; found "${operands.join(" ")}"`);
    }
    const { dtype, out, resume, evaluations } = flags;
    if (dtype !== "f32" && dtype !== "i8") {
      throw new UsageError(`--dtype must be f32 or i8, found "${dtype}"`);
    }
    if (resume !== undefined && flags.nats !== undefined) {
      throw new UsageError("--resume keeps times of this machine, and goes without --nats");
    }
    const format = out === undefined ? null : outputFormat(out as string, ["json", "arrow"]);
    const sizes = { m: flags.m as number, k: flags.k as number, n: flags.n as number, dtype };
    const naive = matmul(sizes as Parameters<typeof matmul>[0]);
    const budgetMs = 1000 * (flags.budget as number);
    const task: TuneTask = {
      kind: "tune",
      nest: naive,
      options: {
        seed: flags.seed as number,
        budgetMs: (1 - GAIN_SHARE) * budgetMs,
        gainMs: GAIN_SHARE * budgetMs,
        threads: flags.threads as number,
        fma: !flags["no-fma"],
        ...(evaluations !== undefined && { evaluations: evaluations as number }),
        ...(resume !== undefined && { cacheFile: resolve(resume as string) }),
      },
    };
    await using workers = await machinesOf(context);
    const tuned = workers === undefined
      ? await tuneWithGain(task, { signal, onProgress: (now) => progress(inWords(now)) })
      : await tuneThere(task, { workers, signal });
    if (format === "json") {
      await writeWhole(resolve(out as string), JSON.stringify(tuned.steps, null, 2) + "\n");
    } else if (format === "arrow") {
      await saveTable(resolve(out as string), tuned.table);
    }
    if (format) note(`wrote ${out}`);
    for (const each of tuned.notes) note(each);
    const { steps, ended, measurement, gain } = tuned;
    if (flags.json) {
      print(JSON.stringify({
        schemaVersion: 1,
        steps,
        ended,
        evaluations: tuned.table.numRows,
        environment: measurement && tableCircumstances(measurement.table),
        rows: measurement ? tableToJson(measurement.table) : [],
        gain: gain && tableToJson(gain),
      }));
    } else {
      print(pseudocode(tuned.best));
      if (gain) {
        const view = { columns: briefTimingColumns, importance: timingImportance };
        printTable(context, gain, view);
        for (const verdict of verdicts(gain).slice(1)) say(context, verdict);
      }
      say(context, `${tuned.table.numRows} candidates; ended by ${ended}. The best schedule:`);
      say(context, JSON.stringify(steps).replaceAll("},{", "}, {"));
      for (const line of gain ? cautions(gain) : []) say(context, line);
    }
    return 0;
  },
};

/** How far it has got: the search, and then the comparison. */
function inWords(now: TuneProgress | MeasureProgress): string {
  if (!("evaluated" in now)) return progressText(now);
  const best = now.bestNs === null ? "" : `, best ${formatDuration(now.bestNs)}`;
  return `${now.phase}: ${now.evaluated} candidates${best}`;
}
