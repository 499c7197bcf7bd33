/**
 * Is this work tree as fast as another revision? Both are imported into one process; what they compute
 * must be equal; then old and new are timed in turn (`measure`), on one thread: `matmul` and `conv` of
 * the lab, whole `models`, what it takes to `create` them, and single `layers`.
 *
 * Exit code 1: something is computed otherwise, or in two measurements one after the other the geometric
 * mean of a group is below 0.97 or a case below 0.93; 2: wrong usage.
 *
 * Run: deno task bench:against REF [--quick] [--only NAME] [--rounding] [--out FILE]
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { saveTable, tableFromRows, tableToJson, tableToText } from "tinyloom";
import { writeWhole } from "../../lib/measure/table_file.ts";
import { checkOut, CheckoutError } from "./against/checkout.ts";
import {
  groupMean,
  groupRow,
  type JudgedRow,
  leastMean,
  leastSpeedup,
  slowdowns,
} from "./against/judge.ts";
import { convWorkloads, matmulWorkloads } from "./against/lab_workloads.ts";
import { createWorkloads, layerWorkloads, modelWorkloads } from "./against/model_workloads.ts";
import { importDifferences, importsOf, loadRevision } from "./against/revision.ts";
import { outputDifference, type PairRow, type Revisions, timePair } from "./against/time_pair.ts";
import { type GroupName, groupNames, type Workload } from "./against/workload.ts";

const usage = `usage: deno task bench:against REF [options]

Times the revision REF and this work tree against each other: speed-ups above 1 are faster now.

  --quick       a choice of cases, small budgets: a minute instead of six
  --only NAME   one of ${groupNames.join(", ")}, or cases whose name has NAME in it
  --rounding    float32 results may differ by 1e-5 of their range, not only by nothing
  --out FILE    writes all cases, as .json or .arrow

Exit code: 0 as fast, 1 slower or other results, 2 wrong usage.`;

const budgetsMs: Readonly<Record<GroupName, readonly [quick: number, full: number]>> = {
  matmul: [1800, 8000],
  conv: [800, 3000],
  models: [1000, 4000],
  create: [2000, 6000],
  layers: [400, 1500],
};

const caseColumns = [
  "case",
  "dtype",
  "samples",
  "oldMinNs",
  "newMinNs",
  "oldMedianNs",
  "newMedianNs",
  "speedup",
  "speedupLow",
  "speedupHigh",
];

class UsageError extends Error {}

interface Options {
  readonly ref: string;
  readonly quick: boolean;
  readonly rounding: boolean;
  readonly only: string | undefined;
  readonly out: string | undefined;
}

try {
  const options = readOptions(Deno.args);
  if (options === null) console.log(usage);
  else Deno.exitCode = await compareWith(options);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof CheckoutError)) throw error;
  console.error(`bench:against: ${error.message}\n\n${usage}`);
  Deno.exitCode = 2;
}

function readOptions(args: readonly string[]): Options | null {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        rounding: { type: "boolean", default: false },
        only: { type: "string" },
        out: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values: { quick, rounding, only, out, help }, positionals } = parsed;
  if (help) return null;
  if (positionals.length !== 1) {
    throw new UsageError(`one revision is needed, found ${positionals.length}`);
  }
  if (out !== undefined && !/\.(json|arrow)$/.test(out)) {
    throw new UsageError(`--out ${out}: the extension must be .json or .arrow`);
  }
  return { ref: positionals[0], quick, rounding, only, out };
}

async function compareWith({ ref, only, out, ...options }: Options): Promise<number> {
  const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
  const workloads = (await allWorkloads(options)).filter(({ group, name }) =>
    only === undefined || group === only || name.includes(only)
  );
  if (workloads.length === 0) throw new UsageError(`--only ${only}: there is no such case`);
  using checkout = checkOut(ref, repository);
  console.log(`old: ${ref} (${checkout.commit.slice(0, 12)}), new: this work tree`);
  checkImports(checkout.folder, repository);
  const revisions = {
    before: await loadRevision(checkout.folder),
    now: await loadRevision(repository),
  };
  const { equal, different } = compareAll(workloads, { ...revisions, ...options });
  if (different > 0) {
    console.error(`${different} of ${workloads.length} cases differ; nothing was timed`);
    return 1;
  }
  const rows = await timeAll(equal, { ...revisions, ...options });
  const failures = report(rows);
  if (out !== undefined) {
    const table = tableFromRows(rows, { metadata: { ref, commit: checkout.commit, ...options } });
    if (out.endsWith(".arrow")) await saveTable(out, table);
    else await writeWhole(out, JSON.stringify(tableToJson(table), null, 2) + "\n");
  }
  return failures.length > 0 ? 1 : 0;
}

async function allWorkloads(options: { readonly quick: boolean }): Promise<readonly Workload[]> {
  return [
    // First: what other work leaves to collect disturbs creating most.
    ...await createWorkloads(options),
    ...matmulWorkloads(options),
    ...convWorkloads(options),
    ...await modelWorkloads(options),
    ...await layerWorkloads(options),
  ];
}

/** The import map of the process is this work tree's: it must serve the other revision, too. */
function checkImports(before: string, now: string): void {
  const { missing, other } = importDifferences(importsOf(before), importsOf(now));
  if (other.length > 0) {
    console.error(`the other revision runs with this work tree's packages: ${other.join(", ")}`);
  }
  if (missing.length === 0) return;
  throw new UsageError(
    `the other revision imports what deno.json here does not name: ${missing.join(", ")}`,
  );
}

/** Leaves out what the other revision cannot do; says what the two compute differently. */
function compareAll(
  workloads: readonly Workload[],
  options: Revisions & { readonly rounding: boolean },
) {
  const equal: Workload[] = [];
  let different = 0;
  for (const workload of workloads) {
    const title = `${workload.group}, ${workload.name} ${workload.dtype}`;
    try {
      workload.build(options.before)[Symbol.dispose]();
    } catch (error) {
      console.error(`${title}: left out, the other revision cannot do it: ${error}`);
      continue;
    }
    const difference = differenceOf(workload, options);
    if (difference === null) equal.push(workload);
    else {
      different++;
      console.error(`${title}: ${difference}`);
    }
  }
  return { equal, different };
}

function differenceOf(
  workload: Workload,
  options: Revisions & { readonly rounding: boolean },
): string | null {
  try {
    return outputDifference(workload, options);
  } catch (error) {
    return `this work tree cannot do it: ${error}`;
  }
}

/**
 * Times group by group. Slow cases are measured once more, built in the other order; of a slow group
 * all are. The second result is the one kept.
 */
async function timeAll(
  workloads: readonly Workload[],
  { quick, ...options }: Revisions & { readonly rounding: boolean; readonly quick: boolean },
): Promise<readonly JudgedRow[]> {
  const time = async (workload: Workload, isSwapped: boolean) => {
    const budgetMs = budgetsMs[workload.group][quick ? 0 : 1];
    const row = await timePair(workload, { ...options, budgetMs, isSwapped });
    console.error(`${row.group}, ${row.case} ${row.dtype}: ${row.speedup.toFixed(3)}`);
    return row;
  };
  const rows: JudgedRow[] = [];
  for (const [group, own] of Map.groupBy(workloads, (workload) => workload.group)) {
    const first: PairRow[] = [];
    for (const [index, workload] of own.entries()) first.push(await time(workload, index % 2 > 0));
    const isSlow = groupMean(first.map(({ speedup }) => speedup)) < leastMean;
    if (isSlow) console.error(`${group}: all again`);
    for (const [index, row] of first.entries()) {
      rows.push(
        isSlow || row.speedup < leastSpeedup
          ? { ...await time(own[index], index % 2 === 0), firstSpeedup: row.speedup }
          : { ...row, firstSpeedup: null },
      );
    }
  }
  return rows;
}

function report(rows: readonly JudgedRow[]): readonly string[] {
  const groups = [...Map.groupBy(rows, ({ group }) => group)];
  for (const [group, own] of groups) {
    console.log(`\n${group}`);
    console.log(tableToText(tableFromRows(own), { columns: caseColumns }));
  }
  const means = groups.map(([group, own]) => groupRow(group, own));
  console.log("\ngeometric means");
  console.log(tableToText(tableFromRows(means)));
  const failures = slowdowns(means, rows);
  console.log(failures.length > 0 ? failures.join("\n") : "As fast as the other revision.");
  return failures;
}
