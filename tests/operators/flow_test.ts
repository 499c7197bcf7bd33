import * as fc from "fast-check";
import {
  type ConstantArray,
  createEngine,
  leftOut,
  type Model,
  type Plan,
  planMemory,
  readModel,
  resetState,
  run,
  runReference,
  selectSignature,
  validatePlan,
  writeModel,
} from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { randomFlow } from "./random_flow.ts";

const models = (...sizes: readonly number[]) =>
  fc.array(fc.nat(59), { minLength: 12, maxLength: 40 }).map((all) => randomFlow(all, sizes));

/** Frames in which the truth value changes. */
function framesOf(model: Model): readonly (readonly ConstantArray[])[] {
  const [values] = model.inputs.map((each) => model.tensors[each].shape[1]);
  return [1, 0, 1].map((truth, frame) => [
    Float32Array.from({ length: values }, (_, i) => (i * 7 + frame * 5) % 23 - 11),
    Float32Array.from({ length: values }, (_, i) => (i * 3 + frame) % 19 - 9),
    Uint8Array.of(truth),
  ]);
}

Deno.test("branches, loops and variables: the engine computes what the reference computes", () => {
  fc.assert(
    fc.property(models(3, 40, 5000), (model) => {
      const frames = framesOf(model);
      let state: ReturnType<typeof runReference>["state"] | undefined;
      const wanted = frames.map((frame) => {
        const result = runReference(model, frame, { state });
        state = result.state;
        return result.outputs;
      });
      using checked = createEngine(model, { checked: true });
      using plain = createEngine(model, { plan: planMemory(model, { techniques: [] }) });

      using two = createEngine(model, { threads: 2 });
      using dsp = createEngine(model, { dsp: true, checked: true });
      for (const engine of [checked, plain, two, dsp]) {
        for (let again = 0; again < 2; again++) {
          assertEquals(frames.map((frame) => run(engine, frame)), wanted);
          resetState(engine);
        }
      }
    }),
    { seed: 20261130, numRuns: 8 },
  );
});

Deno.test("plans of graphs that run subgraphs hold, and go through files and JSON", () => {
  fc.assert(
    fc.property(models(3, 40), (given) => {
      const model = readModel(writeModel(given));
      for (
        const options of [{}, { techniques: [] }, { alignmentBytes: 4 }, {
          fusion: "rolling",
        }] as const
      ) {
        const plan: Plan = JSON.parse(JSON.stringify(planMemory(model, options)));
        assertEquals(validatePlan(plan, model), []);
        assert(plan.lowerBoundBytes <= plan.peakBytes);
        // All plans stand in one list, none within another.
        for (const { plan: inner } of plan.subgraphs ?? []) {
          assertEquals(inner.subgraphs, undefined);
        }
      }
    }),
    { seed: 20261130, numRuns: 20 },
  );
});

Deno.test("a subgraph without a plan, or without room for its arena, is found", () => {
  const model = randomFlow([0, 1, 6, 1, 0, 0], [3]);
  const plan = planMemory(model);
  assert(plan.subgraphs !== undefined);
  assertMatch(validatePlan({ ...plan, subgraphs: [] }, model)[0].message, /has 0 plans, needed 1/);
  const small = plan.buffers.map((each) =>
    each.kind === "scratch" ? { ...each, sizeBytes: 1 } : each
  );
  assertMatch(
    validatePlan({ ...plan, buffers: small }, model)[0].message,
    /runs subgraph \d+ in 1 bytes/,
  );
});

Deno.test("a signature chooses the graph that is the main one, and calls follow it", () => {
  const model = randomFlow([0, 6, 6, 1, 0, 0, 1], [3]);
  const signatures = [{ key: "inner", subgraphIndex: 1, inputs: [], outputs: [] }];
  const named = readModel(writeModel({ ...model, signatures }), { signature: "inner" });
  const twice = selectSignature(
    { ...named, signatures: [{ ...signatures[0], key: "outer" }] },
    "outer",
  );
  assertEquals({ ...twice, signatures: [] }, readModel(writeModel(model)));
  const frame = framesOf(model)[0];
  using engine = createEngine(named);
  assertEquals(run(engine, frame), runReference(named, frame).outputs);
  assertEquals(leftOut(named).length > 0, true);
  assertThrows(() => selectSignature(named, "none"), RangeError, '"none"; the model has "inner"');
});
