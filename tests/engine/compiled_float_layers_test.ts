import * as fc from "fast-check";
import { createEngine, createPool, planMemory, run, runReference } from "../../mod.ts";
import { assertEquals } from "../assert.ts";
import {
  floatConvLayers,
  floatDenseLayers,
  floatDepthwiseLayers,
  floatPoolLayers,
} from "./random_float_layer.ts";
import type { RandomLayer } from "./random_layer.ts";
import { paddedBefore } from "./padded_before.ts";
import { assertSameAsReference, plainPlan } from "./same_as_reference.ts";

const runs = { seed: 20261203, numRuns: 1000 };

const LAYERS: Readonly<Record<string, fc.Arbitrary<RandomLayer>>> = {
  CONV_2D: floatConvLayers,
  FULLY_CONNECTED: floatDenseLayers,
  DEPTHWISE_CONV_2D: floatDepthwiseLayers,
  "pool": floatPoolLayers,
};

for (const [name, layers] of Object.entries(LAYERS)) {
  Deno.test(`a compiled ${name} of float32 is the reference's in any plan`, () => {
    fc.assert(
      fc.property(layers, ({ model, inputs }) => {
        const plans = [planMemory(model), planMemory(model, { channels: 4 }), plainPlan(model)];
        assertSameAsReference(model, inputs, { plans });
      }),
      runs,
    );
  });

  Deno.test(`a compiled ${name} of float32 has the reference's bits on any number of threads`, () => {
    using two = createPool(2);
    using three = createPool(3);
    fc.assert(
      fc.property(layers, ({ model, inputs }) => {
        const { outputs: [expected] } = runReference(model, inputs);
        for (const pool of [undefined, two, three]) {
          using engine = createEngine(model, { plan: plainPlan(model), pool });
          assertEquals(run(engine, inputs)[0], expected, engine.layers[0].kernel);
        }
      }),
      { ...runs, numRuns: 100 },
    );
  });
}

for (const name of ["CONV_2D", "DEPTHWISE_CONV_2D", "pool"]) {
  Deno.test(`a ${name} of float32 does the PAD before it`, () => {
    const isPool = name === "pool";
    const foldable = LAYERS[name].filter(({ model: { operators: [{ attributes }] } }) => (
      !isPool || "padding" in attributes && attributes.padding === "VALID"
    ));
    const sides = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(foldable, sides, (layer, [top, bottom, left, right]) => {
        const { model, inputs } = paddedBefore(layer, { top, bottom, left, right });
        const plain = planMemory(model, { techniques: ["fold-pad", "optimal-offsets"] });
        assertSameAsReference(model, inputs, { plans: [planMemory(model), plain] });
      }),
      { ...runs, numRuns: 300 },
    );
  });
}
