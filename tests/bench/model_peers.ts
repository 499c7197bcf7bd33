// `deno task bench:models`: whole models in other runtimes, interleaved; arguments THREADS, SECONDS
// a model, MODEL... Libraries are downloaded when this is asked for. Writes out/model_peers_N.arrow.
import { saveTable, tableFromRows, tableToText } from "tinyloom";
import { sharedModels } from "../model/shared_models.ts";
import { chosenModel } from "./peers/chosen_model.ts";
import { floatContenders, tfliteContenders } from "./peers/contenders.ts";
import { contenderColumns, type ContenderRow, measureCase } from "./peers/measure_case.ts";
import { modelCase } from "./peers/model_case.ts";

const [threads = 1, seconds = 5] = Deno.args.slice(0, 2).map(Number);
const names = Deno.args.length > 2 ? Deno.args.slice(2) : [
  ...sharedModels().map(({ name }) => name),
  "zoo:mlperf-tiny-ic",
  "zoo:mlperf-tiny-vww",
  "zoo:mobilenet_v2,width=0.35,resolution=144",
  "float:zoo:mlperf-tiny-ic",
  "float:zoo:mlperf-tiny-kws",
  "float:zoo:mcunet-vww1",
];

// A tenth of the range of int8: tells wrong from rounded.
const toleratedSteps = 24;
const readers = await tfliteContenders(threads);
const translators = await floatContenders(threads);
const rows: ContenderRow[] = [];
for (const name of names) {
  const wanted = modelCase(name, await chosenModel(name), { toleratedSteps });
  const peers = wanted.dtype === "float32" ? [...readers, ...translators] : readers;
  rows.push(...await measureCase(wanted, peers, { budgetMs: 1000 * seconds }));
}
const table = tableFromRows(rows, { metadata: { threads, seconds } });
console.log(tableToText(table, { columns: contenderColumns }));
await Deno.mkdir("out", { recursive: true });
await saveTable(`out/model_peers_${threads}.arrow`, table);
// The libraries' threads would keep the process alive.
Deno.exit(0);
