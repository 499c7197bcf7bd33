import { pseudocode } from "../../codegen/pseudocode/pseudocode.ts";
import { cautions } from "../../measure/cautions.ts";
import { formatDuration } from "../../measure/format.ts";
import { bench } from "../../measure/bench.ts";
import { verdicts } from "../../measure/verdict.ts";
import { tableToJson } from "../../measure/print_table.ts";
import { saveTable, writeWhole } from "../../measure/table_file.ts";
import { tableCircumstances } from "../../measure/table_rows.ts";
import { briefTimingColumns } from "../../measure/timing_row.ts";
import { matmul } from "../../nest/matmul.ts";
import { tune } from "../../tune/tune.ts";
import { type Command, UsageError } from "../command.ts";
import { matmulFlags, progressText, tableFlags } from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";
import { outputFormat, timingImportance } from "../write_result.ts";

/** Of the time, for what the best gains over the plain loops. */
const GAIN_SHARE = 0.15;

/** `tinyloom tune matmul`. */
export const command: Command = {
  name: "tune",
  operands: "matmul",
  flags: {
    ...matmulFlags,
    threads: { kind: "integer", value: "N", about: "threads to use", default: 1, least: 1 },
    "no-fma": { kind: "boolean", about: "round every product before it is added" },
    seed: { kind: "integer", value: "N", about: "fixes the sequence of candidates", default: 1 },
    budget: { kind: "number", value: "SECONDS", about: "time for the search", default: 20 },
    evaluations: { kind: "integer", value: "N", about: "most candidates to run", least: 1 },
    resume: { kind: "text", value: "FILE", about: "keeps what was measured, and goes on from it" },
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
  permissions: { write: "--out, --resume", records: true },
  run: async (context) => {
    const { flags, operands, print, note, progress, resolve, signal } = context;
    if (operands.length !== 1 || operands[0] !== "matmul") {
      throw new UsageError(`tune needs to know what: matmul; found "${operands.join(" ")}"`);
    }
    const { dtype, out, resume, evaluations } = flags;
    if (dtype !== "f32" && dtype !== "i8") {
      throw new UsageError(`--dtype must be f32 or i8, found "${dtype}"`);
    }
    const format = out === undefined ? null : outputFormat(out as string, ["json", "arrow"]);
    const sizes = { m: flags.m as number, k: flags.k as number, n: flags.n as number, dtype };
    const naive = matmul(sizes as Parameters<typeof matmul>[0]);
    const budgetMs = 1000 * (flags.budget as number);
    const tuned = await tune(naive, {
      seed: flags.seed as number,
      budgetMs: (1 - GAIN_SHARE) * budgetMs,
      threads: flags.threads as number,
      fma: !flags["no-fma"],
      signal,
      onProgress: ({ phase, evaluated, bestNs }) => {
        const best = bestNs === null ? "" : `, best ${formatDuration(bestNs)}`;
        progress(`${phase}: ${evaluated} candidates${best}`);
      },
      ...(evaluations !== undefined && { evaluations: evaluations as number }),
      ...(resume !== undefined && { cacheFile: resolve(resume as string) }),
    });
    if (format === "json") {
      await writeWhole(resolve(out as string), JSON.stringify(tuned.steps, null, 2) + "\n");
    } else if (format === "arrow") {
      await saveTable(resolve(out as string), tuned.table);
    }
    if (format) note(`wrote ${out}`);
    for (const each of tuned.notes) note(each);
    const { steps, ended, measurement } = tuned;
    const gain = signal.aborted || steps.length === 0 ? null : await bench(
      { naive, best: tuned.best },
      {
        seed: flags.seed as number,
        budgetMs: GAIN_SHARE * budgetMs,
        threads: flags.threads as number,
        fma: !flags["no-fma"],
        signal,
        onProgress: (now) => progress(progressText(now)),
      },
    );
    if (flags.json) {
      print(JSON.stringify({
        schemaVersion: 1,
        steps,
        ended,
        evaluations: tuned.table.numRows,
        environment: measurement && tableCircumstances(measurement.table),
        rows: measurement ? tableToJson(measurement.table) : [],
        gain: gain && tableToJson(gain.table),
      }));
    } else {
      print(pseudocode(tuned.best));
      if (gain) {
        const view = { columns: briefTimingColumns, importance: timingImportance };
        printTable(context, gain.table, view);
        for (const verdict of verdicts(gain.table).slice(1)) say(context, verdict);
      }
      say(context, `${tuned.table.numRows} candidates; ended by ${ended}. The best schedule:`);
      say(context, JSON.stringify(steps).replaceAll("},{", "}, {"));
      for (const line of gain ? cautions(gain.table) : []) say(context, line);
    }
    return 0;
  },
};
