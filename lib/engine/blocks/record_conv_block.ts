import { packedName } from "../../codegen/lower_pack.ts";
import { type BlockBinding, type BlockPrograms, recordBlock } from "../../codegen/record_block.ts";
import type { Region, Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, mul, sub } from "../../kernel/values.ts";
import { dtypeBytes } from "../../nest/dtype.ts";
import type { Nest } from "../../nest/nest.ts";
import { vectorLanes } from "../../schedule/dot_group.ts";
import { packedDimensions } from "../../schedule/strides.ts";
import type { IndexRange } from "../kernels/walk/index_range.ts";
import { blockNest, type BlockShape } from "./block_nest.ts";
import type { WalkAndBlock } from "./walk_and_block.ts";

/** A block of sums in registers: `sums[pixel][vector]`, four channels a vector or more. */
export type Sums = readonly (readonly Value[])[];

/** A block that is ready to be recorded, wherever it occurs. */
export interface ConvBlock {
  readonly nest: Nest;
  readonly shape: BlockShape;
  /** Channels of a vector. */
  readonly lanes: number;
  /** Bytes of packed weights from one row of taps to the next. */
  readonly rowBytes: number;
  /** The axis of which a tap is a part, elements of each, and its bytes of packed weights. */
  readonly tapAxis: string;
  readonly tapElements: number;
  readonly tapBytes: number;
}

/** Where a block is recorded. */
export interface BlockPlace {
  readonly image: Region;
  /** The first column's first tap of the first row there is, on the image or not. */
  readonly x: Value;
  /** Bytes of the image from one tap of a row to the next. */
  readonly tapStepBytes: number;
  /** What moves a pointer made from `x` from row to row of taps; null: a fixed number of bytes. */
  readonly mover: ((pointer: Value) => () => void) | null;
  readonly weights: Region;
  /** The block's first weight. */
  readonly w: Value;
  /** Rows of taps that are on the image, and columns; null: all of them. */
  readonly rows: IndexRange;
  readonly columns: IndexRange | null;
  /** What the sums of a vector of channels start from, of a pixel. */
  readonly start: (pixel: number, vector: number) => Value;
  /** Keeps the programs of blocks. */
  readonly programs: BlockPrograms;
  /** Keeps a vector constant. */
  readonly vector: (bytes: Uint8Array) => Value;
}

/** The block of a scheduled layer in one of its shapes. */
export function convBlock(scheduled: Nest, walk: WalkAndBlock, shape: BlockShape): ConvBlock {
  const nest = blockNest(scheduled, walk, shape);
  const { taps } = shape;
  const isApart = nest.axes.some(({ name }) => name === "kw");
  const tapAxis = isApart ? "kw" : "k";
  const tapElements = taps === null || isApart ? 1 : taps.channels;
  return {
    nest,
    shape,
    lanes: vectorLanes(nest),
    rowBytes: packedBytes(nest, "kh"),
    tapAxis,
    tapElements,
    tapBytes: packedBytes(nest, tapAxis) * tapElements,
  };
}

/** Records a block into the kernel that is being written: its sums, complete. */
export function recordConvBlock(b: KernelBuilder, block: ConvBlock, place: BlockPlace): Sums {
  const { nest, shape: { pixels }, lanes, tapBytes, rowBytes } = block;
  const { image, x, mover, weights, w, rows, columns, start, tapStepBytes, vector, programs } =
    place;
  const firstTap = columns?.from ?? 0;
  const pointer = b.let("w", add(add(w, mul(rows.from, rowBytes)), mul(firstTap, tapBytes)));
  const from = columns === null ? x : b.let("x_tap", add(x, mul(firstTap, tapStepBytes)));
  const sums: Value[][] = Array.from({ length: pixels }, () => []);
  recordBlock(b, nest, {
    buffers: {
      I: { region: image, pointer: from },
      [packedName(nest.packs[0])]: { region: weights, pointer },
    },
    extents: extentsOf(block, { rows, columns }),
    isCompact: true,
    ...mover === null ? {} : { moves: { I: { kh: mover } } },
    vector,
    programs,
    start: ({ coordinates: { col = 0, o } }) => start(col, o / lanes),
    finish: (all) => {
      for (const { coordinates: { col = 0, o }, value } of all) sums[col][o / lanes] = value;
    },
  });
  return sums;
}

/** The extents of axes of which parts may be missing. */
function extentsOf(
  { nest, shape: { taps }, tapAxis, tapElements }: ConvBlock,
  { rows, columns }: Pick<BlockPlace, "rows" | "columns">,
): BlockBinding["extents"] {
  const extentOf = (axis: string) => nest.axes.find(({ name }) => name === axis)?.extent ?? 1;
  const some = (axis: string, { from, until }: IndexRange, elements: number) => {
    const most = extentOf(axis) / elements;
    const value = mul(sub(until, from), elements);
    const whole = value.kind === "constant" && value.value === most * elements;
    if (whole) return {};
    const sizes = value.kind === "constant"
      ? [Number(value.value)]
      : Array.from({ length: most + 1 }, (_, i) => (most - i) * elements);
    return { [axis]: { sizes, value } };
  };
  return {
    ...some("kh", rows, 1),
    ...columns === null || taps === null ? {} : some(tapAxis, columns, tapElements),
  };
}

/** Bytes of the packed weights from one element of an axis to the next whole tile of it. */
export function packedBytes(nest: Nest, axis: string): number {
  const pack = nest.packs.find(({ tensor }) => tensor === "W")!;
  const outermost = packedDimensions(nest, pack).find(({ loop }) => loop.axis === axis);
  if (outermost === undefined) return 0;
  return outermost.stride * dtypeBytes(pack.dtype) / outermost.loop.step;
}
