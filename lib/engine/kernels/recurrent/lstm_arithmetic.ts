import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, callOf, constant, mul } from "../../../kernel/values.ts";
import type { QuantizedMultiplier } from "../../../model/fixed_point.ts";
import type { Layer } from "../../layer.ts";
import { LARGEST_FLOAT } from "../../reference/clamp.ts";
import { integerRange, zeroPointOf } from "../../reference/expect.ts";
import {
  type EachGate,
  type LstmGate,
  lstmNumbers,
  type LstmTensors,
} from "../../reference/lstm.ts";
import { FloatExponential } from "../elementwise/float_exp.ts";
import { placeSigmoidTable, readSigmoid } from "../elementwise/sigmoid_table.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { extended, int64Factor, rescaledInt64 } from "../requantize/rescale_int64.ts";
import { clampFloat, clampInteger } from "../scalar/sum_arithmetic.ts";

/** What becomes of an LSTM's sums: the reference's steps, in scalars. */
export interface LstmArithmetic {
  readonly zero: Value;
  readonly multiplyAdd: (sum: Value, x: Value, w: Value) => Value;
  /** A gate, activated, from its sums over input and state and the bias where it lies. */
  readonly gate: (
    b: KernelBuilder,
    name: LstmGate,
    sums: { readonly own: Value; readonly other: Value; readonly unit: Value },
  ) => Value;
  /** The cell state from the gates and the cell state before. */
  readonly remember: (
    b: KernelBuilder,
    cell: Value,
    gates: Omit<EachGate<Value>, "output">,
  ) => Value;
  /** The output from its gate and the cell state. */
  readonly show: (b: KernelBuilder, output: Value, cell: Value) => Value;
  readonly code: readonly KernelCode[];
}

/** The two functions of one variable of a layer, which its kernel calls. */
function sigmoids(
  { name }: Layer,
  type: "i32" | "f32",
  write: (b: KernelBuilder, x: Value, operator: "LOGISTIC" | "TANH") => Value,
) {
  const names = { LOGISTIC: `${name}_logistic`, TANH: `${name}_tanh` } as const;
  const code = (["LOGISTIC", "TANH"] as const).map((operator) => {
    const b = new KernelBuilder();
    return b.finish(names[operator], write(b, b.parameter("x", type), operator));
  });
  const call = (operator: "LOGISTIC" | "TANH", x: Value) => callOf(names[operator], type, [x]);
  return { code, call };
}

/** float32: gates of four lanes of which one is used. */
export function floatLstm(
  layer: Layer,
  biases: EachGate<Region>,
  cellClip: number,
): LstmArithmetic {
  const { code, call } = sigmoids(layer, "f32", (b, x, operator) => {
    const functions = new FloatExponential(b, layer.constants);
    const four = apply("f32x4.splat", [x]);
    const result = operator === "TANH" ? functions.tanh(four) : functions.logistic(four);
    return apply("f32x4.extract_lane", [result], [0]);
  });
  const plus = (a: Value, b: Value) => apply("f32.add", [a, b]);
  const times = (a: Value, b: Value) => apply("f32.mul", [a, b]);
  const finite = (x: Value) => clampFloat(x, { min: -LARGEST_FLOAT, max: LARGEST_FLOAT });
  const clip = cellClip > 0 ? cellClip : Infinity;
  return {
    zero: constant(0, "f32"),
    multiplyAdd: (sum, x, w) => plus(sum, times(x, w)),
    gate: (b, name, { own, other, unit }) => {
      const region = biases[name];
      const bias = b.load("f32.load", { region, address: add(start(region), mul(unit, 4)) });
      const x = plus(finite(plus(own, bias)), finite(other));
      return b.let(name, call(name === "cell" ? "TANH" : "LOGISTIC", x));
    },
    remember: (b, cell, { forget, input, cell: next }) => {
      const sum = b.let("c", plus(times(forget, cell), times(input, next)));
      return b.let("c", clampFloat(sum, { min: -clip, max: clip }));
    },
    show: (b, output, cell) => b.let("h", times(call("TANH", cell), output)),
    code,
  };
}

/** Integers: gates and cell state are int16. */
export function integerLstm(
  layer: Layer,
  tensors: LstmTensors,
  { biases, cellClip }: { readonly biases: EachGate<Region>; readonly cellClip: number },
): LstmArithmetic {
  const { gates, kept, added, shown, cellInput, clip } = lstmNumbers(tensors, cellClip);
  const isWide = tensors.input.dtype === "int16";
  const table = placeSigmoidTable(layer.constants, `${layer.name}_table`);
  const { code, call } = sigmoids(
    layer,
    "i32",
    (b, x, operator) => readSigmoid(b, { table, x, operator }),
  );
  const { hidden } = tensors;
  const zeroOut = zeroPointOf(hidden);
  const clampTo = (b: KernelBuilder, x: Value, range: { min: number; max: number }) =>
    b.let("q", clampInteger(b, x, { least: constant(range.min), most: constant(range.max) }));
  const int16 = integerRange("int16");
  const rescaled = (b: KernelBuilder, sum: Value, factor: QuantizedMultiplier) =>
    isWide
      ? rescaledInt64(b, sum, int64Factor(factor))
      : multiplied(sum, factor.multiplier, factor.shift);
  const product = (a: Value, b: Value, { multiplier, shift }: QuantizedMultiplier) =>
    multiplied(mul(a, b), multiplier, shift);
  const plus = (a: Value, b: Value) => isWide ? apply("i64.add", [a, extended(b)]) : add(a, b);
  return {
    zero: isWide ? constant(0, "i64") : constant(0),
    multiplyAdd: (sum, x, w) => plus(sum, mul(x, w)),
    gate: (b, name, { own, other, unit }) => {
      const region = biases[name];
      const address = add(start(region), mul(unit, isWide ? 8 : 4));
      const bias = b.load(isWide ? "i64.load" : "i32.load", { region, address });
      const { input, recurrent } = gates[name];
      const first = clampTo(b, rescaled(b, b.let("own", plus(own, bias)), input), int16);
      const second = clampTo(b, rescaled(b, other, recurrent), int16);
      const x = mul(clampTo(b, add(first, second), int16), 3);
      return b.let(name, call(name === "cell" ? "TANH" : "LOGISTIC", x));
    },
    remember: (b, cell, { forget, input, cell: next }) => {
      const old = clampTo(b, product(forget, cell, kept), int16);
      const sum = clampTo(b, add(old, clampTo(b, product(input, next, added), int16)), int16);
      return clip === null ? sum : clampTo(b, sum, { min: -clip, max: clip });
    },
    show: (b, output, cell) => {
      const { multiplier, shift } = cellInput;
      const half = shift > 0 ? 2 ** (shift - 1) : 0;
      const x = apply("i32.shr_s", [add(mul(cell, multiplier), half), shift]);
      const value = product(call("TANH", x), output, shown);
      const { min, max } = integerRange(hidden.dtype);
      return add(clampTo(b, value, { min: min - zeroOut, max: max - zeroOut }), zeroOut);
    },
    code: [...code, multiplyCode],
  };
}
