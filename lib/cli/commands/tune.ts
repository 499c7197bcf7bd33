import { pseudocode } from "../../codegen/pseudocode/pseudocode.ts";
import { formatDuration } from "../../measure/format.ts";
import type { MeasureProgress } from "../../measure/measure_options.ts";
import { verdicts } from "../../measure/verdict.ts";
import { tableToJson } from "../../measure/print_table.ts";
import { saveTable, writeWhole } from "../../measure/table_file.ts";
import { tableCircumstances } from "../../measure/table_rows.ts";
import { briefTimingColumns } from "../../measure/timing_row.ts";
import { matmul } from "../../nest/matmul.ts";
import type { Nest } from "../../nest/nest.ts";
import type { TuneProgress } from "../../tune/tune_options.ts";
import { joinTables } from "../../workers/timing_tasks.ts";
import { type TunedNest, tuneNests, withColumn } from "../../workers/tune_nests.ts";
import { type Command, type CommandContext, type FlagValues, UsageError } from "../command.ts";
import { loginDetails, machineFlags, machinesOf, timingCautions } from "../machines.ts";
import { matmulFlags, progressText, tableFlags } from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";
import { outputFormat, timingImportance } from "../write_result.ts";

/** `tinyloom tune matmul`. */
export const command: Command = {
  name: "tune",
  details:
    "With --nats, every search is a task of its own, and all that it times is on one machine; " +
    "so is the comparison of what the searches of one size have found. Rows of times tell the machine. " +
    loginDetails,
  operands: "matmul",
  flags: {
    ...matmulFlags,
    sizes: {
      kind: "text",
      value: "LIST",
      about: "several products instead of --m, --k and --n, as 64x64x64,640x640x640",
    },
    threads: { kind: "integer", value: "N", about: "threads to use", default: 1, least: 1 },
    "no-fma": { kind: "boolean", about: "round every product before it is added" },
    seed: { kind: "integer", value: "N", about: "fixes the sequence of candidates", default: 1 },
    seeds: {
      kind: "integer",
      value: "N",
      about: "searches of each size, with --seed and the next; their winners are compared",
      default: 1,
      least: 1,
    },
    budget: { kind: "number", value: "SECONDS", about: "time for each search", default: 20 },
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
    "tune matmul --sizes 64x64x64,640x640x640 --seeds 4 --nats nats://10.0.0.1:4222",
  ],
  permissions: { write: "--out, --resume", records: true, nats: true },
  run: async (context) => {
    const { flags, operands, print, note, progress, resolve, signal } = context;
    if (operands.length !== 1 || operands[0] !== "matmul") {
      throw new UsageError(`tune needs to know what: matmul; found "${operands.join(" ")}"`);
    }
    const { out, resume, evaluations } = flags;
    if (resume !== undefined && flags.nats !== undefined) {
      throw new UsageError("--resume keeps times of this machine, and goes without --nats");
    }
    const format = out === undefined ? null : outputFormat(out as string, ["json", "arrow"]);
    const nests = nestsOf(flags);
    const searches = Object.keys(nests).length * (flags.seeds as number);
    await using machines = await machinesOf(context);
    const tuned = await tuneNests(nests, {
      seed: flags.seed as number,
      seeds: flags.seeds as number,
      budgetMs: 1000 * (flags.budget as number),
      threads: flags.threads as number,
      fma: !flags["no-fma"],
      ...(evaluations !== undefined && { evaluations: evaluations as number }),
      ...(resume !== undefined && { cacheFile: resolve(resume as string) }),
      ...{ machines, signal },
      onProgress: (now) => progress(inWords(now)),
      onDone: (count) => {
        if (searches > 1) {
          progress(`${count} searches and comparisons done, of ${searches} searches`);
        }
      },
    });
    const missing = Object.keys(nests).length - tuned.length;
    const isOne = flags.sizes === undefined;
    if (format === "json") {
      const steps = isOne
        ? tuned[0].steps
        : Object.fromEntries(tuned.map((each) => [each.name, each.steps]));
      await writeWhole(resolve(out as string), JSON.stringify(steps, null, 2) + "\n");
    } else if (format === "arrow") {
      const logs = tuned.map(({ table, name }) =>
        isOne ? table : withColumn(table, { size: name })
      );
      await saveTable(resolve(out as string), joinTables(logs));
    }
    if (format) note(`wrote ${out}`);
    for (const each of new Set(tuned.flatMap(({ notes }) => notes))) note(each);
    if (flags.json) {
      const answers = tuned.map(jsonOf);
      const { size: _, ...only } = answers[0];
      print(JSON.stringify({ schemaVersion: 1, ...isOne ? only : { nests: answers } }));
    } else tuned.forEach((each) => show(each, context, { isOne }));
    if (missing > 0) note(`${missing} of ${tuned.length + missing} sizes were not done`);
    return 0;
  },
};

/** The products that the flags name, by their sizes. */
function nestsOf({ dtype, sizes, m, k, n }: FlagValues): Readonly<Record<string, Nest>> {
  if (dtype !== "f32" && dtype !== "i8") {
    throw new UsageError(`--dtype must be f32 or i8, found "${dtype}"`);
  }
  const list = sizes === undefined ? [`${m}x${k}x${n}`] : (sizes as string).split(",");
  return Object.fromEntries(list.map((size) => {
    const [, ...extents] = /^([1-9]\d*)x([1-9]\d*)x([1-9]\d*)$/.exec(size.trim()) ?? [];
    if (extents.length === 0) {
      throw new UsageError(`--sizes needs sizes as 64x64x64 with commas between, found "${size}"`);
    }
    const [m, k, n] = extents.map(Number);
    return [extents.join("x"), matmul({ m, k, n, dtype } as Parameters<typeof matmul>[0])];
  }));
}

function jsonOf({ name, steps, ended, seed, table, measurement, gain }: TunedNest) {
  return {
    size: name,
    steps,
    ended,
    seed,
    evaluations: table.numRows,
    environment: measurement && tableCircumstances(measurement.table),
    rows: measurement ? tableToJson(measurement.table) : [],
    gain: gain && tableToJson(gain),
  };
}

/** For people: the schedule, what it gains, and what to know of that. */
function show(
  { name, best, steps, ended, seed, table, gain }: TunedNest,
  context: CommandContext,
  { isOne }: { readonly isOne: boolean },
): void {
  if (!isOne) say(context, `${name}:`);
  context.print(pseudocode(best));
  if (gain) {
    const view = { columns: briefTimingColumns, importance: timingImportance };
    printTable(context, gain, view);
    for (const verdict of verdicts(gain).slice(1)) say(context, verdict);
  }
  const which = context.flags.seeds === 1 ? "" : `, by the search of seed ${seed}`;
  say(context, `${table.numRows} candidates; ended by ${ended}. The best schedule${which}:`);
  say(context, JSON.stringify(steps).replaceAll("},{", "}, {"));
  for (const line of gain ? timingCautions(gain) : []) say(context, line);
}

/** How far it has got: the search, and then the comparison. */
function inWords(now: TuneProgress | MeasureProgress): string {
  if (!("evaluated" in now)) return progressText(now);
  const best = now.bestNs === null ? "" : `, best ${formatDuration(now.bestNs)}`;
  return `${now.phase}: ${now.evaluated} candidates${best}`;
}
