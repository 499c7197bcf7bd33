// `deno task bench:native`: products of float32 as WebAssembly, as native code and by OpenBLAS and oneDNN,
// interleaved, and products of int8, by matrix tiles where there are any and by vectors, beside as many
// in registers alone, the peak of VNNI; arguments THREADS, SECONDS a size, MxKxN... Needs a C compiler;
// OpenBLAS and oneDNN take part where their libraries are installed (Debian: libopenblas0-pthread,
// libdnnl2). Writes out/native_peers_*.arrow and out/native_int8_*.arrow.
import {
  bestMatmul,
  compileNative,
  findCompiler,
  measure,
  measureBroadcast,
  nativeMatmul,
  randomInputs,
  saveTable,
  tableToText,
} from "tinyloom";
import { reference, timedNest } from "../../lib/measure/timed_nest.ts";
import { createPool } from "../../lib/codegen/thread_pool.ts";
import { oneDnn } from "./peers/one_dnn.ts";
import { int8Columns, int8Product } from "./peers/int8_product.ts";
import { openBlas } from "./peers/open_blas.ts";
import { timedNative } from "./peers/timed_native.ts";
import { vnniPeak } from "./peers/vnni_peak.ts";

const [threads = 1, seconds = 10] = Deno.args.slice(0, 2).map(Number);
const sizes = Deno.args.length > 2 ? Deno.args.slice(2) : ["1024x1024x1024", "640x12800x640"];
const broadcast = measureBroadcast();
const target = await findCompiler();
using blas = openBlas(target, threads);
if (blas === null) console.log("OpenBLAS is not installed: it takes no part");
else console.log(`OpenBLAS for ${blas.coreName}, ${threads} threads`);
using dnn = oneDnn(threads);
if (dnn === null) console.log("oneDNN is not installed: it takes no part");
else console.log(`oneDNN ${dnn.about.version} for ${dnn.about.isa}, ${threads} threads`);
using peak = await vnniPeak(target, threads);
if (peak === null) console.log("No VNNI: int8 has no peak to compare with");
console.log(`${target.version}, vectors of ${target.vectorBytes} bytes`);
await Deno.mkdir("out", { recursive: true });
for (const size of sizes) {
  const [m, k, n] = size.split("x").map(Number);
  const shape = { m, k, n, threads };
  using pool = threads > 1 ? createPool(threads) : undefined;
  const wasm = bestMatmul({ ...shape, broadcast });
  const inputs = randomInputs(wasm, { seed: 1 });
  const expected = reference(wasm, inputs);
  using wasmTimed = timedNest("wasm best", wasm, { inputs, reference: expected, fma: true, pool });
  const { vectorBytes, vectorRegisters } = target;
  const nest = nativeMatmul({ ...shape, vectorBytes, vectorRegisters });
  using kernel = await compileNative(nest, { target, threads, fma: true });
  const timed = [wasmTimed, timedNative("native best", kernel, { inputs, reference: expected })];
  if (dnn !== null) timed.push(dnn.product(wasm, { m, k, n, inputs, reference: expected }));
  if (blas !== null) timed.push(blas.product(wasm, { m, k, n, inputs, reference: expected }));
  const { table } = await measure(timed, {
    budgetMs: 1000 * seconds,
    baseline: timed.at(-1)!.name,
  });
  console.log(
    tableToText(table, {
      columns: [
        "kernel",
        "shape",
        "threads",
        "samples",
        "minNs",
        "medianNs",
        "gmacPerS",
        "speedup",
        "verified",
      ],
    }),
  );
  await saveTable(`out/native_peers_${size}_${threads}.arrow`, table);
  const int8 = await int8Product({ m, k, n }, {
    ...{ target, peak, dnn, threads, pool },
    budgetMs: 1000 * seconds,
  });
  console.log(tableToText(int8.table, { columns: int8Columns }));
  for (const name of int8.inexact) console.log(`${name} is not exact on int8: it takes no part`);
  await saveTable(`out/native_int8_${size}_${threads}.arrow`, int8.table);
}
