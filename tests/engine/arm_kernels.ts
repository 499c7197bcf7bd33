// Kernels that are written for Arm's processors, run as WebAssembly in any plan.
import * as fc from "fast-check";
import {
  type ConstantArray,
  createEngine,
  type EngineOptions,
  type Model,
  type Plan,
  planMemory,
  run,
  runReference,
} from "../../mod.ts";
import { assertEquals } from "../assert.ts";
import { drawer } from "../plan/random_graph.ts";
import { randomPaths } from "../plan/random_paths.ts";
import { overlappingPlans } from "./overlapping_plans.ts";
import type { RandomLayer } from "./random_layer.ts";
import { randomSegmentModel } from "./random_segments.ts";
import { plainPlan } from "./same_as_reference.ts";

/** For which of Arm's extensions. */
export type ArmOptions = Pick<EngineOptions, "dsp" | "helium">;

/** Runs a model with every access checked and without; gives the kernels that were chosen. */
function assertExact(
  model: Model,
  inputs: readonly ConstantArray[],
  { plans, options }: { readonly plans: readonly Plan[]; readonly options: ArmOptions },
): readonly string[] {
  const { outputs: expected } = runReference(model, inputs);
  return plans.flatMap((plan) => {
    const forms = plan.steps.map(({ form, direction }) => `${form} ${direction}`).join(", ");
    return [true, false].flatMap((checked) => {
      using engine = createEngine(model, { plan, checked, ...options });
      const kernels = engine.layers.map(({ kernel }) => kernel);
      const what = `${kernels.join(", ")} (${forms}${checked ? ", checked" : ""})`;
      run(engine, inputs).forEach((actual, i) => assertEquals(actual, expected[i], what));
      return kernels;
    });
  });
}

/** Runs random layers in many plans and gives the kinds of their kernels, without sizes and ranges. */
export function kindsOf(
  layers: fc.Arbitrary<RandomLayer>,
  { options, numRuns }: { readonly options: ArmOptions; readonly numRuns: number },
): readonly string[] {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(layers, ({ model, inputs }) => {
      const plans = [planMemory(model), plainPlan(model), ...overlappingPlans(model)];
      for (const kernel of assertExact(model, inputs, { plans, options })) {
        kinds.add(/dsp|helium/.test(kernel) ? kernel.replace(/_.*/, "") : "other");
      }
    }),
    { seed: 20261130, numRuns },
  );
  return [...kinds];
}

/** Runs random segments. */
export function assertSegmentsExact(
  options: ArmOptions,
  { first, count }: { readonly first: number; readonly count: number },
): void {
  for (let seed = first; seed < first + count; seed++) {
    const draw = drawer(seed);
    const shape = { dtype: "int8", operators: 2 + draw(6), extent: 14, channels: 20 } as const;
    const { model, input } = randomSegmentModel(draw, shape);
    const place = draw(3) > 0 ? "resident" : "external";
    const plans = randomPaths(model, draw, { count: 3, input: place }).map(({ plan }) => plan);
    assertExact(model, [input], { plans, options });
  }
}
