import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, constant, mul, sub } from "../../../kernel/values.ts";
import type { Activation } from "../../../model/attributes.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import type { Layer, LayerKernel, PlacedTensor } from "../../layer.ts";
import { integerRange, zeroPointOf } from "../../reference/expect.ts";
import { svdfFactors, type SvdfTensors } from "../../reference/factors.ts";
import { FloatExponential } from "../elementwise/float_exp.ts";
import { multiplied, multiplyCode } from "../requantize/fixed_point_lanes.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";
import { type ElementType, elementType } from "./layer_numbers.ts";
import { scalarDot } from "./scalar_dot.ts";
import { clampFloat, clampInteger } from "./sum_arithmetic.ts";

/**
 * SVDF of int8 (state of int8 or int16) and float32, in scalars: a filter's state moves on by one,
 * gets the newest product and is weighed at once; the sum of a unit's filters stays in a variable.
 */
export function svdfScalar(layer: Layer): LayerKernel | null {
  const { operator, inputs, outputs: [output], threads } = layer;
  const [input, feature, time, bias, state] = inputs;
  if (operator.op !== "SVDF" || !input || !feature || !time || !state) return null;
  const [batches, depth] = input.tensor.shape;
  const [filters, memory] = time.tensor.shape;
  const { rank, activation } = operator.attributes;
  const units = filters / rank;
  const { dtype } = input.tensor;
  const arithmetic = dtype === "float32" ? floatSvdf(layer.constants, activation) : integerSvdf({
    input: input.tensor,
    feature: feature.tensor,
    time: time.tensor,
    state: state.tensor,
    output: output.tensor,
  });
  const isParallel = threads > 1 && units >= threads;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const range = isParallel ? share(thread, units, threads) : rangeOf(0, units);

  const dot = (
    a: PlacedTensor,
    first: Value,
    w: PlacedTensor,
    firstWeight: Value,
    length: number,
  ) => {
    const sum = b.let("sum", arithmetic.zero);
    const stream = (operand: PlacedTensor, from: Value) => {
      const { load, bytes } = elementType(operand.tensor.dtype);
      const pointer = b.let("at", elementAddress(operand.region, from, bytes));
      const { region } = operand;
      return { region, load, pointer, stepBytes: constant(bytes), apartBytes: 0 };
    };
    scalarDot(b, {
      sums: [[sum]],
      x: stream(a, first),
      w: stream(w, firstWeight),
      length: constant(length),
      unroll: 4,
      arithmetic: {
        ...arithmetic,
        centred: a === state ? arithmetic.centredState : arithmetic.centred,
        centredWeight: (weight) => weight,
      },
    });
    return sum;
  };

  b.for("batch", { until: batches }, (batch) => {
    forRange(b, { name: "unit", range, isReverse: false }, (unit) => {
      const total = b.let("total", bias ? loadElement(b, bias, unit) : arithmetic.zero);
      b.for("rank", { until: rank }, (index) => {
        const filter = b.let("filter", add(mul(unit, rank), index));
        const newest = dot(input, mul(batch, depth), feature, mul(filter, depth), depth);
        const row = b.let("row", mul(add(mul(batch, filters), filter), memory));
        pushState(b, state, { row, memory }, arithmetic.kept(b, newest));
        const weighed = dot(state, row, time, mul(filter, memory), memory);
        b.set(total, arithmetic.plus(total, weighed));
      });
      const { store, bytes } = elementType(output.tensor.dtype);
      const index = add(mul(batch, units), unit);
      const result = b.let("y", arithmetic.finish(b, total));
      const at = { region: output.region, address: elementAddress(output.region, index, bytes) };
      b.store(store, at, result);
    });
  });
  return {
    kernel: `svdf ${dtype} scalar`,
    remarks: [
      "unroll the innermost loop by 4",
      ...isParallel ? [`parallel units over ${threads} threads`] : [],
    ],
    code: [b.finish(layer.name), ...arithmetic.code],
    isParallel,
  };
}

function elementAddress(region: Region, index: Value, bytes: number): Value {
  return add(start(region), mul(index, bytes));
}

function loadElement(b: KernelBuilder, { region, tensor }: PlacedTensor, index: Value): Value {
  const { load, bytes } = elementType(tensor.dtype);
  return b.load(load, { region, address: elementAddress(region, index, bytes) });
}

/** Moves a row of the state to the front by one element and puts the newest one last. */
function pushState(
  b: KernelBuilder,
  { region, tensor }: PlacedTensor,
  { row, memory }: { readonly row: Value; readonly memory: number },
  newest: Value,
): void {
  const { load, store, bytes }: ElementType = elementType(tensor.dtype);
  const value = b.let("newest", newest);
  const address = b.let("kept", elementAddress(region, row, bytes));
  b.for("age", { until: memory - 1 }, () => {
    b.store(store, { region, address }, b.load(load, { region, address, offsetBytes: bytes }));
    b.advance(address, bytes);
  });
  b.store(store, { region, address }, value);
}

/** Products, sums, and what becomes of them in an SVDF. */
export interface SvdfArithmetic {
  readonly zero: Value;
  readonly multiplyAdd: (sum: Value, x: Value, w: Value) => Value;
  readonly plus: (a: Value, b: Value) => Value;
  /** An element of input or state, as products take it. */
  readonly centred: (x: Value) => Value;
  readonly centredState: (x: Value) => Value;
  /** The newest element of the state, from the sum over the input. */
  readonly kept: (b: KernelBuilder, sum: Value) => Value;
  /** The output, from the sum over its filters. */
  readonly finish: (b: KernelBuilder, sum: Value) => Value;
  readonly code: readonly KernelCode[];
}

/** The arithmetic of the reference's SVDF, integers. */
function integerSvdf(tensors: SvdfTensors): SvdfArithmetic {
  const { input, state, output } = tensors;
  const { stateFactor, factor } = svdfFactors(tensors);
  const [zeroIn, zeroState, zeroOut] = [input, state, output].map(zeroPointOf);
  const stateRange = integerRange(state.dtype);
  const range = integerRange(output.dtype);
  return {
    zero: constant(0),
    multiplyAdd: (sum, x, w) => add(sum, mul(x, w)),
    plus: add,
    centred: (x) => sub(x, zeroIn),
    centredState: (x) => sub(x, zeroState),
    kept: (b, sum) => {
      const scaled = multiplied(sum, stateFactor.multiplier, stateFactor.shift);
      const clamped = clampInteger(b, scaled, {
        least: constant(stateRange.min),
        most: constant(stateRange.max),
      });
      return add(clamped, zeroState);
    },
    finish: (b, sum) => {
      const scaled = multiplied(sum, factor.multiplier, factor.shift);
      const clamped = clampInteger(b, scaled, {
        least: constant(range.min - zeroOut),
        most: constant(range.max - zeroOut),
      });
      return add(clamped, zeroOut);
    },
    code: [multiplyCode],
  };
}

/** The arithmetic of the reference's SVDF, float32. */
function floatSvdf(pool: ConstantPool, activation: Activation): SvdfArithmetic {
  const plus = (a: Value, b: Value) => apply("f32.add", [a, b]);
  return {
    zero: constant(0, "f32"),
    multiplyAdd: (sum, x, w) => plus(sum, apply("f32.mul", [x, w])),
    plus,
    centred: (x) => x,
    centredState: (x) => x,
    kept: (_b, sum) => sum,
    finish: (b, sum) => activated(b, b.let("x", sum), { pool, activation }),
    code: [],
  };
}

function activated(
  b: KernelBuilder,
  x: Value,
  { pool, activation }: { readonly pool: ConstantPool; readonly activation: Activation },
): Value {
  switch (activation) {
    case "NONE":
      return x;
    case "RELU":
      return clampFloat(x, { min: 0, max: Infinity });
    case "RELU_N1_TO_1":
      return clampFloat(x, { min: -1, max: 1 });
    case "RELU6":
      return clampFloat(x, { min: 0, max: 6 });
    case "TANH":
      return apply(
        "f32x4.extract_lane",
        [new FloatExponential(b, pool).tanh(apply("f32x4.splat", [x]))],
        [0],
      );
    case "SIGN_BIT": {
      const isNegativeZero = apply("i32.eq", [apply("i32.reinterpret_f32", [x]), -(2 ** 31)]);
      const isBelow = apply("f32.lt", [x, constant(0, "f32")]);
      const isNegative = b.let("negative", apply("i32.or", [isNegativeZero, isBelow]));
      return choose(isNegative, constant(1, "f32"), constant(0, "f32"));
    }
  }
}
