import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { randomStream } from "../../measure/random.ts";
import { type ConstantArray, zeroValues } from "../../model/constant.ts";
import { dtypeRange } from "../../model/dtype.ts";
import type { Model } from "../../model/model.ts";
import { elements } from "../../model/shape.ts";

/**
 * Seeded inputs for a model, in its order: floats evenly spread over [-1, 1), integers over their
 * whole range.
 *
 * @throws {TypeError} for an input of a type without a typed array.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { randomFrame, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-ad");
 * const [input] = randomFrame(model, { seed: 7 });
 * assert.equal(input.length, 640);
 * assert.deepEqual(input, randomFrame(model, { seed: 7 })[0]);
 * ```
 *
 * @category Engine
 */
export function randomFrame(
  model: Model,
  options: { readonly seed?: number } = {},
): readonly ConstantArray[] {
  checkOptions("randomFrame", options, "seed");
  checkArguments("randomFrame", { model });
  const { seed = 1 } = options;
  return model.inputs.map((tensor, index) => {
    const { dtype, shape } = model.tensors[tensor];
    const random = randomStream(seed, index);
    const values = zeroValues(dtype, elements(shape));
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
      return values.map(() => BigInt(random(2 ** 31)));
    }
    if (dtype === "float32" || dtype === "float64") {
      return values.map(() => random(2 ** 24) / 2 ** 23 - 1);
    }
    const { min, max } = dtypeRange(dtype) ?? { min: 0, max: 1 };
    return values.map(() => min + random(max - min + 1));
  });
}
