import { chartSpeedup } from "../../chart/chart_speedup.ts";
import { matmulReport } from "../../chart/experiment_reports.ts";
import { readForm, record } from "../../form.ts";
import { bench } from "../../measure/bench.ts";
import { measureBroadcast } from "../../measure/measure_broadcast.ts";
import { measurePeaks } from "../../measure/measure_peaks.ts";
import { briefTimingColumns } from "../../measure/timing_row.ts";
import { stepVerdicts } from "../../measure/verdict.ts";
import type { ScheduleFor } from "../../native/bench_backends.ts";
import { CANDIDATES } from "../../native/native_target.ts";
import { matmul, type MatmulOptions } from "../../nest/matmul.ts";
import type { Nest, Step } from "../../nest/nest.ts";
import { applySteps, scheduleForm } from "../../schedule/apply_steps.ts";
import {
  matmulLadder,
  matmulVariantNames,
  matmulVariants,
} from "../../schedule/matmul_variants.ts";
import { nativeMatmul } from "../../schedule/native_matmul.ts";
import { backendDetails, backendFlags, checkBackendFlags, reportBackends } from "../backends.ts";
import { type Command, type FlagValues, UsageError } from "../command.ts";
import { readInput } from "../input_file.ts";
import { matmulFlags, timingFlags, timingOptions } from "../shared_flags.ts";
import { say } from "../terminal.ts";
import { outputFormat, reportTimings } from "../write_result.ts";

/** `tinyloom matmul`: the experiment of the lecture on a matrix product of any size. */
export const command: Command = {
  name: "matmul",
  details:
    `${backendDetails} The variant best is laid out for that processor then: its registers, its ` +
    "products of four int8, its matrix tiles (AMX).",
  operands: "",
  flags: {
    ...matmulFlags,
    variants: {
      kind: "text",
      value: "LIST",
      about: `which of ${matmulVariantNames.join(",")}; the first is the baseline`,
      default: matmulVariantNames.join(","),
    },
    ladder: {
      kind: "boolean",
      about: "in place of variants: each technique on top of the ones before, as `deno task start`",
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
    "wide-vectors": {
      kind: "boolean",
      about: "best for 256-bit vectors; needs DENO_V8_FLAGS=--experimental-wasm-revectorize",
    },
    ...timingFlags,
    ...backendFlags(),
  },
  examples: [
    "matmul",
    "matmul --m 640 --k 12800 --n 640 --budget 120 --out lecture.html",
    "matmul --ladder --m 1024 --k 1024 --n 1024",
    "matmul --dtype i8 --variants naive,best --json",
    "matmul --variants naive --schedule mine.json",
    "matmul --ladder --backends javascript,wasm,native-O0,native-best --out backends.html",
  ],
  permissions: {
    write: "--out",
    draws: true,
    compiles: { names: CANDIDATES, why: "with native --backends" },
    records: true,
  },
  run: async (context) => {
    const { flags, operands, print, resolve } = context;
    if (operands.length > 0) throw new UsageError(`matmul takes no argument "${operands[0]}"`);
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file);
    const timing = timingOptions(context);
    checkBackendFlags(flags);
    const nests = await chosenVariants(flags, resolve);
    if (flags.backends !== undefined) {
      await reportBackends(
        context,
        "best" in nests ? { ...nests, best: bestFor(nests.best, flags) } : nests,
      );
      return 0;
    }
    const peaks = measurePeaks();
    const measurement = await bench(nests, { ...timing, peaks, threads: threadsOf(flags) });
    const { table } = measurement;
    await reportTimings(context, {
      table,
      columns: briefTimingColumns,
      chart: () => chartSpeedup(table),
      html: () => matmulReport({ table, nests, peaks, fma: timing.fma }),
    });
    if (flags.ladder && !flags.json) {
      print("Each step on top of the one before:");
      for (const line of stepVerdicts(measurement)) say(context, `  ${line}`);
    }
    return 0;
  },
};

/** The best for a compiler's processor; `portable` where there is none. */
function bestFor(portable: Nest, { m, k, n, dtype }: FlagValues): ScheduleFor {
  return (target) => {
    if (target === null) return portable;
    const { vectorBytes, vectorRegisters, hasDot4: fours, hasTiles: tiles } = target;
    const sizes = { m, k, n, dtype } as MatmulOptions & { readonly dtype: "f32" | "i8" };
    return nativeMatmul({ ...sizes, vectorBytes, vectorRegisters, fours, tiles });
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
  const chosen: Record<string, Nest> = flags.ladder
    ? { ...matmulLadder({ ...sizes, fma: isFused(flags) }) }
    : {};
  const names = flags.ladder
    ? []
    : (flags.variants as string).split(",").map((each) => each.trim());
  if (flags.backends !== undefined && flags.variants === command.flags.variants.default) {
    // On one thread it is what it is made from.
    names.splice(names.indexOf("threads"), 1);
    delete chosen.threads;
  }
  const isMeasured = names.includes("best") && dtype === "f32" && isFused(flags);
  const all = matmulVariants({
    ...sizes,
    fma: isFused(flags),
    threads: threadsOf(flags),
    wide: flags["wide-vectors"] === true,
    broadcast: isMeasured ? measureBroadcast() : undefined,
  });
  for (const name of names) {
    const known = matmulVariantNames.find((each) => each === name);
    if (!known) {
      throw new UsageError(
        `--variants: there is no "${name}", only ${matmulVariantNames.join(", ")}`,
      );
    }
    chosen[known] = all[known];
  }
  if (flags.schedule !== undefined) {
    const steps = await readInput(flags.schedule as string, { resolve }, readSchedule);
    chosen.schedule = applySteps(matmul(sizes), steps);
  }
  return chosen;
}

/** Back ends are compared without fused products. */
function isFused(flags: FlagValues): boolean {
  return !flags["no-fma"] && flags.backends === undefined;
}

function threadsOf(flags: FlagValues): number {
  if (flags.backends !== undefined) return 1;
  return (flags.threads as number | undefined) ?? navigator.hardwareConcurrency;
}

/**
 * Reads a schedule: a JSON array of steps, or an object with one under `schedule` or `steps`.
 *
 * @throws {TypeError} it is no JSON, or holds no schedule.
 */
function readSchedule(text: string): readonly Step[] {
  const fieldOf = (value: unknown) =>
    ["schedule", "steps"].find((name) => Object.hasOwn(Object(value), name));
  const value = readForm<Readonly<Record<string, readonly Step[]>>>(text, {
    kind: "a schedule",
    form: (value, path) => {
      const field = fieldOf(value);
      return (field === undefined ? scheduleForm : record({ [field]: scheduleForm }))(value, path);
    },
  });
  return value[fieldOf(value) ?? ""] ?? value;
}
