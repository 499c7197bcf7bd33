import { constantValues } from "../../model/constant.ts";
import type { Quantization, Tensor } from "../../model/tensor.ts";

/**
 * Smallest and largest value that a tensor had.
 *
 * @category Super-networks
 */
export interface TensorRange {
  /** The smallest. */
  readonly least: number;
  /** The largest. */
  readonly most: number;
}

const STEPS = 255;
const LEAST = -128;
/** Weights of int8 go from -127 to 127. */
export const LARGEST_WEIGHT = 127;

/** Biases take at most half of int32, so that sums have room beside them (as TFLite's converter has it). */
const LARGEST_BIAS = 2 ** 30;

/** Steps of int16 on one side of zero, and of its symmetric ranges. */
const LARGEST_INT16 = 32767;
/** int4 weights without -8, so that they are as symmetric as those of int8. */
const LARGEST_INT4 = 7;

/** A range for int16: symmetric, zero point 0. */
export function symmetric({ least, most }: TensorRange): Quantization {
  const scale = Math.fround(Math.max(-least, most) / LARGEST_INT16) || 1;
  return { scales: [scale], zeroPoints: [0], axis: 0, min: [least], max: [most] };
}

/** The range in 255 steps, moved so that zero is one of them. */
export function asymmetric({ least, most }: TensorRange): Quantization {
  const scale = Math.fround((most - least) / STEPS) || 1;
  // 0 is added since rounding may give -0.
  const zeroPoint = Math.min(127, Math.max(LEAST, Math.round(LEAST - least / scale))) + 0;
  return { scales: [scale], zeroPoints: [zeroPoint], axis: 0, min: [least], max: [most] };
}

/** A constant beside activations, such as one of ADD or MUL: quantized as an activation is. */
export function quantizedOperand(tensor: Tensor): Tensor {
  const values = realsOf(tensor);
  const quantization = asymmetric({
    least: values.reduce((least, value) => Math.min(least, value), 0),
    most: values.reduce((most, value) => Math.max(most, value), 0),
  });
  const [[scale], [zeroPoint]] = [quantization.scales, quantization.zeroPoints];
  const data = Int8Array.from(values, (value) => {
    const q = Math.round(value / scale) + zeroPoint;
    return Math.min(LARGEST_WEIGHT, Math.max(LEAST, q));
  });
  return { ...tensor, dtype: "int8", data: new Uint8Array(data.buffer), quantization };
}

/**
 * The least scale that each channel of weights needs for a bias to fit: the bias's scale is that of
 * weights and input multiplied. A channel of small weights and a large bias gets fewer bits for its
 * weights, which count for little beside that bias.
 */
export function leastScales(bias: Tensor, input: Quantization): Float64Array {
  return Float64Array.from(
    realsOf(bias),
    (value) => Math.abs(value) / (input.scales[0] * LARGEST_BIAS),
  );
}

/**
 * int8 from -127 to 127, or int4 from -7 to 7, with zero point 0; `least`: what scales of channels are at
 * least.
 */
export function quantizedWeights(
  tensor: Tensor,
  { axis, least, bits }: {
    readonly axis: number | null;
    readonly least: Float64Array | null;
    readonly bits: 4 | 8;
  },
): Tensor {
  const limit = bits === 4 ? LARGEST_INT4 : LARGEST_WEIGHT;
  const values = realsOf(tensor);
  const inner = axis === null
    ? values.length
    : tensor.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const count = axis === null ? 1 : tensor.shape[axis];
  const largest = new Float64Array(count);
  const channelOf = (i: number) => Math.floor(i / inner) % count;
  values.forEach((value, i) => {
    largest[channelOf(i)] = Math.max(largest[channelOf(i)], Math.abs(value));
  });
  const needed = (channel: number) =>
    least === null ? 0 : axis === null ? Math.max(0, ...least) : least[channel];
  const scales = Array.from(largest, (most, channel) => {
    const own = Math.fround(most / limit);
    return own >= needed(channel) ? own || 1 : roundedUp(needed(channel));
  });
  const data = Int8Array.from(values, (value, i) => {
    const q = Math.round(value / scales[channelOf(i)]);
    return Math.min(limit, Math.max(-limit, q));
  });
  return {
    ...tensor,
    ...(bits === 4
      ? { dtype: "int4", data: packInt4(data) }
      : { dtype: "int8", data: new Uint8Array(data.buffer) }),
    quantization: {
      scales,
      zeroPoints: scales.map(() => 0),
      axis: scales.length === 1 ? 0 : axis ?? 0,
    },
  };
}

/** Two elements in a byte, the low half first. */
function packInt4(values: Int8Array): Uint8Array {
  return Uint8Array.from(
    { length: Math.ceil(values.length / 2) },
    (_, i) => values[2 * i] & 15 | (values[2 * i + 1] ?? 0) << 4,
  );
}

/** A float32 that is not below a number. */
function roundedUp(value: number): number {
  const rounded = Math.fround(value);
  return rounded >= value && rounded > 0
    ? rounded
    : Math.fround(value * (1 + 2 ** -22)) || 2 ** -126;
}

/** int32, beside int16 activations int64, with the product of the scales of input and weights. */
export function quantizedBias(
  tensor: Tensor,
  { input, weights, bits }: {
    readonly input: Quantization;
    readonly weights: Quantization;
    readonly bits: 32 | 64;
  },
): Tensor {
  const scales = weights.scales.map((scale) => Math.fround(scale * input.scales[0]));
  const values = Array.from(realsOf(tensor), (value, c) => {
    const q = Math.round(value / scales[scales.length === 1 ? 0 : c]);
    if (Math.abs(q) < 2 ** 31) return q;
    throw new RangeError(`bias "${tensor.name}" is ${value} in channel ${c}, ${q} in int32`);
  });
  const { buffer } = bits === 64 ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
  return {
    ...tensor,
    dtype: bits === 64 ? "int64" : "int32",
    data: new Uint8Array(buffer),
    quantization: { scales, zeroPoints: scales.map(() => 0), axis: 0 },
  };
}

function realsOf(tensor: Tensor): Float32Array {
  const { name, dtype, data } = tensor;
  if (data === null || dtype !== "float32") {
    const found = data === null ? `computed ${dtype}` : dtype;
    throw new TypeError(`"${name}" is ${found}, needed a float32 constant`);
  }
  const values = constantValues(tensor) as Float32Array;
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return values;
  throw new RangeError(`element ${at} of "${name}" is ${values[at]}, needed finite numbers`);
}
