import * as fc from "fast-check";
import { createPool } from "../../mod.ts";
import { convLayers } from "./random_layer.ts";
import { assertSameAsReference, plainPlan } from "./same_as_reference.ts";

const runs = { seed: 20261122, numRuns: 1000 };

Deno.test("a compiled CONV_2D of int8 is the reference's, bit for bit, in any plan", () => {
  fc.assert(
    fc.property(convLayers, ({ model, inputs }) => assertSameAsReference(model, inputs)),
    runs,
  );
});

Deno.test("threads change nothing in a CONV_2D of int8", () => {
  using pool = createPool(2);
  fc.assert(
    fc.property(convLayers, ({ model, inputs }) => {
      assertSameAsReference(model, inputs, { plans: [plainPlan(model)], pool });
    }),
    { ...runs, numRuns: 100 },
  );
});
