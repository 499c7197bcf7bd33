// Random chains of image operators of one type, with side branches: what segments are made of.
import {
  type ConstantArray,
  type Dtype,
  dtypeRange,
  elements,
  type Model,
  type ModelTensor,
  type Padding,
  windowExtent,
} from "../../mod.ts";
import { CONV, Graph } from "../model/models.ts";
import type { Draw } from "../plan/random_graph.ts";
import { Numbers } from "./random_layer.ts";

/** What a random model may have. */
export interface SegmentShape {
  readonly dtype: "int8" | "uint8" | "int16" | "float32";
  readonly operators: number;
  readonly extent: number;
  readonly channels: number;
}

/** A model, and something to run it on. */
export function randomSegmentModel(
  draw: Draw,
  shape: SegmentShape,
): { readonly model: Model; readonly input: ConstantArray } {
  const builder = new Builder(draw, shape);
  const model = builder.model();
  const count = elements(model.tensors[model.inputs[0]].shape);
  const random = new Numbers(draw(1 << 30));
  const values = shape.dtype === "float32"
    ? random.float32(count)
    : shape.dtype === "int16"
    ? Int16Array.from({ length: count }, () => random.below(65536) - 32768)
    : shape.dtype === "uint8"
    ? Uint8Array.from({ length: count }, () => random.below(256))
    : random.int8(count);
  return { model, input: values };
}

const CURVES = ["RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "HARD_SWISH"] as const;

/** What goes element by element from one image to another, and is defined for all numbers. */
const ACTIVATIONS = {
  int8: [...CURVES, "ABS", "ELU"],
  uint8: CURVES,
  int16: ["RELU", "RELU6", "LEAKY_RELU", "ABS"],
  float32: [...CURVES, "ABS", "NEG", "ELU", "SIN", "COS"],
} as const;

class Builder {
  readonly #graph = new Graph();
  readonly #images: number[] = [];
  readonly #random: Numbers;

  constructor(readonly draw: Draw, readonly shape: SegmentShape) {
    this.#random = new Numbers(draw(1 << 30));
  }

  model(): Model {
    const { draw, shape } = this;
    const side = () => 2 + draw(shape.extent);
    const first = this.#tensor([1, side(), side(), 1 + draw(shape.channels)]);
    this.#images.push(first);
    for (let i = 0; i < shape.operators; i++) this.#images.push(this.#operator());
    if (draw(2) === 0) this.#images.push(this.#globalPool());
    const { operators } = this.#graph;
    const read = new Set(operators.flatMap(({ inputs }) => inputs));
    const ends = this.#images.filter((tensor) => !read.has(tensor));
    return this.#graph.model([first], ends.length === 0 ? [first] : ends);
  }

  #tensor(shape: readonly number[], given?: readonly [number, number]): number {
    return this.#graph.tensor(shape, {
      dtype: this.shape.dtype,
      quantization: this.#quantized(given),
    });
  }

  /** Scale and zero point: those given, or any. */
  #quantized(given?: readonly [number, number]): ModelTensor["quantization"] {
    const { dtype } = this.shape;
    if (dtype === "float32") return null;
    const { min, max } = dtypeRange(dtype)!;
    const zero = dtype === "int16" ? 0 : [min, max, min + this.draw(max - min)][this.draw(3)];
    const scale = [0.02, 0.05, 0.11][this.draw(3)] / (dtype === "int16" ? 256 : 1);
    const [own, point] = given ?? [scale, zero];
    return { scales: [own], zeroPoints: [point], axis: 0 };
  }

  #constant(shape: readonly number[], dtype: Dtype = this.shape.dtype): number {
    const count = elements(shape);
    const values = dtype === "float32"
      ? this.#random.float32(count)
      : this.#random.int8(count, -127);
    const data = dtype === "int16"
      ? new Uint8Array(Int16Array.from(values, (x) => x * 200).buffer)
      : new Uint8Array(values.buffer);
    return this.#graph.tensor(shape, { dtype, quantization: this.#quantized(), data });
  }

  /** Weights with a scale for each of `channels` along an axis. */
  #weights(shape: readonly number[], axis: number): number {
    const channels = shape[axis];
    const isFloat = this.shape.dtype === "float32";
    const count = elements(shape);
    const values = isFloat ? this.#random.float32(count) : this.#random.int8(count, -127);
    const scales = Array.from({ length: channels }, (_, i) => 0.002 * (1 + i % 5));
    const zeroPoints = new Array<number>(channels).fill(0);
    return this.#graph.tensor(shape, {
      dtype: isFloat ? "float32" : "int8",
      quantization: isFloat ? null : { scales, zeroPoints, axis: channels === 1 ? 0 : axis },
      data: new Uint8Array(values.buffer),
    });
  }

  #pick(): number {
    const images = this.#images;
    return images[this.draw(4) > 0 ? images.length - 1 : this.draw(images.length)];
  }

  #operator(): number {
    const { draw } = this;
    // uint8 is for what has no weights.
    const kind = draw(9) + (this.shape.dtype === "uint8" && draw(9) < 9 ? 4 : 0);
    if (kind < 3) return this.#convolution();
    if (kind < 5 && this.shape.dtype !== "uint8") return this.#depthwise();
    if (kind < 6) return this.#pool();
    return kind < 8 ? this.#binary() : this.#activation();
  }

  #window(from: number, { mostDilation }: { readonly mostDilation: number }) {
    const { draw } = this;
    const [, height, width, channels] = this.#graph.tensors[from].shape;
    const padding: Padding = draw(3) > 0 ? "SAME" : "VALID";
    const [strideH, strideW] = [1 + draw(2), 1 + draw(2)];
    const size = (extent: number) => Math.min(extent, [1, 1, 2, 3, 3, 5][draw(6)]);
    const [tapsH, tapsW] = [size(height), size(width)];
    const fits = (taps: number, extent: number) => (taps - 1) * mostDilation < extent;
    const dilation = fits(tapsH, height) && fits(tapsW, width) ? mostDilation : 1;
    const output = [[height, tapsH, strideH], [width, tapsW, strideW]].map((
      [input, filter, stride],
    ) => windowExtent({ input, filter, stride, dilation, padding }).output);
    const activation = (["NONE", "RELU", "RELU6"] as const)[draw(3)];
    const steps = { padding, strideH, strideW, activation };
    return { channels, tapsH, tapsW, dilation, output, steps };
  }

  /** What an operator with windows reads: at times through a PAD. */
  #source(): number {
    const { draw } = this;
    const from = this.#pick();
    if (draw(4) > 0) return from;
    const { shape: [, height, width, channels], quantization } = this.#graph.tensors[from];
    const sides = [draw(3), draw(2), draw(2), draw(3)];
    const [top, bottom, left, right] = sides;
    const amounts = this.#graph.integers([0, 0, ...sides, 0, 0], [4, 2]);
    const padded = this.#add(
      "PAD",
      [from, amounts],
      [
        1,
        height + top + bottom,
        width + left + right,
        channels,
      ],
      {},
      quantization,
    );
    return padded;
  }

  #convolution(): number {
    const from = this.#source();
    const mostDilation = 1 + this.draw(2);
    const { channels, tapsH, tapsW, dilation, output, steps } = this.#window(from, {
      mostDilation,
    });
    const depth = 1 + this.draw(this.shape.channels);
    const filter = this.#weights([depth, tapsH, tapsW, channels], 0);
    const attributes = { ...CONV, ...steps, dilationH: dilation, dilationW: dilation };
    return this.#add("CONV_2D", [from, filter, -1], [1, ...output, depth], attributes);
  }

  #depthwise(): number {
    const from = this.#source();
    const mostDilation = 1 + this.draw(2);
    const { channels, tapsH, tapsW, dilation, output, steps } = this.#window(from, {
      mostDilation,
    });
    const times = [1, 1, 1, 2, 4][this.draw(5)];
    const filter = this.#weights([1, tapsH, tapsW, channels * times], 3);
    const attributes = {
      ...steps,
      dilationH: dilation,
      dilationW: dilation,
      depthMultiplier: times,
    };
    const shape = [1, ...output, channels * times];
    return this.#add("DEPTHWISE_CONV_2D", [from, filter, -1], shape, attributes);
  }

  #pool(): number {
    const from = this.#pick();
    const { channels, tapsH, tapsW, output, steps } = this.#window(from, { mostDilation: 1 });
    const attributes = { ...steps, filterH: tapsH, filterW: tapsW };
    const op = this.draw(2) === 0 ? "AVERAGE_POOL_2D" : "MAX_POOL_2D";
    const { quantization } = this.#graph.tensors[from];
    return this.#add(op, [from], [1, ...output, channels], attributes, quantization);
  }

  #binary(): number {
    const { draw } = this;
    const from = this.#pick();
    const { shape } = this.#graph.tensors[from];
    const others = this.#images.filter((each) => (
      this.#graph.tensors[each].shape.join() === shape.join()
    ));
    const other = draw(3) > 0
      ? others[draw(others.length)]
      : this.#constant(draw(2) === 0 ? [1, 1, 1, shape[3]] : []);
    const op = (["ADD", "ADD", "SUB", "MUL"] as const)[draw(4)];
    const inputs = draw(2) === 0 ? [from, other] : [other, from];
    const attributes = { activation: "NONE", potScaleInt16: false };
    return this.#add(op, inputs, shape, attributes);
  }

  #activation(): number {
    const { dtype } = this.shape;
    const from = this.#pick();
    const { shape, quantization } = this.#graph.tensors[from];
    const all = ACTIVATIONS[dtype];
    const op = all[this.draw(all.length)];
    const edge = { int8: [-128, 0], uint8: [0, 128], int16: [0, 0], float32: [0, 0] }[dtype];
    const own = op === "LOGISTIC"
      ? this.#quantized([1 / 256, edge[0]])
      : op === "TANH"
      ? this.#quantized([1 / 128, edge[1]])
      : op === "RELU6" || op === "RELU"
      ? quantization
      : this.#quantized();
    return this.#add(op, [from], shape, { alpha: 0.1 }, own);
  }

  #globalPool(): number {
    const from = this.#pick();
    const { shape: [, height, width, channels], quantization } = this.#graph.tensors[from];
    if (this.draw(2) === 0) {
      const axes = this.#graph.integers([1, 2]);
      return this.#add("MEAN", [from, axes], [1, 1, 1, channels], { keepDims: true });
    }
    const attributes = {
      padding: "VALID",
      strideH: 1,
      strideW: 1,
      activation: "NONE",
      filterH: height,
      filterW: width,
    };
    return this.#add("AVERAGE_POOL_2D", [from], [1, 1, 1, channels], attributes, quantization);
  }

  #add(
    op: Parameters<Graph["add"]>[0],
    inputs: number[],
    shape: readonly number[],
    attributes: object,
    quantization = this.#quantized(),
  ): number {
    const output = this.#graph.add(op, { inputs, output: shape, attributes: attributes as never });
    this.#graph.tensors[output] = {
      ...this.#graph.tensors[output],
      dtype: this.shape.dtype,
      quantization,
    };
    return output;
  }
}
