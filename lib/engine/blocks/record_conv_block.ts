import { lower } from "../../codegen/lower.ts";
import { packedName } from "../../codegen/lower_pack.ts";
import { packedStepBytes, packTensor } from "../../codegen/pack_tensor.ts";
import type { Program } from "../../codegen/program.ts";
import { recordNodes } from "../../codegen/record/record_nodes.ts";
import type { Region, Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, mul, sub } from "../../kernel/values.ts";
import type { Nest } from "../../nest/nest.ts";
import type { IndexRange } from "../kernels/index_range.ts";
import { blockNest, type BlockShape } from "./block_nest.ts";
import type { WalkAndBlock } from "./walk_and_block.ts";

/** A block of sums in registers: `sums[pixel][vector]`, four channels a vector. */
export type Sums = readonly (readonly Value[])[];

/** A block that is ready to be recorded, wherever it occurs. */
export interface ConvBlock {
  readonly nest: Nest;
  readonly program: Program;
  readonly shape: BlockShape;
  /** Whether rows of taps may be missing. */
  readonly rows: "all" | "some";
  /** Bytes of packed weights from one row of taps, or one tap, to the next. */
  readonly rowBytes: number;
  readonly tapBytes: number;
  /** The loop whose extent is the number of taps, and elements of each. */
  readonly tapLoop: string;
  readonly tapElements: number;
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
}

/** Prepares the block of a scheduled layer in one of its shapes. */
export function convBlock(
  scheduled: Nest,
  { walk, shape, rows }: {
    readonly walk: WalkAndBlock;
    readonly shape: BlockShape;
    /** Whether rows of taps may be missing. */
    readonly rows: "all" | "some";
  },
): ConvBlock {
  const nest = blockNest(scheduled, walk, shape);
  const pack = nest.packs.find(({ tensor }) => tensor === "W")!;
  const extentOf = (name: string) => nest.axes.find((axis) => axis.name === name)?.extent ?? 0;
  const downFrom = (most: number, step = 1) =>
    Array.from({ length: most + 1 }, (_, i) => (most - i) * step);
  const { taps } = shape;
  const isApart = extentOf("kw") > 0;
  const tapElements = taps === null || isApart ? 1 : taps.channels;
  const tapAxis = isApart ? "kw" : "k";
  const extents = {
    ...rows === "some" ? { kh: downFrom(extentOf("kh")) } : {},
    ...taps === null ? {} : {
      [tapAxis]: taps.left === null ? downFrom(taps.all, tapElements) : [taps.left * tapElements],
    },
  };
  const outermost = nest.loops.find(({ axis }) => axis === tapAxis)!;
  return {
    nest,
    program: lower(nest, { extents, constants: new Set(["W"]) }),
    shape,
    rows,
    rowBytes: packedStepBytes(nest, pack, "kh"),
    tapLoop: outermost.name,
    tapElements,
    tapBytes: taps === null
      ? 0
      : packedStepBytes(nest, pack, outermost.name) * tapElements / outermost.step,
  };
}

/** The weights of a block as it reads them; `values` are those of its channels, `[channel][taps]`. */
export function blockWeights({ nest }: ConvBlock, values: ArrayLike<number>): Uint8Array {
  const { buffer } = packTensor(nest, { tensor: "W", values });
  return new Uint8Array(buffer);
}

/** Records a block into the kernel that is being written: its sums, complete. */
export function recordConvBlock(b: KernelBuilder, block: ConvBlock, place: BlockPlace): Sums {
  const { nest, program, shape: { pixels, channels } } = block;
  const { image, x, mover, weights, w, rows, columns, start } = place;
  const vectors = channels / 4;
  const sums: Value[][] = Array.from({ length: pixels }, () => []);
  const [firstRow, firstTap] = [rows.from, columns?.from ?? 0];
  const pointer = b.let(
    "w",
    add(add(w, mul(firstRow, block.rowBytes)), mul(firstTap, block.tapBytes)),
  );
  const from = columns === null ? x : b.let("x_tap", add(x, mul(firstTap, place.tapStepBytes)));
  const dtypeOf = (name: string) => program.buffers.find((buffer) => buffer.name === name)!.dtype;
  const packed = packedName(nest.packs[0]);
  const bound = (name: string, region: Region, pointer: Value) =>
    [name, { dtype: dtypeOf(name), region, pointer }] as const;
  const lengthOf = ({ from, until }: IndexRange) => sub(until, from);
  const placeOf = (offset: number) => (
    { pixel: Math.floor(offset / channels), vector: offset % channels / 4 }
  );
  recordNodes(program.body, {
    builder: b,
    passes: PASSES,
    buffers: new Map([bound("I", image, from), bound(packed, weights, pointer)]),
    extents: new Map([
      ...block.rows === "all" ? [] : [["kh", lengthOf(rows)] as const],
      ...columns === null || block.shape.taps!.left !== null
        ? []
        : [[block.tapLoop, mul(lengthOf(columns), block.tapElements)] as const],
    ]),
    mover: (buffer, { loop, pointer }) =>
      mover === null || buffer !== "I" || loop !== "kh" ? null : mover(pointer),
    exchange: {
      take: ({ ref: { offset } }) => {
        const { pixel, vector } = placeOf(offset);
        return start(pixel, vector);
      },
      give: ({ ref: { offset } }, sum) => {
        const { pixel, vector } = placeOf(offset);
        if (vector < vectors) sums[pixel][vector] = sum;
      },
    },
  });
  return sums;
}

/** A layer has blocks of many shapes: fewer copies of each keep its code small. */
const PASSES = { perTest: 4, isPeeled: false } as const;
