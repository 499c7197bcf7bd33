// `deno task bench:peers`: the best schedule beside onnxruntime-web, in one interleaved run for each
// number of threads; the library is downloaded when this is asked for. Writes out/peers_N.arrow.
import {
  bestMatmul,
  createPool,
  matmul,
  measure,
  measureBroadcast,
  measurePeaks,
  randomInputs,
  saveTable,
  tableToText,
} from "tinyloom";
import { reference, timedNest } from "../../lib/measure/timed_nest.ts";
import { loadOnnxRuntime, onnxPeer, type Problem } from "./onnx_peer.ts";

const shapes = [
  { m: 256, k: 256, n: 256 },
  { m: 1024, k: 1024, n: 1024 },
  { m: 640, k: 12800, n: 640 },
];

const threads = Number(Deno.args[0] ?? 1);
const budgetMs = 1000 * Number(Deno.args[1] ?? 60);
const runtime = await loadOnnxRuntime(threads);
const broadcast = measureBroadcast();
using pool = createPool(threads);
const timed = [];
for (const sizes of shapes) {
  const nest = bestMatmul({ ...sizes, threads, broadcast });
  const inputs = randomInputs(matmul(sizes), { seed: 1 });
  const problem = {
    ...sizes,
    shape: nest.shape,
    A: inputs.A,
    B: inputs.B,
    reference: reference(nest, inputs),
  } as Problem;
  timed.push(await onnxPeer(runtime, problem));
  timed.push(timedNest("best", nest, { inputs, reference: problem.reference, fma: true, pool }));
}
const { fmaGmacPerS } = measurePeaks();
const { table } = await measure(timed, { budgetMs, peakGmacPerS: () => fmaGmacPerS * threads });
console.log(tableToText(table, {
  columns: ["kernel", "shape", "threads", "samples", "minNs", "gmacPerS", "peakShare", "speedup"],
}));
await Deno.mkdir("out", { recursive: true });
await saveTable(`out/peers_${threads}.arrow`, table);
// The library's threads would keep the process alive.
Deno.exit(0);
