import * as fc from "fast-check";
import { convLayers } from "./random_layer.ts";
import { assertSameAsReference } from "./same_as_reference.ts";

const runs = { seed: 20261122, numRuns: 1000 };

Deno.test("a compiled CONV_2D of int8 is the reference's, bit for bit, in any plan", () => {
  fc.assert(
    fc.property(convLayers, ({ model, inputs }) => assertSameAsReference(model, inputs)),
    runs,
  );
});
