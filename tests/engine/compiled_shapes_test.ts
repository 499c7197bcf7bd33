// Compiled operators that move elements against the reference interpreter.
import * as fc from "fast-check";
import { planMemory } from "../../mod.ts";
import { movingLayers } from "./random_moves.ts";
import { assertSameAsReference } from "./same_as_reference.ts";

const runs = { seed: 20261122, numRuns: 300 };

for (const [name, layers] of Object.entries(movingLayers)) {
  Deno.test(`a compiled ${name} moves the elements that the reference moves`, () => {
    fc.assert(
      fc.property(layers, ({ model, inputs }) => {
        const plan = planMemory(model, { techniques: ["optimal-offsets"] });
        assertSameAsReference(model, inputs, { plans: [plan] });
      }),
      runs,
    );
  });
}
