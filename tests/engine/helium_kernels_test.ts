// Kernels for processors with a DSP extension, run as WebAssembly: bit for bit the reference's results
// in any plan, with every access checked.
import * as fc from "fast-check";
import {
  type ConstantArray,
  createEngine,
  type Model,
  type Plan,
  planMemory,
  run,
  runReference,
} from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { drawer } from "../plan/random_graph.ts";
import { randomPaths } from "../plan/random_paths.ts";
import { overlappingPlans } from "./overlapping_plans.ts";
import { convLayers, depthwiseLayers, type RandomLayer } from "./random_layer.ts";
import { randomSegmentModel } from "./random_segments.ts";
import { additions, fullyConnected, weightTypes } from "./random_windows.ts";
import { plainPlan } from "./same_as_reference.ts";

const runs = { seed: 20261130, numRuns: 150 };

/** Kernels that were chosen, and how often. */
function assertExact(
  model: Model,
  inputs: readonly ConstantArray[],
  plans: readonly Plan[] = [planMemory(model), plainPlan(model), ...overlappingPlans(model)],
): readonly string[] {
  const { outputs: expected } = runReference(model, inputs);
  return plans.flatMap((plan) => {
    const forms = plan.steps.map(({ form, direction }) => `${form} ${direction}`).join(", ");
    return [true, false].flatMap((checked) => {
      using engine = createEngine(model, { plan, checked, helium: true });
      const kernels = engine.layers.map(({ kernel }) => kernel);
      const what = `${kernels.join(", ")} (${forms}${checked ? ", checked" : ""})`;
      run(engine, inputs).forEach((actual, i) => assertEquals(actual, expected[i], what));
      return kernels;
    });
  });
}

/** Runs random layers and says of how many kernels each kind of them was. */
function kindsOf(layers: fc.Arbitrary<RandomLayer>, numRuns = runs.numRuns) {
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(layers, ({ model, inputs }) => {
      for (const kernel of assertExact(model, inputs)) {
        const kind = kernel.includes("helium") || kernel.includes("dsp")
          ? kernel.replace(/_.*/, "")
          : "other";
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
    }),
    { ...runs, numRuns },
  );
  return [...kinds.keys()];
}

Deno.test("a CONV_2D of int8 for Helium is the reference's, bit for bit, in any plan", () => {
  const kinds = kindsOf(convLayers);
  for (const kind of ["4x2 dsp positive", "1x2 dsp signed", "1x6 dsp signed", "4x2 dsp any"]) {
    assert(kinds.includes(`conv int8 ${kind}`), `${kind} among ${kinds}`);
  }
});

Deno.test("a DEPTHWISE_CONV_2D of int8 for Helium is the reference's in any plan", () => {
  const kinds = kindsOf(depthwiseLayers);
  for (const kind of ["3x3 4x4 dsp positive", "3x3 4x4 dsp signed"]) {
    assert(kinds.includes(`depthwise int8 ${kind}`), `${kind} among ${kinds}`);
  }
});

Deno.test("FULLY_CONNECTED and ADD of int8 for Helium are the reference's in any plan", () => {
  kindsOf(fullyConnected(weightTypes.int8), 200);
  kindsOf(additions, 200);
});

Deno.test("random segments for Helium compute the reference's results", () => {
  for (let seed = 9000; seed < 9060; seed++) {
    const draw = drawer(seed);
    const shape = { dtype: "int8", operators: 2 + draw(6), extent: 14, channels: 20 } as const;
    const { model, input } = randomSegmentModel(draw, shape);
    const place = draw(3) > 0 ? "resident" : "external";
    const plans = randomPaths(model, draw, { count: 3, input: place }).map(({ plan }) => plan);
    assertExact(model, [input], plans);
  }
});
