import { chartBackends } from "../chart/chart_backends.ts";
import { reportHtml } from "../chart/report_html.ts";
import { cautions } from "../measure/cautions.ts";
import { tableCircumstances, tableMetadata } from "../measure/table_rows.ts";
import { type Backend, backendNames } from "../native/backends.ts";
import type { ScheduleFor } from "../native/bench_backends.ts";
import type { Computation } from "../nest/pipeline.ts";
import type { Table } from "../npm/arrow.ts";
import {
  type CommandContext,
  type Flag,
  type FlagValues,
  InputError,
  UsageError,
} from "./command.ts";
import { timingOptions } from "./shared_flags.ts";
import { reportTimings } from "./write_result.ts";

/** Flags of every command that times something by several back ends. */
export function backendFlags(
  known: readonly Backend[] = backendNames,
): Readonly<Record<"backends" | "cc" | "counters", Flag>> {
  return {
    backends: {
      kind: "text",
      value: "LIST",
      about: `by each of these back ends, on one thread: which of ${
        known.map(spelt).join(",")
      }; all: the usual ones that there are`,
    },
    cc: {
      kind: "text",
      value: "COMMAND",
      about:
        "the C compiler of native ones (default: the first of cc, gcc and clang that there is)",
    },
    counters: {
      kind: "boolean",
      about:
        "count cycles, instructions and cache misses of a run of each, where the kernel allows it",
    },
  };
}

/** What the help of these commands tells of them. */
export const backendDetails =
  "With --backends there is a row for each back end: WebAssembly by V8, or C by your compiler, without " +
  "its optimizations (native-O0), with them (native-O3), or for this processor and its vectors " +
  "(native-best). Each is verified before anything is timed, products are not fused with sums, and rows " +
  "tell the compiler, its flags and the vectors. wasm-wide needs " +
  "DENO_V8_FLAGS=--experimental-wasm-revectorize. Libraries are kept in the system's folder of temporary files.";

/** How the command line spells a back end: without blanks. */
function spelt(backend: Backend): string {
  return backend.replace(/ -?/, "-");
}

/**
 * The back ends that --backends lists; undefined: all that there are.
 *
 * @throws {UsageError} there is no such back end.
 */
export function backendsOf<Known extends Backend>(
  { backends }: FlagValues,
  known: readonly Known[],
): readonly Known[] | undefined {
  const list = (backends as string).split(",").map((each) => each.trim());
  if (list.length === 1 && list[0] === "all") return undefined;
  return list.map((name) => {
    const found = known.find((each) => name === each || name === spelt(each));
    if (found !== undefined) return found;
    const names = ["all", ...known.map(spelt)].join(", ");
    throw new UsageError(`--backends: there is no "${name}", only ${names}`);
  });
}

/**
 * Refuses what says how back ends are compiled and counted where none are asked for.
 *
 * @throws {UsageError} --cc or --counters without --backends.
 */
export function checkBackendFlags({ cc, counters, backends }: FlagValues): void {
  if (backends !== undefined) return;
  if (cc !== undefined) throw new UsageError("--cc is for native --backends");
  if (counters) throw new UsageError("--counters are for --backends");
}

/** The two of them, as options. */
export function compilingOptions({ cc, counters }: FlagValues) {
  return { cc: cc as string | undefined, counters: counters as boolean };
}

/** What was counted by the processor, or why nothing was; nothing where it was not asked. */
export function countersSaid(table: Table): readonly string[] {
  const { counters } = tableMetadata(table);
  return typeof counters === "string" ? [counters] : [];
}

/** What a machine lacks for a back end is wrong input. */
export async function asLacking<Result>(timing: Promise<Result>): Promise<Result> {
  return await timing.catch((error) => {
    const isLacking = error instanceof Error && error.name === "CompilerError";
    throw isLacking ? new InputError(`--backends: ${error.message}`, { cause: error }) : error;
  });
}

/** Times schedules by the back ends that --backends lists, and reports the record. */
export async function reportBackends(
  context: CommandContext,
  variants: Readonly<Record<string, Computation | ScheduleFor>>,
  known: readonly Backend[] = backendNames,
): Promise<void> {
  const { flags } = context;
  if ((flags.threads as number | undefined ?? 1) > 1) {
    throw new UsageError("--backends are compared on one thread: leave --threads out");
  }
  const { fma: _, ...timing } = timingOptions(context);
  const backends = backendsOf(flags, known);
  const { benchBackends, briefBackendColumns } = await import("../native/bench_backends.ts");
  const options = { ...timing, ...compilingOptions(flags), backends };
  const table = await asLacking(benchBackends(variants, options));
  const counts = flags.counters ? ["cycles", "instructions", "cacheMisses"] : [];
  const columns = [
    ...[...briefBackendColumns, ...counts],
    ...["instructionSet", "flags", "compiler"],
  ];
  await reportTimings(context, {
    table,
    columns,
    verdicts: countersSaid(table),
    chart: () => chartBackends(table),
    html: () =>
      reportHtml({
        title: "The same schedules by each back end",
        sections: [{
          title: "Time of a run",
          verdicts: [...countersSaid(table), ...cautions(table)],
          charts: [chartBackends(table)],
          table,
          columns,
        }],
        environment: tableCircumstances(table),
      }),
  });
}
