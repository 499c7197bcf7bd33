import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type At, KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import {
  add,
  apply,
  callOf,
  constant,
  mul,
  vectorOfF32,
  vectorOfI32,
} from "../../../kernel/values.ts";
import { constantValues } from "../../../model/constant.ts";
import { lstmGates } from "../../../model/operators/unidirectional_sequence_lstm.ts";
import type { Layer, PlacedTensor } from "../../layer.ts";
import { LARGEST_FLOAT } from "../../reference/clamp.ts";
import { integerRange, zeroPointOf } from "../../reference/expect.ts";
import { type EachGate, eachGate, type LstmGate, lstmNumbers } from "../../reference/lstm.ts";
import { productBounds } from "../convolution/weights.ts";
import { FloatExponential } from "../elementwise/float_exp.ts";
import { placeSigmoidTable, readSigmoid } from "../elementwise/sigmoid_table.ts";
import { prepareConstantRescale } from "../requantize/constant_rescale.ts";
import { loadBytes, storeBytes } from "../vectors/bytes.ts";
import { clampFloats } from "../vectors/float_vectors.ts";
import { largestCentred, narrowToInt8 } from "../vectors/quantized_vectors.ts";
import type { LstmLayer } from "./lstm_layer.ts";

/** What becomes of the sums of four units: the reference's steps, in the lanes of vectors. */
export interface LstmLanes {
  /** What a gate's sums start from, over the input (`i` 0) and over the state (1). */
  readonly begin: (b: KernelBuilder, gate: LstmGate, at: { index: Value; i: number }) => Value;
  /** The gate, activated. */
  readonly gate: (
    b: KernelBuilder,
    gate: LstmGate,
    sums: { readonly own: Value; readonly other: Value; readonly index: Value },
  ) => Value;
  /** Stores the cell state, and gives it. */
  readonly remember: (
    b: KernelBuilder,
    place: { readonly at: At; readonly count: number; readonly gates: EachGate<Value> },
  ) => Value;
  /** Stores the output. */
  readonly show: (
    b: KernelBuilder,
    place: {
      readonly at: At;
      readonly count: number;
      readonly cell: Value;
      readonly output: Value;
    },
  ) => void;
  readonly code: readonly KernelCode[];
}

/** float32; biases are added to finished sums. */
export function floatLanes(lstm: LstmLayer): LstmLanes {
  const { layer: { name, constants }, cellClip } = lstm;
  const biases = placeBiases(lstm, Float32Array);
  const functions = (["logistic", "tanh"] as const).map((kind) => {
    const b = new KernelBuilder();
    const x = b.parameter("x", "v128");
    return b.finish(`${name}_${kind}`, new FloatExponential(b, constants)[kind](x));
  });
  const call = (kind: "logistic" | "tanh", x: Value) => callOf(`${name}_${kind}`, "v128", [x]);
  const plus = (a: Value, b: Value) => apply("f32x4.add", [a, b]);
  const times = (a: Value, b: Value) => apply("f32x4.mul", [a, b]);
  const finite = (x: Value) =>
    clampFloats(constants, x, { min: -LARGEST_FLOAT, max: LARGEST_FLOAT });
  return {
    begin: () => vectorOfF32(0),
    gate: (b, gate, { own, other, index }) => {
      const sum = plus(finite(plus(own, biasOf(b, biases, { gate, index }))), finite(other));
      return b.let(gate, call(gate === "cell" ? "tanh" : "logistic", sum));
    },
    remember: (b, { at, count, gates: { forget, input, cell } }) => {
      const old = loadBytes(b, at, 4 * count);
      const sum = plus(times(forget, old), times(input, cell));
      const range = { min: -cellClip, max: cellClip };
      const next = b.let("c", cellClip > 0 ? clampFloats(constants, sum, range) : sum);
      storeBytes(b, at, next, 4 * count);
      return next;
    },
    show: (b, { at, count, cell, output }) =>
      storeBytes(b, at, b.let("h", times(call("tanh", cell), output)), 4 * count),
    code: functions,
  };
}

/** int8: gates and cell state of int16 in lanes of 32 bits; sums start from the bias. */
export function integerLanes(lstm: LstmLayer): LstmLanes {
  const { layer, tensors, cellClip, hidden, x, weights, recurrent } = lstm;
  const { constants } = layer;
  const numbers = lstmNumbers(tensors, cellClip);
  const biases = placeBiases(lstm, Int32Array);
  const table = tableFunctions(layer);
  const rescale = (factor: typeof numbers.kept, bound: number) =>
    prepareConstantRescale(constants, { factor, bound });
  const gates = eachGate((_, gate) => ({
    own: rescale(
      numbers.gates[gate].input,
      mostOf(weights[gate], x) + largest(constantValues(lstm.biases[gate].tensor)),
    ),
    other: rescale(numbers.gates[gate].recurrent, mostOf(recurrent[gate], hidden)),
  }));
  const [kept, added, shown] = [numbers.kept, numbers.added, numbers.shown].map((factor) =>
    rescale(factor, 2 ** 30)
  );
  const clamp = (b: KernelBuilder, value: Value, { min, max }: { min: number; max: number }) =>
    b.let(
      "q",
      apply("i32x4.min_s", [apply("i32x4.max_s", [value, vectorOfI32(min)]), vectorOfI32(max)]),
    );
  const int16 = integerRange("int16");
  const plus = (a: Value, b: Value) => apply("i32x4.add", [a, b]);
  const product = (b: KernelBuilder, by: typeof kept, pair: readonly [Value, Value]) =>
    by.apply(b, b.let("product", apply("i32x4.mul", pair)));
  return {
    begin: (b, gate, { index, i }) => i === 0 ? biasOf(b, biases, { gate, index }) : vectorOfI32(0),
    gate: (b, gate, { own, other }) => {
      const sum = plus(
        clamp(b, gates[gate].own.apply(b, own), int16),
        clamp(b, gates[gate].other.apply(b, other), int16),
      );
      const scaled = apply("i32x4.mul", [clamp(b, sum, int16), vectorOfI32(3)]);
      return table.call(b, gate === "cell" ? "TANH" : "LOGISTIC", scaled);
    },
    remember: (b, { at, count, gates: { forget, input, cell } }) => {
      const old = apply("i32x4.extend_low_i16x8_s", [loadBytes(b, at, 2 * count)]);
      const sum = plus(
        clamp(b, product(b, kept, [forget, old]), int16),
        clamp(b, product(b, added, [input, cell]), int16),
      );
      const whole = clamp(b, sum, int16);
      const { clip } = numbers;
      const next = clip === null ? whole : clamp(b, whole, { min: -clip, max: clip });
      storeBytes(b, at, apply("i16x8.narrow_i32x4_s", [next, next]), 2 * count);
      return next;
    },
    show: (b, { at, count, cell, output }) => {
      const { multiplier, shift } = numbers.cellInput;
      const half = shift > 0 ? 2 ** (shift - 1) : 0;
      const moved = plus(apply("i32x4.mul", [cell, vectorOfI32(multiplier)]), vectorOfI32(half));
      const activated = table.call(b, "TANH", apply("i32x4.shr_s", [moved, constant(shift)]));
      const value = b.let("h", product(b, shown, [activated, output]));
      const range = integerRange("int8");
      const zeroPoint = zeroPointOf(hidden.tensor);
      const bytes = narrowToInt8(constants, [value], { zeroPoint, range });
      storeBytes(b, at, bytes, count);
    },
    code: [
      ...table.code,
      ...new Set([
        ...lstmGates.flatMap((gate) => [...gates[gate].own.code, ...gates[gate].other.code]),
        ...[kept, added, shown].flatMap(({ code }) => code),
      ]),
    ],
  };
}

/** The two functions of the table, lane by lane. */
function tableFunctions({ name, constants }: Layer) {
  const table = placeSigmoidTable(constants, `${name}_table`);
  const code = (["LOGISTIC", "TANH"] as const).map((operator) => {
    const b = new KernelBuilder();
    const x = b.parameter("x");
    return b.finish(`${name}_${operator.toLowerCase()}`, readSigmoid(b, { table, x, operator }));
  });
  const call = (b: KernelBuilder, operator: "LOGISTIC" | "TANH", values: Value): Value => {
    const x = b.let("x", values);
    const one = (lane: number) =>
      callOf(`${name}_${operator.toLowerCase()}`, "i32", [
        apply("i32x4.extract_lane", [x], [lane]),
      ]);
    const y = b.let("y", apply("i32x4.splat", [one(0)]));
    for (const lane of [1, 2, 3]) b.set(y, apply("i32x4.replace_lane", [y, one(lane)], [lane]));
    return y;
  };
  return { code, call };
}

/** Biases of all gates, `[block of units][gate][unit]`. */
function placeBiases(
  { layer: { name, constants }, biases, units }: LstmLayer,
  Elements: typeof Float32Array | typeof Int32Array,
): Region {
  const values = new Elements(Math.ceil(units / 4) * 4 * lstmGates.length);
  lstmGates.forEach((gate, g) => {
    const given = constantValues(biases[gate].tensor) as ArrayLike<number>;
    for (let unit = 0; unit < units; unit++) {
      values[(Math.floor(unit / 4) * lstmGates.length + g) * 4 + unit % 4] = given[unit];
    }
  });
  return constants.place(`${name}_biases`, new Uint8Array(values.buffer));
}

function biasOf(
  b: KernelBuilder,
  region: Region,
  { gate, index }: { readonly gate: LstmGate; readonly index: Value },
): Value {
  const address = add(start(region), mul(index, 16 * lstmGates.length));
  return b.load("v128.load", { region, address, offsetBytes: 16 * lstmGates.indexOf(gate) });
}

/** The largest sum of products that any unit can have. */
function mostOf({ tensor }: PlacedTensor, from: PlacedTensor): number {
  const values = constantValues(tensor) as ArrayLike<number>;
  const bounds = productBounds(values, {
    channels: tensor.shape[0],
    most: largestCentred(from.tensor),
  });
  return largest(bounds);
}

function largest(values: ArrayLike<number | bigint>): number {
  return Array.from(values, Number).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
