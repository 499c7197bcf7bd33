// `deno task bench:layers`: the convolutions of models, one at a time, in other runtimes; arguments
// THREADS, SECONDS a layer, MODEL... Writes out/layer_peers_THREADS.arrow.
import { saveTable, tableFromRows, tableToText } from "tinyloom";
import { chosenModel } from "./peers/chosen_model.ts";
import { tfliteContenders } from "./peers/contenders.ts";
import { contenderColumns, type ContenderRow, measureCase } from "./peers/measure_case.ts";
import { modelCase } from "./peers/model_case.ts";
import { singleLayers } from "./peers/single_layer.ts";

/** One contender on one layer. */
interface LayerRow extends ContenderRow {
  readonly model: string;
  /** Layers like it in the model. */
  readonly count: number;
}

const [threads = 1, seconds = 1] = Deno.args.slice(0, 2).map(Number);
const models = Deno.args.length > 2
  ? Deno.args.slice(2)
  : ["zoo:mcunet-vww1", "zoo:mobilenet_v2,width=0.35,resolution=144"];

const peers = await tfliteContenders(threads);
const rows: LayerRow[] = [];
for (const model of models) {
  for (const layer of singleLayers(await chosenModel(model))) {
    const wanted = modelCase(layer.name, layer.model, { toleratedSteps: 1 });
    const measured = await measureCase(wanted, peers, { budgetMs: 1000 * seconds });
    rows.push(...measured.map((row) => ({ ...row, model, count: layer.count })));
  }
}
const table = tableFromRows(rows, { metadata: { threads, seconds } });
console.log(tableToText(table, { columns: ["count", ...contenderColumns] }));
console.log(tableToText(tableFromRows(totals(rows))));
await Deno.mkdir("out", { recursive: true });
await saveTable(`out/layer_peers_${threads}.arrow`, table);
// The libraries' threads would keep the process alive.
Deno.exit(0);

/** Time and speed of all layers of an operator, by model and contender. */
function totals(rows: readonly LayerRow[]): readonly object[] {
  const groups = Map.groupBy(rows, ({ model, shape, kernel }) => {
    const [op] = shape.split(" ");
    return JSON.stringify({ model, op, kernel });
  });
  return [...groups].map(([key, group]) => {
    const sum = (value: (row: LayerRow) => number) =>
      group.reduce((total, row) => total + row.count * value(row), 0);
    const [macs, minNs] = [sum((row) => row.macs), sum((row) => row.minNs)];
    return { ...JSON.parse(key), layers: sum(() => 1), macs, minNs, gmacPerS: macs / minNs };
  });
}
