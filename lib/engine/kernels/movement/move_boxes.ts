import type { Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import { movesOf } from "../../../model/moves.ts";
import { operatorName } from "../../../model/operator.ts";
import { elements } from "../../../model/shape.ts";
import { hasVectors, type Layer, type LayerKernel } from "../../layer.ts";
import type { ByteChange } from "../elementwise/byte_table.ts";
import { collapseDimensions, type Dimensions, isShared } from "../elementwise/element_loops.ts";
import { forRange, type IndexRange, rangeOf, share } from "../walk/index_range.ts";
import { changeBytes, copyRun, copyWords, fillRun, fillWords } from "./copy_bytes.ts";

/** A box of elements, all as large as each other. */
export type MovedBox = Omit<Box, "elementBytes">;

/**
 * A kernel that moves boxes of elements, of the output's type unless told, one after the other, and
 * `then` others, in the direction of its step. Corners that are known at run time only are computed by
 * the code that `boxes` writes. Boxes that overlap are moved by one thread. A box that lies where it
 * goes to needs no code.
 */
export function moveBoxes(
  layer: Layer,
  boxes: readonly MovedBox[] | ((b: KernelBuilder) => readonly MovedBox[]),
  { overlap = false, ...options }: {
    readonly overlap?: boolean;
    readonly elementBytes?: number;
    readonly then?: readonly MovedBox[] | ((b: KernelBuilder) => readonly MovedBox[]);
  } = {},
): LayerKernel | null {
  const { operator, outputs, threads, name, step, call } = layer;
  const { dtype } = outputs[0].tensor;
  const { then = [], elementBytes = dtypeBits(dtype) / 8 } = options;
  if (!Number.isInteger(elementBytes) || elementBytes === 0) return null;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const sized = (all: typeof boxes) =>
    (typeof all === "function" ? all(b) : all)
      .filter(({ extents }) => !extents.includes(0))
      .map((box) => ({ ...box, elementBytes }));
  const isReverse = call === null && step.direction === "reverse";
  const first = sized(boxes);
  const moved = [...isReverse ? first.toReversed() : first, ...sized(then)]
    .filter((box) => !isStill(box));
  const total = outputs.reduce((sum, { tensor }) => sum + elements(tensor.shape), 0);
  const isParallel = !overlap && isShared(layer, total) &&
    moved.some((box) => outermost(box) >= threads);
  const part = (count: number) => share(thread, count, threads);
  const how = { vectors: hasVectors(layer), isReverse, ...isParallel ? { part } : {} };
  for (const box of moved) copyBox(b, box, how);
  return {
    kernel: `${operatorName(operator).toLowerCase()} ${dtype}`,
    remarks: [
      ...isParallel ? [`parallel over ${threads} threads`] : [],
      ...moved.length === 0 && first.length > 0 ? ["a view: nothing moves"] : [],
    ],
    code: [b.finish(name)],
    isParallel,
  };
}

/** What an operator moves, as its definition says; null if that is known at run time only. */
export function moveElements(layer: Layer): LayerKernel | null {
  const boxes = movedBoxes(layer);
  return boxes === null ? null : moveBoxes(layer, boxes);
}

/** A place that is known before the run. */
type KnownCorner = Corner & { readonly first: number };

/** A box of an input, by its position among them. */
interface KnownBox extends Pick<MovedBox, "extents"> {
  readonly input: number;
  readonly from: KnownCorner;
  readonly to: KnownCorner;
}

/** The same as boxes. */
export function movedBoxes(
  { operator, inputs, outputs }: Layer,
): readonly KnownBox[] | null {
  const tensors = (operands: Layer["inputs"]) => operands.map((each) => each?.tensor ?? null);
  const moves = movesOf(operator, {
    inputs: tensors(inputs),
    outputs: outputs.map(({ tensor }) => tensor),
  });
  return moves?.map(({ input, output, extents, from, to }) => ({
    input,
    extents,
    from: { region: inputs[input]!.region, ...from },
    to: { region: outputs[output].region, ...to },
  })) ?? null;
}

/**
 * Whether every element is where it is to be. Where accesses are checked it is moved all the same: that
 * is how the checks learn whose byte it is from then on.
 */
function isStill({ extents, from, to, elementBytes }: Box): boolean {
  if ("byte" in from || "change" in from || from.region.check !== null) return false;
  const begin = ({ region, first }: Corner) =>
    typeof first === "number" ? region.offsetBytes + first * elementBytes : NaN;
  return from.region.space === to.region.space && begin(from) === begin(to) &&
    extents.every((extent, axis) => extent === 1 || from.steps[axis] === to.steps[axis]);
}

/** RESHAPE, SQUEEZE and EXPAND_DIMS that the plan does not alias: a copy. */
export function copyTensor(layer: Layer): LayerKernel | null {
  const { inputs: [input], outputs: [output] } = layer;
  const corner = ({ region }: typeof output) => ({ region, first: 0, steps: [1] });
  const extents = [elements(output.tensor.shape)];
  return moveBoxes(layer, [{ extents, from: corner(input!), to: corner(output) }]);
}

/** Elements of one tensor that go to places of another: all indices of some dimensions. */
export interface Box {
  readonly extents: readonly number[];
  readonly from: Corner | Fill | Conversion;
  readonly to: Corner;
  readonly elementBytes: number;
}

/** Where a box lies in a tensor, in elements: its first one, and the steps of every dimension. */
export interface Corner {
  readonly region: Region;
  readonly first: number | Value;
  readonly steps: readonly number[];
}

/** In place of elements of a tensor: a byte again and again, and a vector of it. */
export interface Fill {
  readonly byte: number;
  readonly vector: () => Value;
}

/** Elements of a byte that are changed on the way. */
export interface Conversion extends Corner {
  readonly change: ByteChange;
}

/**
 * Copies a box: loops over its dimensions, of which those that are contiguous on both sides are
 * moved in vectors. `part` tells which indices of the outermost loop are this thread's.
 */
function copyBox(
  b: KernelBuilder,
  box: Box,
  { part = (count) => rangeOf(0, count), vectors, isReverse }: {
    readonly part?: (count: number) => IndexRange;
    readonly vectors: boolean;
    readonly isReverse: boolean;
  },
): void {
  const { from, to, elementBytes } = box;
  if (box.extents.includes(0)) return;
  const { extents, steps, run } = loopsOf(box);
  const nest = (axis: number, pointers: readonly Value[]) => {
    if (axis === extents.length) return move(pointers);
    const range = axis === 0 ? part(extents[0]) : rangeOf(0, extents[axis]);
    forRange(b, { name: "index", range, isReverse }, (index) => {
      nest(
        axis + 1,
        pointers.map((pointer, i) => {
          const bytes = steps[i][axis] * elementBytes;
          return bytes === 0 ? pointer : b.let("pointer", add(pointer, mul(index, bytes)));
        }),
      );
    });
  };
  const move = ([target, source]: readonly Value[]) => {
    const bytes = run * elementBytes;
    const at = { region: to.region, address: target };
    if ("byte" in from) {
      if (vectors) return fillRun(b, { to: at, bytes, value: from.vector() });
      return fillWords(b, { to: at, bytes, byte: from.byte });
    }
    const places = { from: { region: from.region, address: source }, to: at, bytes, isReverse };
    const change = "change" in from ? from.change : null;
    if (vectors) return copyRun(b, { ...places, change: change?.vector });
    if (change !== null) return changeBytes(b, { ...places, change: change.byte });
    copyWords(b, places);
  };
  // Addresses, not offsets: steps may be negative, and WebAssembly adds immediates without wrapping.
  const corners = [to, ..."byte" in from ? [] : [from]];
  const corner = ({ region, first }: Corner) =>
    typeof first === "number"
      ? start(region, first * elementBytes)
      : b.let("corner", add(start(region), mul(first, elementBytes)));
  nest(0, corners.map(corner));
}

/** How many indices the outermost loop of a box has: what threads can share. */
function outermost(box: Box): number {
  return loopsOf(box).extents[0];
}

/** The loops over a box, at least one, and how many elements are moved as a run. */
function loopsOf({ extents, from, to }: Box): Dimensions & { readonly run: number } {
  const walk = collapseDimensions({
    extents,
    steps: [to.steps, ..."byte" in from ? [] : [from.steps]],
  });
  const last = walk.extents.length - 1;
  const isRun = walk.steps.every((steps) => steps[last] === 1);
  if (!isRun) return { ...walk, run: 1 };
  if (last === 0) return { extents: [1], steps: walk.steps.map(() => [0]), run: walk.extents[0] };
  return {
    extents: walk.extents.slice(0, last),
    steps: walk.steps.map((steps) => steps.slice(0, last)),
    run: walk.extents[last],
  };
}
