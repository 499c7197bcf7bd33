// Which operators have kernels that work on vectors: as they say, and as their WebAssembly is.
import { assertEquals } from "../assert.ts";
import { createEngine, explain, type OperatorName, planMemory } from "../../mod.ts";
import { engineOperators } from "../../lib/engine/operators/registry.ts";
import { shared } from "../shared_files.ts";
import { models } from "./operator_samples.ts";

Deno.test("operators say whether they have kernels with vectors", async () => {
  const seen = new Set<string>();
  const found = new Set<string>();
  for (const [, model] of models()) {
    // Nothing that would take an operator away.
    using engine = createEngine(model, { plan: planMemory(model, { techniques: [] }) });
    for (const [index, { name }] of engine.layers.entries()) {
      if (found.has(name)) continue;
      seen.add(name);
      const text = await explain(engine, index, { wat: true });
      if (text.includes("v128")) found.add(name);
    }
  }
  const saying = (Object.keys(engineOperators) as OperatorName[])
    .filter((name) => seen.has(name) && engineOperators[name].hasVectors === true);
  assertEquals([...found].filter((name) => !(saying as string[]).includes(name)), []);
  // The models that the project carries show some operators with narrow tensors only.
  if (shared !== null) assertEquals(saying.filter((name) => !found.has(name)), []);
});
