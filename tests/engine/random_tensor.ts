// Random element types, quantizations and elements for property tests.
import * as fc from "fast-check";
import type { ConstantArray, Dtype, ModelTensor } from "../../mod.ts";
import { zeroValues } from "../../lib/model/constant.ts";
import { elements } from "../../lib/model/shape.ts";
import type { Numbers } from "./random_layer.ts";

/** Zero points of a type, its ends among them; most of int16's are 0. */
export function zeroPoints(dtype: Dtype): fc.Arbitrary<number> {
  if (dtype === "int16") return fc.constantFrom(0, 0, 0, 5, -20000);
  const min = dtype === "uint8" ? 0 : -128;
  return fc.oneof(
    fc.constantFrom(min, min + 255, min + 128),
    fc.integer({ min, max: min + 255 }),
  );
}

/** A scale between 2^-6 and 2^6, times a power of two. */
export function scales(exponent: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constant(1),
    fc.integer({ min: 1, max: 4096 }).map((n) => n / 64),
  ).map((scale) => Math.fround(scale * 2 ** exponent));
}

/** A small shape. */
export const shapes: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.integer({ min: 1, max: 70 }).map((count) => [count]),
  fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 })),
);

/** Elements of all kinds for a tensor: any integers; floats from tiny to large. */
export function randomValues(
  { dtype, shape }: Pick<ModelTensor, "dtype" | "shape">,
  random: Numbers,
): ConstantArray {
  const values = zeroValues(dtype, elements(shape));
  const bits = values.BYTES_PER_ELEMENT * 8;
  for (let i = 0; i < values.length; i++) {
    if (values instanceof BigInt64Array) values[i] = BigInt(random.below(2 ** 24)) << 30n;
    else if (values instanceof Float32Array) values[i] = float(random);
    else if (dtype === "bool") values[i] = random.below(2);
    else if (bits === 32) values[i] = (random.below(2 ** 24) - 2 ** 23) * (1 + random.below(256));
    else values[i] = random.below(2 ** bits) + (random.below(9) === 0 ? 2 ** (bits - 1) : 0);
  }
  return values;
}

function float(random: Numbers): number {
  const unit = random.below(2 ** 20) / 2 ** 19 - 1;
  return [unit, unit * 8, unit * 200, Math.round(unit * 64) / 2][random.below(4)];
}
