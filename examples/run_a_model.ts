/**
 * A model becomes a program: from a file to a plan, to an engine that runs in that plan, to a profile
 * of its layers, and the layer that takes longest opened up.
 *
 * Run: deno run -R examples/run_a_model.ts [FILE.tflite | NAME] [THREADS]
 *
 * NAME is a network of the zoo, by default mlperf-tiny-kws.
 */
import { readModel, writeModel, zoo, zooNames } from "tinyloom/model";
import { planMemory } from "tinyloom/plan";
import {
  briefProfileColumns,
  createEngine,
  explain,
  profile,
  profileRows,
  profileTotals,
  randomFrame,
  run,
  runReference,
} from "tinyloom/engine";
import { tableToText } from "tinyloom/measure";

const [source = "mlperf-tiny-kws", threads = "1"] = Deno.args;
const file = zooNames().includes(source) ? writeModel(zoo(source)) : await Deno.readFile(source);
const model = readModel(file);
console.log(`${source}: ${file.length.toLocaleString("en-US")} bytes`);

// Kernels that compute several pixels together are faster and may cost a few bytes.
const plan = planMemory(model, { pixels: 4 });
console.log(`Arena: ${plan.peakBytes.toLocaleString("en-US")} bytes`);

// In one thread operators may overwrite their own input; several threads need a plan without.
using engine = createEngine(model, threads === "1" ? { plan } : { threads: Number(threads) });
console.log(`Program: ${engine.wasm.length.toLocaleString("en-US")} bytes of WebAssembly`);

const frame = randomFrame(model);
const isSame = run(engine, frame).every((output, i) => (
  output.join() === runReference(model, frame).outputs[i].join()
));
console.log(`The same bytes as the reference interpreter's: ${isSame}\n`);

const table = await profile(engine, { budgetMs: 1000 });
console.log(tableToText(table, { columns: briefProfileColumns }));
const { runMinNs, gmacPerS, explainedShare } = profileTotals(table);
console.log(
  `A run takes ${(runMinNs / 1000).toFixed(0)} microseconds, ${gmacPerS.toFixed(1)} GMAC/s; ` +
    `its layers are ${(100 * explainedShare).toFixed(0)} % of it\n`,
);

const [longest] = profileRows(table).toSorted((a, b) => b.minNs - a.minNs);
console.log(await explain(engine, longest.index));
