import * as fc from "fast-check";
import { createPool, planMemory } from "../../mod.ts";
import { depthwiseLayers } from "./random_layer.ts";
import { assertSameAsReference, plainPlan } from "./same_as_reference.ts";
import { paddedBefore } from "./padded_before.ts";
import { constant, single, tensor } from "./single_operator.ts";

const runs = { seed: 20261123, numRuns: 1000 };

Deno.test("a compiled DEPTHWISE_CONV_2D of int8 is the reference's, bit for bit, in any plan", () => {
  fc.assert(
    fc.property(depthwiseLayers, ({ model, inputs }) => assertSameAsReference(model, inputs)),
    runs,
  );
});

Deno.test("rings of several channels and tiles of several pixels change nothing", () => {
  const settings = fc.record({
    pixels: fc.constantFrom(1, 2, 4),
    channels: fc.constantFrom(2, 4, 8, 64),
  });
  fc.assert(
    fc.property(depthwiseLayers, settings, ({ model, inputs }, options) => {
      const inPlace = {
        ...options,
        techniques: ["optimal-offsets", "in-place-depthwise"] as const,
      };
      const plans = [planMemory(model, inPlace), planMemory(model, options)];
      assertSameAsReference(model, inputs, { plans });
    }),
    { ...runs, numRuns: 300 },
  );
});

Deno.test("a DEPTHWISE_CONV_2D of int8 does the PAD before it", () => {
  const sides = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(depthwiseLayers, sides, (layer, [top, bottom, left, right]) => {
      const { model, inputs } = paddedBefore(layer, { top, bottom, left, right });
      const plain = planMemory(model, { techniques: ["fold-pad", "optimal-offsets"] });
      assertSameAsReference(model, inputs, { plans: [planMemory(model), plain] });
    }),
    { ...runs, numRuns: 300 },
  );
});

Deno.test("ties of both roundings come out as the reference's", () => {
  const filters = 96;
  const scales = Array.from({ length: filters }, (_, c) => 2 ** -(1 + c % 12));
  const weights = Int8Array.from({ length: filters }, (_, c) => (c * 37) % 255 - 127);
  const input = Int8Array.from({ length: 256 * filters }, (_, i) => Math.floor(i / filters) - 128);
  for (const [activation, zeroPoint] of [["NONE", -128], ["NONE", 0], ["RELU", 5]] as const) {
    const model = single("DEPTHWISE_CONV_2D", {
      activation,
      padding: "VALID",
      strideH: 1,
      strideW: 1,
      dilationH: 1,
      dilationW: 1,
      depthMultiplier: 1,
    }, {
      inputs: [
        tensor("int8", [1, 16, 16, filters], [0.5, 0]),
        constant("int8", weights, {
          shape: [1, 1, 1, filters],
          quantization: { scales, zeroPoints: scales.map(() => 0), axis: 3 },
        }),
      ],
      outputs: [tensor("int8", [1, 16, 16, filters], [1, zeroPoint])],
    });
    assertSameAsReference(model, [input]);
  }
});

Deno.test("threads change nothing in a DEPTHWISE_CONV_2D of int8", () => {
  using pool = createPool(2);
  fc.assert(
    fc.property(depthwiseLayers, ({ model, inputs }) => {
      assertSameAsReference(model, inputs, { plans: [plainPlan(model)], pool });
    }),
    { ...runs, numRuns: 100 },
  );
});
