// Small random models that move elements: every operator that has moves or rows, in chains and joins.
import type { Model, Operator, OperatorName } from "tinyloom";
import { Graph } from "../model/models.ts";
import type { Draw } from "./random_graph.ts";

/** A model of some operators on images of int8; tensors that nothing reads are its outputs. */
export function randomMovements(draw: Draw, operators: number): Model {
  const builder = new Builder(draw);
  const inputs = Array.from({ length: 1 + draw(2) }, () => builder.image(imageShape(draw)));
  for (let i = 0; i < operators; i++) builder.addAny();
  const read = new Set(builder.graph.operators.flatMap((operator) => operator.inputs));
  const ends = builder.images.filter((tensor) => !read.has(tensor) && !inputs.includes(tensor));
  return builder.graph.model(inputs, ends.length === 0 ? [builder.images.at(-1)!] : ends);
}

function imageShape(draw: Draw): number[] {
  return [1 + draw(2), 1 + draw(6), 1 + draw(6), 1 + draw(5)];
}

const MOST_ELEMENTS = 2000;

class Builder {
  readonly graph = new Graph();
  readonly images: number[] = [];

  constructor(readonly draw: Draw) {}

  image(shape: readonly number[]): number {
    const tensor = this.graph.tensor(shape);
    this.images.push(tensor);
    return tensor;
  }

  addAny(): void {
    const { draw, graph } = this;
    const from = this.images[draw(3) > 0 ? this.images.length - 1 : draw(this.images.length)];
    const { shape } = graph.tensors[from];
    const kinds: readonly ((from: number, shape: readonly number[]) => void)[] = [
      this.#cut,
      this.#strided,
      this.#split,
      this.#splitV,
      this.#unpackAndPack,
      this.#join,
      this.#pad,
      this.#turn,
      this.#blocks,
      this.#batches,
      this.#gather,
      this.#stretch,
      this.#update,
      this.#resize,
      this.#transposeConv,
      this.#relu,
      this.#relu,
    ];
    kinds[draw(kinds.length)].call(this, from, shape);
  }

  #push(
    op: OperatorName,
    inputs: readonly number[],
    { shapes, ...attributes }: {
      readonly shapes: readonly (readonly number[])[];
      readonly [attribute: string]: unknown;
    },
  ): readonly number[] {
    const outputs = shapes.map((shape) => this.graph.tensor(shape));
    this.graph.operators.push(
      { op, inputs, outputs, version: 1, attributes } as unknown as Operator,
    );
    this.images.push(...outputs.filter((_, i) => shapes[i].length === 4));
    return outputs;
  }

  #axis(): number {
    return this.draw(4);
  }

  #relu(from: number, shape: readonly number[]): void {
    this.#push("RELU", [from], { shapes: [shape] });
  }

  #cut(from: number, shape: readonly number[]): void {
    const begin = shape.map((extent) => this.draw(3) > 0 ? 0 : this.draw(extent));
    const size = shape.map((extent, i) =>
      this.draw(2) > 0 ? extent - begin[i] : 1 + this.draw(extent - begin[i])
    );
    const lists = [begin, size].map((values) => this.graph.integers(values));
    this.#push("SLICE", [from, ...lists], { shapes: [size] });
  }

  #strided(from: number, shape: readonly number[]): void {
    const begin = shape.map((extent) => this.draw(2) > 0 ? 0 : this.draw(extent));
    const stride = shape.map(() => 1 + this.draw(2));
    const lists = [begin, shape, stride].map((values) => this.graph.integers(values));
    const size = shape.map((extent, i) => Math.ceil((extent - begin[i]) / stride[i]));
    const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
    this.#push("STRIDED_SLICE", [from, ...lists], { ...masks, offset: false, shapes: [size] });
  }

  #split(from: number, shape: readonly number[]): void {
    const axis = this.#axis();
    const parts = [4, 3, 2].find((count) => shape[axis] % count === 0);
    if (parts === undefined) return this.#relu(from, shape);
    const shapes = new Array(parts).fill(shape.with(axis, shape[axis] / parts));
    this.#push("SPLIT", [this.graph.integers([axis]), from], { numSplits: parts, shapes });
  }

  #splitV(from: number, shape: readonly number[]): void {
    const axis = this.#axis();
    if (shape[axis] < 2) return this.#relu(from, shape);
    const first = 1 + this.draw(shape[axis] - 1);
    const sizes = [first, shape[axis] - first];
    const lists = [sizes, [axis]].map((values) => this.graph.integers(values));
    const shapes = sizes.map((size) => shape.with(axis, size));
    this.#push("SPLIT_V", [from, ...lists], { numSplits: 2, shapes });
  }

  #unpackAndPack(from: number, shape: readonly number[]): void {
    const [axis, other] = [this.#axis(), this.#axis()];
    const part = shape.toSpliced(axis, 1);
    const shapes = new Array(shape[axis]).fill(part);
    const parts = this.#push("UNPACK", [from], { axis, num: shape[axis], shapes });
    const packed = part.toSpliced(other, 0, parts.length);
    const order = this.draw(2) > 0 ? parts : parts.toReversed();
    this.#push("PACK", order, { axis: other, valuesCount: parts.length, shapes: [packed] });
  }

  #join(from: number, shape: readonly number[]): void {
    const axis = this.#axis();
    const others = this.images.filter((tensor) => {
      const found = this.graph.tensors[tensor].shape;
      return found.every((extent, i) => i === axis || extent === shape[i]);
    });
    const inputs = [from, others[this.draw(others.length)]];
    if (this.draw(3) > 0) inputs.reverse();
    const total = inputs.reduce((sum, tensor) => sum + this.graph.tensors[tensor].shape[axis], 0);
    const output = shape.with(axis, total);
    if (elements(output) > MOST_ELEMENTS) return this.#cut(from, shape);
    this.#push("CONCATENATION", inputs, { axis, activation: "NONE", shapes: [output] });
  }

  #pad(from: number, shape: readonly number[]): void {
    const amounts = shape.flatMap(() => [this.draw(2), this.draw(2)]);
    const output = shape.map((extent, i) => amounts[2 * i] + extent + amounts[2 * i + 1]);
    if (elements(output) > MOST_ELEMENTS) return this.#cut(from, shape);
    this.#push("PAD", [from, this.graph.integers(amounts, [4, 2])], { shapes: [output] });
  }

  #turn(from: number, shape: readonly number[]): void {
    if (this.draw(2) > 0) {
      const axis = this.#axis();
      this.#push("REVERSE_V2", [from, this.graph.integers([axis])], { shapes: [shape] });
      return;
    }
    const order = [0, 1, 2, 3];
    for (let i = 3; i > 0; i--) {
      const other = this.draw(i + 1);
      [order[i], order[other]] = [order[other], order[i]];
    }
    const output = order.map((axis) => shape[axis]);
    this.#push("TRANSPOSE", [from, this.graph.integers(order)], { shapes: [output] });
  }

  #blocks(from: number, shape: readonly number[]): void {
    const [batches, height, width, channels] = shape;
    if (channels % 4 === 0) {
      const output = [batches, height * 2, width * 2, channels / 4];
      this.#push("DEPTH_TO_SPACE", [from], { blockSize: 2, shapes: [output] });
    } else if (height % 2 === 0 && width % 2 === 0) {
      const output = [batches, height / 2, width / 2, channels * 4];
      this.#push("SPACE_TO_DEPTH", [from], { blockSize: 2, shapes: [output] });
    } else this.#relu(from, shape);
  }

  #batches(from: number, shape: readonly number[]): void {
    const [batches, height, width, channels] = shape;
    const block = [1 + this.draw(2), 1 + this.draw(2)];
    const parts = block[0] * block[1];
    const [top, left] = [this.draw(2), this.draw(2)];
    if (batches % parts === 0 && height * block[0] > 1 && width * block[1] > 1) {
      const lists = [this.graph.integers(block), this.graph.integers([top, 0, left, 0], [2, 2])];
      const output = [batches / parts, height * block[0] - top, width * block[1] - left, channels];
      this.#push("BATCH_TO_SPACE_ND", [from, ...lists], { shapes: [output] });
      return;
    }
    const [bottom, right] = [(height + top) % block[0], (width + left) % block[1]];
    const borders = [
      top,
      bottom === 0 ? 0 : block[0] - bottom,
      left,
      right === 0 ? 0 : block[1] - right,
    ];
    const lists = [this.graph.integers(block), this.graph.integers(borders, [2, 2])];
    const output = [
      batches * parts,
      (top + height + borders[1]) / block[0],
      (left + width + borders[3]) / block[1],
      channels,
    ];
    if (elements(output) > MOST_ELEMENTS) return this.#cut(from, shape);
    this.#push("SPACE_TO_BATCH_ND", [from, ...lists], { shapes: [output] });
  }

  #gather(from: number, shape: readonly number[]): void {
    const axis = this.#axis();
    const indices = Array.from({ length: 1 + this.draw(4) }, () => this.draw(shape[axis]));
    const output = shape.with(axis, indices.length);
    if (elements(output) > MOST_ELEMENTS) return this.#cut(from, shape);
    this.#push("GATHER", [from, this.graph.integers(indices)], {
      axis,
      batchDims: 0,
      shapes: [output],
    });
  }

  #stretch(from: number, shape: readonly number[]): void {
    const output = shape.map((extent) => extent === 1 ? 1 + this.draw(3) : extent);
    if (elements(output) > MOST_ELEMENTS) return this.#cut(from, shape);
    this.#push("BROADCAST_TO", [from, this.graph.integers(output)], { shapes: [output] });
  }

  #update(from: number, shape: readonly number[]): void {
    const others = this.images.filter((tensor) => (
      this.graph.tensors[tensor].shape.every((extent, i) => extent <= shape[i])
    ));
    const update = others[this.draw(others.length)];
    const begin = this.graph.integers(shape.map((extent) => this.draw(extent)));
    this.#push("DYNAMIC_UPDATE_SLICE", [from, update, begin], { shapes: [shape] });
  }

  #resize(from: number, shape: readonly number[]): void {
    const size = [1 + this.draw(8), 1 + this.draw(8)];
    const alignCorners = this.draw(2) > 0;
    const how = { alignCorners, halfPixelCenters: !alignCorners && this.draw(2) > 0 };
    const output = [shape[0], ...size, shape[3]];
    if (elements(output) > MOST_ELEMENTS) return this.#cut(from, shape);
    const op = this.draw(2) > 0 ? "RESIZE_BILINEAR" : "RESIZE_NEAREST_NEIGHBOR";
    this.#push(op, [from, this.graph.integers(size)], { ...how, shapes: [output] });
  }

  #transposeConv(from: number, shape: readonly number[]): void {
    const [batches, height, width, channels] = shape;
    const [strideH, strideW] = [1 + this.draw(2), 1 + this.draw(2)];
    const [tapsH, tapsW, filters] = [1 + this.draw(3), 1 + this.draw(3), 1 + this.draw(4)];
    const padding = this.draw(2) > 0 ? "SAME" : "VALID";
    const extent = (size: number, stride: number, taps: number) =>
      padding === "SAME" ? size * stride : (size - 1) * stride + taps;
    const output = [
      batches,
      extent(height, strideH, tapsH),
      extent(width, strideW, tapsW),
      filters,
    ];
    if (elements(output) > MOST_ELEMENTS) return this.#cut(from, shape);
    const filter = this.graph.constant([filters, tapsH, tapsW, channels]);
    this.#push("TRANSPOSE_CONV", [this.graph.integers(output), filter, from], {
      ...{ strideH, strideW, padding, activation: "NONE", quantizedBiasType: "float32" },
      shapes: [output],
    });
  }
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
