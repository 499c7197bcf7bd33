import type { Dtype } from "../../model/dtype.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
} from "../../model/fixed_point.ts";
import type { Tensor } from "../../model/tensor.ts";
import { elementwiseOfTwo } from "./elementwise.ts";
import { expectSameType, expectType, isQuantized, scaleOf, zeroPointOf } from "./expect.ts";
import { factorBelowOne } from "./factors.ts";
import type { Operation, ReferenceKernel } from "./prepare.ts";

/** Operators that compare two elements. */
export type ComparisonName =
  | "EQUAL"
  | "NOT_EQUAL"
  | "GREATER"
  | "GREATER_EQUAL"
  | "LESS"
  | "LESS_EQUAL";

/** Bits that quantized elements are shifted left before their scale is applied. */
export const COMPARED_BITS = 8;

const TYPES: readonly Dtype[] = ["float32", "int32", "int64", "int8"];

/** What tells comparisons apart. */
export const COMPARISONS: Readonly<
  Record<ComparisonName, {
    readonly compare: (a: number, b: number) => boolean;
    readonly types: readonly Dtype[];
  }>
> = {
  EQUAL: { compare: (a, b) => a === b, types: [...TYPES, "bool"] },
  NOT_EQUAL: { compare: (a, b) => a !== b, types: [...TYPES, "bool"] },
  GREATER: { compare: (a, b) => a > b, types: [...TYPES, "int16"] },
  GREATER_EQUAL: { compare: (a, b) => a >= b, types: TYPES },
  LESS: { compare: (a, b) => a < b, types: TYPES },
  LESS_EQUAL: { compare: (a, b) => a <= b, types: TYPES },
};

/**
 * Two elements compared, with broadcasting. Quantized ones are rounded to multiples of 1 / 256 first:
 * `(x - zx) 2^8 sx`, for which scales must be below 1. TFLM's kernel of int16, which GREATER alone
 * has, never sets the factors that it reads; they are taken to be those of int8.
 */
export function prepareComparison<Name extends ComparisonName>(
  name: Name,
): (operation: Operation<Name>) => ReferenceKernel {
  const { compare, types } = COMPARISONS[name];
  return (operation) => {
    const { inputs: [a, b], outputs: [output] } = operation;
    expectSameType([a, b], types);
    expectType("output", output, ["bool"]);
    if (!isQuantized(a)) return elementwiseOfTwo(operation, (x, z) => Number(compare(x, z)));
    const [left, right] = [a, b].map((tensor) => {
      const [factor, zeroPoint] = [comparisonFactor(tensor), zeroPointOf(tensor)];
      return (x: number) => multiplyByQuantizedMultiplier((x - zeroPoint) << COMPARED_BITS, factor);
    });
    return elementwiseOfTwo(operation, (x, z) => Number(compare(left(x), right(z))));
  };
}

/** The scale of a quantized tensor that is compared. */
export function comparisonFactor(tensor: Tensor): QuantizedMultiplier {
  return factorBelowOne(scaleOf(tensor), `a scale of "${tensor.name}"`);
}
