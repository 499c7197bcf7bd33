import { createEngine } from "../../engine/create_engine.ts";
import { run } from "../../engine/run.ts";
import { type ConstantArray, constantValues } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import type { Quantization, Tensor } from "../../model/tensor.ts";

/**
 * Options of `quantizeModel`.
 *
 * @category Super-networks
 */
export interface QuantizeOptions {
  /** Values of the model's one input for calibration. */
  readonly inputs: readonly Float32Array<ArrayBuffer>[];
  /** Scale of the input, with zero point 0; if left out, from the range of the inputs. */
  readonly inputScale?: number;
}

/** Smallest and largest value that a tensor had. */
interface Range {
  readonly least: number;
  readonly most: number;
}

/** Operators with weights: which dimension of these has a scale each (null: one scale for all). */
const WEIGHTED: Partial<
  Record<Operator["op"], { readonly axis: number | null; readonly version: number }>
> = {
  CONV_2D: { axis: 0, version: 3 },
  DEPTHWISE_CONV_2D: { axis: 3, version: 3 },
  FULLY_CONNECTED: { axis: null, version: 4 },
};
const UNWEIGHTED: Partial<Record<Operator["op"], number>> = { ADD: 2, MEAN: 2 };

const STEPS = 255;
const LEAST = -128;
const LARGEST_WEIGHT = 127;

/**
 * Quantizes a float32 model to int8 after training, by TensorFlow Lite's rules (Jacob et al., CVPR
 * 2018; "TensorFlow Lite 8-bit quantization specification"): activations asymmetric with the range
 * seen on `inputs`, weights symmetric, of convolutions per channel, biases int32 with the product of
 * the scales of input and weights.
 *
 * @throws {TypeError} for an operator other than CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, ADD and
 *   MEAN, for weights that are computed, or for several inputs.
 * @throws {RangeError} without inputs.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   floatModel,
 *   quantizeModel,
 *   smallestGenes,
 *   subnetwork,
 *   trainSupernet,
 *   wakeWordImages,
 * } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
 * const calibration = wakeWordImages({ seed: 2, count: 8, resolution: 32 });
 * const genes = smallestGenes(trained.space);
 * const network = subnetwork(trained, { genes, calibration });
 * const inputs = [new Float32Array(32 * 32).fill(1), new Float32Array(32 * 32).fill(-1)];
 * const { tensors, inputs: [image] } = quantizeModel(floatModel(network), { inputs });
 * assert.deepEqual(tensors[image].quantization?.scales, [Math.fround(2 / 255)]);
 * ```
 *
 * @category Super-networks
 */
export function quantizeModel(model: Model, options: QuantizeOptions): Model {
  const { inputs, inputScale } = options;
  if (model.inputs.length !== 1) throw new TypeError(`${model.inputs.length} inputs, needed 1`);
  if (inputs.length === 0) throw new RangeError("no inputs to calibrate with, needed at least 1");
  const ranges = activationRanges(model, inputs);
  const tensors: Tensor[] = model.tensors.map((tensor, index) => {
    const range = ranges.get(index);
    if (range === undefined) return tensor;
    const quantization = index === model.inputs[0] && inputScale !== undefined
      ? { scales: [Math.fround(inputScale)], zeroPoints: [0], axis: 0 }
      : asymmetric(range);
    return { ...tensor, dtype: "int8", quantization };
  });
  const operators = model.operators.map((operator): Operator => {
    const weighted = WEIGHTED[operator.op];
    if (weighted === undefined) {
      const version = UNWEIGHTED[operator.op];
      if (version === undefined) throw new TypeError(`${operator.op} cannot be quantized`);
      return { ...operator, version };
    }
    const [input, weights, bias] = operator.inputs;
    tensors[weights] = quantizedWeights(model.tensors[weights], weighted.axis);
    tensors[bias] = quantizedBias(model.tensors[bias], {
      input: tensors[input].quantization!,
      weights: tensors[weights].quantization!,
    });
    return { ...operator, version: weighted.version };
  });
  return { ...model, tensors, operators };
}

/** Runs the model with every activation as an output. */
function activationRanges(
  model: Model,
  inputs: QuantizeOptions["inputs"],
): ReadonlyMap<number, Range> {
  const computed = model.operators.flatMap(({ outputs }) => outputs);
  using engine = createEngine({ ...model, outputs: computed });
  const ranges = new Map<number, Range>();
  const see = (tensor: number, values: ConstantArray) => {
    // Zero is always represented, since padding needs it.
    let { least, most } = ranges.get(tensor) ?? { least: 0, most: 0 };
    for (const value of values as Float32Array) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    ranges.set(tensor, { least, most });
  };
  for (const input of inputs) {
    see(model.inputs[0], input);
    run(engine, [input]).forEach((values, i) => see(computed[i], values));
  }
  return ranges;
}

/** The range in 255 steps, moved so that zero is one of them. */
function asymmetric({ least, most }: Range): Quantization {
  const scale = Math.fround(most === least ? 1 : (most - least) / STEPS);
  const zeroPoint = Math.min(127, Math.max(LEAST, Math.round(LEAST - least / scale)));
  return { scales: [scale], zeroPoints: [zeroPoint], axis: 0, min: [least], max: [most] };
}

/** int8 from -127 to 127 with zero point 0. */
function quantizedWeights(tensor: Tensor, axis: number | null): Tensor {
  const values = constantValues(tensor) as Float32Array;
  const inner = axis === null
    ? values.length
    : tensor.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const count = axis === null ? 1 : tensor.shape[axis];
  const largest = new Float64Array(count);
  const channelOf = (i: number) => Math.floor(i / inner) % count;
  values.forEach((value, i) => {
    largest[channelOf(i)] = Math.max(largest[channelOf(i)], Math.abs(value));
  });
  const scales = Array.from(
    largest,
    (most) => Math.fround(most === 0 ? 1 : most / LARGEST_WEIGHT),
  );
  const data = Int8Array.from(values, (value, i) => {
    const q = Math.round(value / scales[channelOf(i)]);
    return Math.min(LARGEST_WEIGHT, Math.max(-LARGEST_WEIGHT, q));
  });
  return {
    ...tensor,
    dtype: "int8",
    data: new Uint8Array(data.buffer),
    quantization: { scales, zeroPoints: scales.map(() => 0), axis: axis ?? 0 },
  };
}

function quantizedBias(
  tensor: Tensor,
  { input, weights }: { readonly input: Quantization; readonly weights: Quantization },
): Tensor {
  const values = constantValues(tensor) as Float32Array;
  const scales = weights.scales.map((scale) => Math.fround(scale * input.scales[0]));
  const data = Int32Array.from(
    values,
    (value, c) => Math.round(value / scales[scales.length === 1 ? 0 : c]),
  );
  return {
    ...tensor,
    dtype: "int32",
    data: new Uint8Array(data.buffer),
    quantization: { scales, zeroPoints: scales.map(() => 0), axis: 0 },
  };
}
