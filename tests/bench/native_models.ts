// `deno task bench:native`: whole models of int8 as WebAssembly, as native code and by onnxruntime-node
// (the same graph as QDQ), interleaved on one thread; arguments SECONDS a model, MODEL... Needs a C
// compiler. Writes out/native_models.arrow.
import {
  createNativeEngine,
  findCompiler,
  run,
  saveTable,
  tableFromRows,
  tableToText,
} from "tinyloom";
import { chosenModel } from "./peers/chosen_model.ts";
import { contenderColumns, type ContenderRow, measureCase } from "./peers/measure_case.ts";
import { modelCase } from "./peers/model_case.ts";
import { onnxNode } from "./peers/onnx_node.ts";
import type { Peer } from "./peers/peer.ts";
import { tinyloom } from "./peers/tinyloom.ts";

const [seconds = 5] = Deno.args.slice(0, 1).map(Number);
const names = Deno.args.length > 1 ? Deno.args.slice(1) : [
  "zoo:mlperf-tiny-kws",
  "zoo:mlperf-tiny-ic",
  "zoo:mlperf-tiny-vww",
  "zoo:mlperf-tiny-ad",
  "zoo:mobilenet_v2,width=0.35,resolution=144",
];
const target = await findCompiler();
const native: Peer = {
  name: "tinyloom native",
  threads: 1,
  load: async (model) => {
    const engine = await createNativeEngine(model, { target });
    let [inputs, outputs]: (Parameters<typeof run>[1])[] = [[], []];
    return {
      setInputs: (values) => void (inputs = values),
      run: () => void (outputs = run(engine, inputs)),
      outputs: () => outputs,
      dispose: () => engine[Symbol.dispose](),
    };
  },
};
const peers = [tinyloom(1), native, await onnxNode(1)];
const rows: ContenderRow[] = [];
for (const name of names) {
  const wanted = modelCase(name, await chosenModel(name), { toleratedSteps: 24 });
  rows.push(...await measureCase(wanted, peers, { budgetMs: 1000 * seconds }));
}
const { version, flags, vectorBytes } = target;
const table = tableFromRows(rows, { metadata: { seconds, compiler: version, flags, vectorBytes } });
console.log(tableToText(table, { columns: contenderColumns }));
await Deno.mkdir("out", { recursive: true });
await saveTable("out/native_models.arrow", table);
Deno.exit(0);
