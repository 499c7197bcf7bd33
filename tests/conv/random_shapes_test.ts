import fc from "fast-check";
import {
  convShapeText,
  convVariants,
  type ConvVariantsOptions,
  execute,
  randomInputs,
} from "tinyloom";
import { reference, verifyOutput } from "../../lib/measure/timed_nest.ts";
import { isPipeline, meaningOf } from "../../lib/nest/pipeline.ts";
import { assert } from "../assert.ts";

const size = fc.integer({ min: 1, max: 13 });
const channels = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(12, 17, 31, 32));
const kernel = fc.oneof(
  fc.constant([3, 3] as const),
  fc.constant([1, 1] as const),
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
);

const layer: fc.Arbitrary<ConvVariantsOptions> = fc.record({
  kernel,
  extraRows: size,
  extraColumns: size,
  inChannels: channels,
  outChannels: channels,
  stride: fc.integer({ min: 1, max: 3 }),
  padding: fc.constantFrom("same" as const, "valid" as const),
  depthwise: fc.boolean(),
  dtype: fc.constantFrom("f32" as const, "i8" as const),
  zeroPoint: fc.integer({ min: -128, max: 127 }),
  fma: fc.boolean(),
}).map(({ extraRows, extraColumns, zeroPoint, ...each }) => ({
  ...each,
  height: each.kernel[0] + extraRows - 1,
  width: each.kernel[1] + extraColumns - 1,
  outChannels: each.depthwise ? each.inChannels : each.outChannels,
  zeroPoint: each.dtype === "i8" ? zeroPoint : 0,
}));

Deno.test("every variant of a layer computes what the plain loops do, int8 bit for bit", () => {
  fc.assert(
    fc.property(layer, fc.integer({ min: 1, max: 1000 }), (options, seed) => {
      for (const [name, computation] of Object.entries(convVariants(options))) {
        const meaning = meaningOf(computation);
        const inputs = randomInputs(meaning, { seed });
        const expected = reference(meaning, inputs);
        const { errorFactor = 1 } = isPipeline(computation) ? computation : {};
        const { O } = execute(computation, inputs, { fma: options.fma });
        const { verified, maxError, tolerance } = verifyOutput(O, {
          ...expected,
          tolerance: errorFactor * expected.tolerance,
        });
        assert(
          verified,
          `${name} of ${convShapeText(options)} in ${options.dtype}: ${maxError} > ${tolerance}`,
        );
      }
    }),
    { numRuns: 150, seed: 5 },
  );
});
