/**
 * Checks the cost models that choose kernels against measurements: for every model, the time of its
 * layers as the cost models cut them up, over the time of the fastest ways that were measured.
 *
 * Run: deno task bench:kernels [MODEL...]   (zoo:NAME, or names in ../shared/models)
 */
import { readModel, tableToText, tuneKernels, type TuneKernelsRow, zoo } from "tinyloom";
import { tableFromRows } from "../../lib/measure/table_from_rows.ts";
import { tableToRows } from "../../lib/measure/table_rows.ts";
import { sharedModels } from "../model/shared_models.ts";

const ZOO = [
  "mlperf-tiny-ic",
  "mlperf-tiny-vww",
  "mlperf-tiny-kws",
  "mcunet-in3",
  "mbv2-w0.35-r144",
];

const shared = new Map(sharedModels().map(({ name, bytes }) => [name, bytes]));
const names = Deno.args.length > 0
  ? Deno.args
  : [...shared.keys(), ...ZOO.map((name) => `zoo:${name}`)];

const rows = [];
for (const name of names) {
  const model = name.startsWith("zoo:")
    ? zoo(name.slice("zoo:".length))
    : readModel(shared.get(name)!);
  const { table } = await tuneKernels(model, { budgetMs: 15_000 });
  const tried = tableToRows(table) as unknown as TuneKernelsRow[];
  const kinds = Map.groupBy(tried, ({ key }) => key);
  let [expectedNs, fastestNs, worst] = [0, 0, 1];
  for (const own of kinds.values()) {
    const expected = own.find((row) => row.expected === 1)!.minNs;
    const fastest = Math.min(...own.map(({ minNs }) => minNs));
    expectedNs += expected;
    fastestNs += fastest;
    worst = Math.max(worst, expected / fastest);
  }
  rows.push({
    model: name,
    kinds: kinds.size,
    ways: tried.length,
    expectedNs,
    fastestNs,
    ratio: expectedNs / fastestNs,
    worstLayer: worst,
  });
  console.log(tableToText(tableFromRows(rows)));
}
