import { lookedAfter, throwIfStopped } from "../../host.ts";
import { checkArguments, checkOptions } from "../../check_arguments.ts";
import type { Model } from "../../model/model.ts";
import type { Operator } from "../../model/operator.ts";
import type { Tensor } from "../../model/tensor.ts";
import { activationRanges } from "./activation_ranges.ts";
import {
  asymmetric,
  leastScales,
  quantizedBias,
  quantizedOperand,
  quantizedWeights,
  symmetric,
  type TensorRange,
} from "./quantize_constants.ts";

/**
 * Options of `quantizeModel`.
 *
 * @category Super-networks
 */
export interface QuantizeOptions {
  /** Values of the model's one input for calibration. */
  readonly inputs: readonly Float32Array<ArrayBuffer>[];
  /** Ranges of activations by the name of their tensor; those that `inputs` give where there is none. */
  readonly ranges?: Readonly<Record<string, TensorRange>>;
  /** Scale of the input, with zero point 0; if left out, from the range of the inputs. */
  readonly inputScale?: number;
  /** Bits of weights: 8, or 4, of which two lie in a byte; 8 if left out. */
  readonly weightBits?: 4 | 8;
  /** Bits of activations: 8, or 16, symmetric and with biases of 64 bits; 8 if left out. */
  readonly activationBits?: 8 | 16;
  /** Whether weights of convolutions have a scale for each channel or one for all; "channel" if left out. */
  readonly scalePer?: "channel" | "tensor";
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/** Versions of an operator with int8, int4 weights and int16 activations (tools/versioning/op_version.cc). */
type Versions = readonly [int8: number, int4: number, int16: number];

/** Operators with weights: which dimension of these has a scale each (null: one scale for all). */
const WEIGHTED: Partial<
  Record<Operator["op"], { readonly axis: number | null; readonly versions: Versions }>
> = {
  CONV_2D: { axis: 0, versions: [3, 7, 4] },
  DEPTHWISE_CONV_2D: { axis: 3, versions: [3, 7, 5] },
  FULLY_CONNECTED: { axis: null, versions: [4, 10, 7] },
};
/** Versions of the others with int8 and int16; null: not with these. */
const UNWEIGHTED: Partial<Record<Operator["op"], readonly [int8: number, int16: number | null]>> = {
  ADD: [2, 3],
  MEAN: [2, 3],
  MUL: [2, null],
  SUB: [2, null],
};

/**
 * Quantizes a float32 model after training, to int8 unless asked otherwise, by TensorFlow Lite's rules (Jacob et al., CVPR
 * 2018; "TensorFlow Lite 8-bit quantization specification"): activations asymmetric with the range
 * seen on `inputs`, weights symmetric, of convolutions per channel, biases int32 with the product of
 * the scales of input and weights. Where a bias would not fit, its channel's weights get a larger
 * scale. Constants that several operators share are told apart where they need different scales.
 *
 * With 16 bits activations are int16 with zero point 0, and biases int64 (TFLite's 16x8); with 4 bits
 * weights are int4, packed. The two do not go together: no runtime has such kernels.
 *
 * @throws {TypeError} for an operator other than CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, ADD, SUB,
 *   MUL and MEAN (SUB and MUL only with 8 bits), for weights and biases that are computed, or for several
 *   inputs.
 * @throws {RangeError} without inputs, for int4 weights beside int16 activations, and for constants that
 *   are not finite.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
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
  checkOptions(
    "quantizeModel",
    options,
    "inputs ranges inputScale weightBits activationBits scalePer signal",
  );
  checkArguments("quantizeModel", { model });
  return lookedAfter(null, () => quantized(model, options), { signal: options.signal });
}

function quantized(model: Model, options: QuantizeOptions): Model {
  const { inputs, inputScale, activationBits = 8, weightBits = 8, scalePer = "channel" } = options;
  if (model.inputs.length !== 1) throw new TypeError(`${model.inputs.length} inputs, needed 1`);
  if (inputs.length === 0) throw new RangeError("no inputs to calibrate with, needed at least 1");
  if (activationBits === 16 && weightBits === 4) {
    throw new RangeError("weights of 4 bits beside activations of 16, needed 8 of one of them");
  }
  const ranges = activationRanges(model, options);
  const dtype = activationBits === 16 ? "int16" : "int8";
  const tensors: Tensor[] = model.tensors.map((tensor, index) => {
    const range = ranges.get(index);
    if (range === undefined) return tensor;
    const quantization = index === model.inputs[0] && inputScale !== undefined
      ? { scales: [Math.fround(inputScale)], zeroPoints: [0], axis: 0 }
      : activationBits === 16
      ? symmetric(range)
      : asymmetric(range);
    return { ...tensor, dtype, quantization };
  });
  const form = { activationBits, weightBits, scalePer };
  const constants = new QuantizedConstants(model, { tensors, form });
  const operators = model.operators.map((operator): Operator => {
    throwIfStopped();
    const { op, inputs: operands } = operator;
    const version = versionOf(op, form)!;
    return { ...operator, version, inputs: constants.inputsOf(operator, operands) };
  });
  return { ...model, tensors, operators };
}

type Form = Required<Pick<QuantizeOptions, "activationBits" | "weightBits" | "scalePer">>;

/** Null for an operator that is not quantized in this form. */
function versionOf(op: Operator["op"], { activationBits, weightBits }: Form): number | null {
  const versions = WEIGHTED[op]?.versions;
  if (versions === undefined) return UNWEIGHTED[op]?.[activationBits === 16 ? 1 : 0] ?? null;
  return versions[activationBits === 16 ? 2 : weightBits === 4 ? 1 : 0];
}

/** Constants as the operators that read them need them. */
class QuantizedConstants {
  readonly #model: Model;
  /** The quantized model's, which grow where a constant is needed in two forms. */
  readonly #tensors: Tensor[];
  readonly #form: Form;
  readonly #made = new Map<string, number>();
  readonly #taken = new Set<number>();
  /** The least scales of weights that all their biases fit, by weights and axis. */
  readonly #least = new Map<string, Float64Array>();

  constructor(
    model: Model,
    { tensors, form }: { readonly tensors: Tensor[]; readonly form: Form },
  ) {
    this.#model = model;
    this.#tensors = tensors;
    this.#form = form;
    for (const { op, inputs: [input, weights, bias = -1] } of model.operators) {
      if (versionOf(op, form) === null) {
        throw new TypeError(`${op} cannot be quantized with ${form.activationBits} bits`);
      }
      if (WEIGHTED[op] === undefined || bias === -1) continue;
      const key = `${weights} ${this.#axisOf(op)}`;
      const needed = leastScales(model.tensors[bias], tensors[input].quantization!);
      const known = this.#least.get(key);
      this.#least.set(key, needed.map((scale, c) => Math.max(scale, known?.[c] ?? 0)));
    }
  }

  #axisOf(op: Operator["op"]): number | null {
    return this.#form.scalePer === "tensor" ? null : WEIGHTED[op]?.axis ?? null;
  }

  inputsOf({ op }: Operator, [input, second, bias = -1]: readonly number[]): number[] {
    if (WEIGHTED[op] === undefined) {
      const both = second === undefined ? [input] : [input, second];
      return both.map((index) => this.#operand(index));
    }
    const axis = this.#axisOf(op);
    const bits = this.#form.weightBits;
    const key = `${second} ${axis}`;
    const least = this.#least.get(key) ?? null;
    const weights = this.#place(
      second,
      key,
      (tensor) => quantizedWeights(tensor, { axis, least, bits }),
    );
    if (bias === -1) return [input, weights];
    const scales = {
      input: this.#tensors[input].quantization!,
      weights: this.#tensors[weights].quantization!,
      bits: this.#form.activationBits === 16 ? 64 : 32,
    } as const;
    const biasKey = `${bias} as bias of ${weights} after ${scales.input.scales}`;
    return [input, weights, this.#place(bias, biasKey, (tensor) => quantizedBias(tensor, scales))];
  }

  /** An activation as it is, a constant of real numbers like one. */
  #operand(index: number): number {
    const { data, dtype } = this.#model.tensors[index];
    if (data === null || dtype !== "float32") return index;
    if (this.#form.activationBits === 16) {
      throw new TypeError("a constant operand of ADD cannot be quantized with 16 bits");
    }
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
