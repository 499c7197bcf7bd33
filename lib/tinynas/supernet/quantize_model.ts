import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { createEngine } from "../../engine/create_engine.ts";
import { run } from "../../engine/run.ts";
import type { ConstantArray } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import type { Tensor } from "../../model/tensor.ts";
import {
  asymmetric,
  leastScales,
  quantizedBias,
  quantizedOperand,
  quantizedWeights,
  type Range,
} from "./quantize_constants.ts";

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

/** Operators with weights: which dimension of these has a scale each (null: one scale for all). */
const WEIGHTED: Partial<
  Record<Operator["op"], { readonly axis: number | null; readonly version: number }>
> = {
  CONV_2D: { axis: 0, version: 3 },
  DEPTHWISE_CONV_2D: { axis: 3, version: 3 },
  FULLY_CONNECTED: { axis: null, version: 4 },
};
/** Versions of the others with int8. */
const UNWEIGHTED: Partial<Record<Operator["op"], number>> = { ADD: 2, MEAN: 2, MUL: 2, SUB: 2 };

/**
 * Quantizes a float32 model to int8 after training, by TensorFlow Lite's rules (Jacob et al., CVPR
 * 2018; "TensorFlow Lite 8-bit quantization specification"): activations asymmetric with the range
 * seen on `inputs`, weights symmetric, of convolutions per channel, biases int32 with the product of
 * the scales of input and weights. Where a bias would not fit, its channel's weights get a larger
 * scale. Constants that several operators share are told apart where they need different scales.
 *
 * @throws {TypeError} for an operator other than CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, ADD, SUB,
 *   MUL and MEAN, for weights and biases that are computed, or for several inputs.
 * @throws {RangeError} without inputs, and for constants that are not finite.
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
  checkOptions("quantizeModel", options, "inputs inputScale");
  checkArguments("quantizeModel", { model });
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
  const constants = new QuantizedConstants(model, tensors);
  const operators = model.operators.map((operator): Operator => {
    const { op, inputs: operands } = operator;
    const version = (WEIGHTED[op]?.version ?? UNWEIGHTED[op])!;
    return { ...operator, version, inputs: constants.inputsOf(operator, operands) };
  });
  return { ...model, tensors, operators };
}

/** Constants as the operators that read them need them. */
class QuantizedConstants {
  readonly #model: Model;
  /** The quantized model's, which grow where a constant is needed in two forms. */
  readonly #tensors: Tensor[];
  readonly #made = new Map<string, number>();
  readonly #taken = new Set<number>();
  /** The least scales of weights that all their biases fit, by weights and axis. */
  readonly #least = new Map<string, Float64Array>();

  constructor(model: Model, tensors: Tensor[]) {
    this.#model = model;
    this.#tensors = tensors;
    for (const { op, inputs: [input, weights, bias = -1] } of model.operators) {
      const weighted = WEIGHTED[op];
      if (weighted === undefined) {
        if (UNWEIGHTED[op] === undefined) throw new TypeError(`${op} cannot be quantized`);
        continue;
      }
      if (bias === -1) continue;
      const key = `${weights} ${weighted.axis}`;
      const needed = leastScales(model.tensors[bias], tensors[input].quantization!);
      const known = this.#least.get(key);
      this.#least.set(key, needed.map((scale, c) => Math.max(scale, known?.[c] ?? 0)));
    }
  }

  inputsOf({ op }: Operator, [input, second, bias = -1]: readonly number[]): number[] {
    const weighted = WEIGHTED[op];
    if (weighted === undefined) {
      const both = second === undefined ? [input] : [input, second];
      return both.map((index) => this.#operand(index));
    }
    const { axis } = weighted;
    const key = `${second} ${axis}`;
    const least = this.#least.get(key) ?? null;
    const weights = this.#place(second, key, (tensor) => quantizedWeights(tensor, { axis, least }));
    if (bias === -1) return [input, weights];
    const scales = {
      input: this.#tensors[input].quantization!,
      weights: this.#tensors[weights].quantization!,
    };
    const biasKey = `${bias} as bias of ${weights} after ${scales.input.scales}`;
    return [input, weights, this.#place(bias, biasKey, (tensor) => quantizedBias(tensor, scales))];
  }

  /** An activation as it is, a constant of real numbers like one. */
  #operand(index: number): number {
    const { data, dtype } = this.#model.tensors[index];
    if (data === null || dtype !== "float32") return index;
    return this.#place(index, `${index} as operand`, quantizedOperand);
  }

  /** Takes the place of the constant for its first form, a new place for each other one. */
  #place(index: number, key: string, make: (tensor: Tensor) => Tensor): number {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const place = this.#taken.has(index) ? this.#tensors.length : index;
    this.#tensors[place] = make(this.#model.tensors[index]);
    this.#taken.add(index);
    this.#made.set(key, place);
    return place;
  }
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
