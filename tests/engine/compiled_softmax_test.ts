// Compiled SOFTMAX against the reference interpreter.
import * as fc from "fast-check";
import { overlappingPlans } from "./overlapping_plans.ts";
import { softmaxLayers, softmaxTypes } from "./random_softmax.ts";
import { assertSameAsReference } from "./same_as_reference.ts";

const runs = { seed: 20261122, numRuns: 100 };

for (const types of softmaxTypes) {
  const { from, to } = types;
  Deno.test(`a compiled SOFTMAX of ${from} to ${to} is the reference's in any plan`, () => {
    fc.assert(
      fc.property(softmaxLayers(types), ({ model, inputs }) => {
        assertSameAsReference(model, inputs, { plans: overlappingPlans(model) });
      }),
      runs,
    );
  });
}
