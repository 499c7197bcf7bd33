// Planner, laboratory and engine in a browser; the test reads the page's text.
import { count, matmul, pseudocode, reorder, vectorize } from "tinyloom/lab";
import { createEngine, randomFrame, run, runReference } from "tinyloom/engine";
import { bench, environment } from "tinyloom/measure";
import { readModel, writeModel, zoo } from "tinyloom/model";
import { planMemory, validatePlan } from "tinyloom/plan";

const body = globalThis.document.body;
try {
  const model = readModel(writeModel(zoo("mlperf-tiny-kws")));
  const plan = planMemory(model);
  const engine = createEngine(model, { plan });
  const input = randomFrame(model);
  const [output] = run(engine, input);
  const naive = matmul({ m: 32, k: 32, n: 32 });
  const simd = vectorize(reorder(naive, ["i", "k", "j"]), "j");
  const { table } = await bench({ naive, simd }, { budgetMs: 200 });
  body.textContent = JSON.stringify({
    peakBytes: plan.peakBytes,
    faults: validatePlan(plan, model).length,
    exact: String(output) === String(runReference(model, input).outputs[0]),
    macs: count(simd).macs,
    loops: pseudocode(naive).match(/for/g).length,
    rows: table.numRows,
    runtime: environment().runtime.includes("Chrom"),
    deno: environment().deno,
  });
} catch (error) {
  body.textContent = String(error?.stack ?? error);
}
