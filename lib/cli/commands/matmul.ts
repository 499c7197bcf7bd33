import type { Table } from "apache-arrow";
import { chartSpeedup } from "../../chart/chart_speedup.ts";
import { matmulReport } from "../../chart/matmul_report.ts";
import { bench } from "../../measure/bench.ts";
import { type MachinePeaks, measurePeaks } from "../../measure/measure_peaks.ts";
import { tableToJson } from "../../measure/table_to_json.ts";
import { tableMetadata } from "../../measure/table_to_rows.ts";
import { tableToText } from "../../measure/table_to_text.ts";
import { briefTimingColumns } from "../../measure/timing_row.ts";
import { verdicts } from "../../measure/verdict.ts";
import { matmul, type MatmulOptions } from "../../nest/matmul.ts";
import type { Nest } from "../../nest/nest.ts";
import { applySteps } from "../../schedule/apply_steps.ts";
import { matmulVariantNames, matmulVariants } from "../../schedule/matmul_variants.ts";
import type { Command, CommandContext, FlagValues } from "../command.ts";
import { readSchedule } from "../read_schedule.ts";
import { progressText } from "../progress_text.ts";
import { matmulFlags } from "../matmul_flags.ts";
import { UsageError } from "../usage_error.ts";
import { outputFormat, type Result, writeResult } from "../write_table.ts";

/** `tinyloom matmul`: the experiment of the lecture on a matrix product of any size. */
export const matmulCommand: Command = {
  name: "matmul",
  about: "Times a matrix product from plain loops to everything together.",
  operands: "",
  flags: {
    ...matmulFlags,
    variants: {
      kind: "text",
      value: "LIST",
      about: `which of ${matmulVariantNames.join(",")}; the first is the baseline`,
      default: matmulVariantNames.join(","),
    },
    schedule: {
      kind: "text",
      value: "FILE.json",
      about: "one more variant: the steps in a file, as --json prints them",
    },
    threads: {
      kind: "integer",
      value: "N",
      about: "threads for the variants threads and best (default: the machine's cores)",
      least: 1,
    },
    wide: {
      kind: "boolean",
      about: "best for 256-bit vectors; needs DENO_V8_FLAGS=--experimental-wasm-revectorize",
    },
    "no-fma": { kind: "boolean", about: "round every product before it is added" },
    seed: { kind: "integer", value: "N", about: "fixes inputs and order", default: 1 },
    runs: { kind: "integer", value: "N", about: "most samples a variant", default: 1000, least: 1 },
    budget: {
      kind: "number",
      value: "SECONDS",
      about: "time for everything; slow variants get fewer samples",
      default: 30,
      least: 0.1,
    },
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "texts",
      value: "FILE",
      about: "also write .arrow .csv .json .svg .png .html or .md; may be repeated",
    },
  },
  examples: [
    "matmul",
    "matmul --m 640 --k 12800 --n 640 --budget 120 --out lecture.html",
    "matmul --dtype i8 --variants naive,best --json",
    "matmul --variants naive --schedule mine.json",
  ],
  run: async (context) => {
    const { flags, operands, print, note, resolve } = context;
    if (operands.length > 0) throw new UsageError(`matmul takes no argument "${operands[0]}"`);
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file);
    const fma = !flags["no-fma"];
    const nests = await chosenVariants(flags, resolve);
    const peaks = measurePeaks();
    const table = await timed(nests, peaks, fma, context);
    const result: Result = {
      table,
      chart: () => chartSpeedup(table),
      json: () => matmulJson(table),
      html: () => matmulReport({ table, nests, peaks, fma }),
    };
    for (const file of files) {
      await writeResult(resolve(file), result);
      note(`wrote ${file}`);
    }
    if (flags.json) {
      print(JSON.stringify(matmulJson(table)));
    } else {
      print(tableToText(table, { columns: briefTimingColumns }));
      for (const verdict of verdicts(table)) print(verdict);
    }
    return 0;
  },
};

/** The object that `--json` prints. */
export function matmulJson(table: Table): unknown {
  return {
    schemaVersion: 1,
    environment: tableMetadata(table),
    rows: tableToJson(table).map(({ kernel, gmacPerS, ...row }) => ({
      variant: kernel,
      ...row,
      gflops: 2 * (gmacPerS as number),
    })),
  };
}

async function chosenVariants(
  flags: FlagValues,
  resolve: (path: string) => string,
): Promise<Record<string, Nest>> {
  const { dtype } = flags;
  if (dtype !== "f32" && dtype !== "i8") {
    throw new UsageError(`--dtype must be f32 or i8, found "${dtype}"`);
  }
  const sizes = { m: flags.m, k: flags.k, n: flags.n, dtype } as MatmulOptions;
  const all = matmulVariants({
    ...sizes,
    fma: !flags["no-fma"],
    threads: threadsOf(flags),
    wide: flags.wide === true,
  });
  const chosen: Record<string, Nest> = {};
  for (const name of (flags.variants as string).split(",").map((each) => each.trim())) {
    const known = matmulVariantNames.find((each) => each === name);
    if (!known) {
      throw new UsageError(
        `--variants: there is no "${name}", only ${matmulVariantNames.join(", ")}`,
      );
    }
    chosen[known] = all[known];
  }
  if (flags.schedule !== undefined) {
    const steps = await readSchedule(resolve(flags.schedule as string));
    chosen.schedule = applySteps(matmul(sizes), steps);
  }
  return chosen;
}

function threadsOf(flags: FlagValues): number {
  return (flags.threads as number | undefined) ?? navigator.hardwareConcurrency;
}

async function timed(
  nests: Readonly<Record<string, Nest>>,
  peaks: MachinePeaks,
  fma: boolean,
  { flags, progress, signal }: CommandContext,
): Promise<Table> {
  const { table } = await bench(nests, {
    fma,
    peaks,
    signal,
    threads: threadsOf(flags),
    seed: flags.seed as number,
    runs: flags.runs as number,
    budgetMs: 1000 * (flags.budget as number),
    onProgress: (now) => progress(progressText(now)),
  });
  return table;
}
