import { type RandomGenerator, xoroshiro128plus } from "../../npm/pure_rand.ts";
import type { Model } from "../model.ts";
import type { Operator } from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import type { ActivationSpread } from "./activation_spread.ts";

/** An int8 activation of a graph under construction. */
export interface GraphValue extends ActivationSpread {
  /** Index of its tensor. */
  readonly tensor: number;
  /** Batch 1 first. */
  readonly shape: readonly number[];
}

/** What a graph is built with. */
export interface GraphOptions {
  /** Determines every weight. */
  readonly seed: number;
  /** Padding that is not TensorFlow's SAME becomes a PAD operator, as converters write it. */
  readonly explicitPadding: boolean;
  /** float32 input and output, quantized and dequantized inside. */
  readonly floatEdges: boolean;
}

/** Collects the tensors and operators of one model, in order of execution. */
export class GraphBuilder {
  readonly #tensors: Tensor[] = [];
  readonly #operators: Operator[] = [];
  readonly #inputs: number[] = [];
  /** Where weights come from. */
  readonly random: RandomGenerator;
  /** See `GraphOptions`. */
  readonly explicitPadding: boolean;
  readonly #floatEdges: boolean;

  constructor(options: GraphOptions) {
    this.random = xoroshiro128plus(options.seed);
    this.explicitPadding = options.explicitPadding;
    this.#floatEdges = options.floatEdges;
  }

  /** The model's input, spread evenly over the range of int8 at the given quantization. */
  input(
    shape: readonly number[],
    quantization: { readonly scale: number; readonly zeroPoint: number },
  ): GraphValue {
    const scale = Math.fround(quantization.scale);
    const spread = { ...quantization, scale, variance: (256 * scale) ** 2 / 12 };
    const name = this.#floatEdges ? "input/quantized" : "input";
    const value = this.activation(name, shape, spread);
    this.#inputs.push(this.#floatEdges ? this.#quantize(value) : value.tensor);
    return value;
  }

  /** A tensor for results of a layer. */
  activation(name: string, shape: readonly number[], spread: ActivationSpread): GraphValue {
    const { scale, zeroPoint } = spread;
    const quantization = { scales: [scale], zeroPoints: [zeroPoint], axis: 0 };
    const tensor = this.#add({ name, dtype: "int8", shape, quantization, data: null });
    return { ...spread, tensor, shape };
  }

  /** Weights or a bias, symmetrically quantized: one scale, or one per index of `axis`. */
  constant(
    name: string,
    values: Int8Array<ArrayBuffer> | Int32Array<ArrayBuffer>,
    options: {
      readonly shape: readonly number[];
      readonly scales: readonly number[];
      readonly axis: number;
    },
  ): number {
    const { shape, scales } = options;
    const axis = scales.length === 1 ? 0 : options.axis;
    const quantization = { scales, zeroPoints: scales.map(() => 0), axis };
    return this.#add({ name, ...typed(values), shape, quantization });
  }

  /** Numbers that tell an operator about shapes, axes or padding. */
  integers(name: string, values: readonly number[], shape = [values.length]): number {
    return this.#add({ name, ...typed(Int32Array.from(values)), shape, quantization: null });
  }

  /** Appends an operator. */
  run(operator: Operator): void {
    this.#operators.push(operator);
  }

  /** The finished model, which ends in `output`. */
  model(
    name: string,
    options: { readonly description: string; readonly output: GraphValue },
  ): Model {
    const { description, output } = options;
    const last = this.#floatEdges ? this.#dequantize(output) : output.tensor;
    return {
      name,
      description,
      tensors: this.#tensors,
      operators: this.#operators,
      inputs: this.#inputs,
      outputs: [last],
      metadata: [],
      signatures: [],
      otherSubgraphs: [],
      lost: [],
    };
  }

  #quantize(value: GraphValue): number {
    const edge = this.#float("input", value.shape);
    const [inputs, outputs] = [[edge], [value.tensor]];
    this.run({ op: "QUANTIZE", inputs, outputs, version: 1, attributes: {} });
    return edge;
  }

  #dequantize(value: GraphValue): number {
    const edge = this.#float("output", value.shape);
    const [inputs, outputs] = [[value.tensor], [edge]];
    this.run({ op: "DEQUANTIZE", inputs, outputs, version: 2, attributes: {} });
    return edge;
  }

  #float(name: string, shape: readonly number[]): number {
    return this.#add({ name, dtype: "float32", shape, quantization: null, data: null });
  }

  #add(tensor: Omit<Tensor, "isVariable">): number {
    return this.#tensors.push({ ...tensor, isVariable: false }) - 1;
  }
}

/** An array as data of its element type. */
function typed(values: Int8Array<ArrayBuffer> | Int32Array<ArrayBuffer>) {
  const dtype = values instanceof Int8Array ? "int8" as const : "int32" as const;
  return { dtype, data: new Uint8Array(values.buffer) };
}
