import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, max, min, mul, sub } from "../../../kernel/values.ts";
import type { Layer } from "../../layer.ts";
import { isWide } from "../../reference/arithmetic.ts";
import { outputRange } from "../../reference/clamp.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { extended, rescaledInt64 } from "../requantize/rescale_int64.ts";
import { elementType, inRole, type Numbers } from "./layer_numbers.ts";
import { factorPairs, type QuantizedNumbers, type WeightedOperator } from "./weighted_layer.ts";

/** Products, sums, and what becomes of a sum; `o` is the output channel. */
export interface SumArithmetic {
  readonly zero: Value;
  /** An element of the input, as products take it. */
  readonly centred: (x: Value) => Value;
  /** A weight, as products take it. */
  readonly centredWeight: (w: Value) => Value;
  readonly multiplyAdd: (sum: Value, x: Value, w: Value) => Value;
  readonly addBias: (b: KernelBuilder, sum: Value, o: Value) => Value;
  /** In units of the output, without its zero point: adding that could overflow before the clamp. */
  readonly rescale: (b: KernelBuilder, sum: Value, o: Value) => Value;
  /** What is stored. */
  readonly clamp: (b: KernelBuilder, value: Value) => Value;
}

/** Where the code finds bias and factors. */
export interface SumNumbers extends QuantizedNumbers {
  readonly bias: number | Value;
  readonly factors: number | Value;
}

/** Regions and functions that the arithmetic of a layer needs. */
export interface SumTables {
  readonly bias: Region | null;
  readonly factors: Region | null;
  /** The one factor of all channels, if there is one. */
  readonly uniform: readonly [number, number] | null;
  readonly code: readonly KernelCode[];
}

/** Places the factors of a layer, and zeros for a bias where all layers are to look alike. */
export function sumTables(
  layer: Layer,
  weighted: WeightedOperator,
  { codeGeneration }: { readonly codeGeneration: boolean },
): SumTables {
  const { operation, bias, grouping } = weighted;
  if (operation.input.dtype === "float32") {
    return { bias: bias?.region ?? null, factors: null, uniform: null, code: [] };
  }
  const pairs = factorPairs(operation);
  const isUniform = codeGeneration && pairs.every((value, i) => value === pairs[i & 1]);
  const place = (name: string, values: Int32Array) =>
    layer.constants.place(`${layer.name}_${name}`, new Uint8Array(values.buffer));
  const zeros = () => place("bias", new Int32Array(grouping.groups * grouping.filters));
  return {
    bias: codeGeneration
      ? bias?.region ?? null
      : inRole("bias", bias?.region ?? zeros(), { codeGeneration }),
    factors: isUniform ? null : inRole("factors", place("factors", pairs), { codeGeneration }),
    uniform: isUniform ? [pairs[0], pairs[1]] : null,
    code: isWide(operation) ? [] : [multiplyCode],
  };
}

/** The arithmetic of `weightArithmetic`, step by step the same. */
export function sumArithmetic(
  { operation, bias }: WeightedOperator,
  tables: SumTables,
  n: Numbers<SumNumbers>,
): SumArithmetic {
  if (operation.input.dtype === "float32") return floatArithmetic(operation, tables);
  const wide = isWide(operation);
  const biasType = elementType(bias?.tensor.dtype ?? "int32");
  const loadBias = (b: KernelBuilder, region: Region, o: Value) =>
    b.load(biasType.load, { region, address: add(n.bias, mul(o, biasType.bytes)) });
  const factorOf = (b: KernelBuilder, o: Value): readonly Value[] => {
    const { uniform, factors } = tables;
    if (uniform !== null || factors === null) return uniform!.map((value) => constant(value));
    const at = { region: factors, address: b.let("factor", add(n.factors, mul(o, 8))) };
    return [0, 4].map((offsetBytes) => b.load("i32.load", { ...at, offsetBytes }));
  };
  return {
    zero: wide ? constant(0, "i64") : constant(0),
    centred: (x) => sub(x, n.inputZero),
    centredWeight: (w) => sub(w, n.weightZero),
    multiplyAdd: (sum, x, w) =>
      wide ? apply("i64.add", [sum, extended(mul(x, w))]) : add(sum, mul(x, w)),
    addBias: (b, sum, o) => {
      if (tables.bias === null) return sum;
      const value = loadBias(b, tables.bias, o);
      return wide ? apply("i64.add", [sum, extended(value)]) : add(sum, value);
    },
    rescale: (b, sum, o) => {
      const [multiplier, shift] = factorOf(b, o);
      return wide ? rescaledInt64(b, sum, [multiplier, shift]) : multiplied(sum, multiplier, shift);
    },
    clamp: (b, value) => add(clampInteger(b, value, n), n.outputZero),
  };
}

/** The integer of the range that is nearest. */
export function clampInteger(
  b: KernelBuilder,
  value: Value,
  { least, most }: { readonly least: Value; readonly most: Value },
): Value {
  const low = b.let("q", max(b.let("q", value), least));
  return min(low, most);
}

/** The float32 of the range that is nearest; NaN stays. */
export function clampFloat(
  value: Value,
  { min: least, max: most }: { readonly min: number; readonly max: number },
): Value {
  const low = least === -Infinity ? value : apply("f32.max", [value, constant(least, "f32")]);
  return most === Infinity ? low : apply("f32.min", [low, constant(most, "f32")]);
}

function floatArithmetic(
  { activation, output }: WeightedOperator["operation"],
  { bias }: SumTables,
): SumArithmetic {
  const range = outputRange(activation, output);
  return {
    zero: constant(0, "f32"),
    centred: (x) => x,
    centredWeight: (w) => w,
    multiplyAdd: (sum, x, w) => apply("f32.add", [sum, apply("f32.mul", [x, w])]),
    addBias: (b, sum, o) => {
      if (bias === null) return sum;
      const at = { region: bias, address: add(start(bias), mul(o, 4)) };
      return apply("f32.add", [sum, b.load("f32.load", at)]);
    },
    rescale: (_b, sum) => sum,
    clamp: (_b, value) => clampFloat(value, range),
  };
}
