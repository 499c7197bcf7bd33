// Everything that differs between Deno and Node: workers, threads, files, packages loaded on use.
import assert from "node:assert/strict";
import { parallel, reorder, vectorize } from "tinyloom/lab";
import { bench, matmul, randomFrame } from "tinyloom";
import { createEngine, run, runReference } from "tinyloom/engine";
import { environment, loadTable, saveTable } from "tinyloom/measure";
import { compileNative } from "tinyloom/native";
import { summarize, writeModel, zoo } from "tinyloom/model";
import { devices, planMemory } from "tinyloom/plan";
import { deploy, measureDeployment, writeDeployment } from "tinyloom/deploy";
import { searchNetwork, searchSpace } from "tinyloom/search";
import { chartActivations, renderSvg } from "tinyloom/chart";

const model = zoo("mlperf-tiny-kws");
const plan = planMemory(model);
const input = randomFrame(model);
const [expected] = runReference(model, input).outputs;
for (const threads of [1, 2]) {
  const engine = createEngine(model, { plan, threads });
  assert.deepEqual([...run(engine, input)[0]], [...expected]);
  engine[Symbol.dispose]();
}
assert.equal(writeModel(model).length, 43_376);
assert.equal(summarize(model).numRows, model.operators.length);

const naive = matmul({ m: 32, k: 32, n: 32 });
const simd = vectorize(reorder(naive, ["i", "k", "j"]), "j");
const { table } = await bench({ naive, simd, threads: parallel(simd, "i") }, { budgetMs: 300 });
await saveTable("table.arrow", table);
assert.equal((await loadTable("table.arrow")).numRows, 3);
assert.match(environment().runtime, /^Node/);
assert.equal(environment().deno, null);
assert.ok(environment().v8 && environment().cores && environment().load);
assert.ok((await renderSvg(chartActivations({ kws: model }))).startsWith("<svg"));

await assert.rejects(compileNative(naive), /Deno\.dlopen, which is not here/);

const project = deploy(model, { prefix: "kws" });
await writeDeployment(project, "kws");
await writeDeployment(project, "kws"); // an earlier one is replaced
await assert.rejects(writeDeployment(project, "."), /not empty/);
assert.equal(typeof measureDeployment, "function");

const space = searchSpace({ resolution: 64, width: 0.3, classes: 10, depths: [1] });
const device = { ...devices.nano33ble, sramBytes: 40 * 1024, flashBytes: 200 * 1024 };
const small = { population: 6, generations: 1, parents: 2, front: 1, seed: 5 };
const alone = await searchNetwork(space, device, { ...small, workers: 1 });
const shared = await searchNetwork(space, device, { ...small, workers: 2 });
assert.deepEqual(shared.state, alone.state);
console.log(`peak ${plan.peakBytes}`);
