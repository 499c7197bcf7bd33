import { defineNest } from "../../nest/define_nest.ts";
import { dtypeBytes } from "../../nest/dtype.ts";
import type { Access, Expr, Nest } from "../../nest/nest.ts";
import { affine } from "../../nest/affine.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { WalkAndBlock } from "./walk_and_block.ts";

/** What an operator that keeps channels apart does with the elements of a window. */
export interface ChannelwiseArithmetic {
  readonly update: "add" | "max";
  /** Whether each element is multiplied by a weight. */
  readonly hasWeights: boolean;
  /** Of image and weights; bytes are summed as int32. */
  readonly dtype: "f32" | "i8";
}

/**
 * The sums of a depthwise convolution or a pool as a plain nest. The image is one with its
 * padding around it: which of it is really there is left to the walk. Images and rows of which there is
 * one are left out.
 *
 * ```text
 * for (row) for (col) for (c) for (kh) for (kw)
 *   O[row][col][c] += I[row + kh][C * (col + kw) + c] * W[kh][kw][c]
 * ```
 */
export function channelwiseNest(
  window: SlidingWindow,
  { update, hasWeights, dtype }: ChannelwiseArithmetic,
): Nest {
  const { kernelHeight, kernelWidth, strideH, strideW, dilationH, dilationW } = window;
  const { batches, outputHeight, outputWidth } = window;
  const channels = window.inputPixelBytes / dtypeBytes(dtype);
  const sumDtype = dtype === "i8" ? "i32" : dtype;
  const lines = { image: batches, row: outputHeight };
  const walked = Object.entries(lines).filter(([, extent]) => extent > 1);
  const spaces = { ...Object.fromEntries(walked), col: outputWidth, c: channels };
  const names = Object.keys(spaces);
  const has = (name: string) => names.includes(name);
  const inputRows = (outputHeight - 1) * strideH + (kernelHeight - 1) * dilationH + 1;
  const inputColumns = (outputWidth - 1) * strideW + (kernelWidth - 1) * dilationW + 1;
  return defineNest({
    name: hasWeights ? "depthwise" : "pool",
    extents: { ...spaces, kh: kernelHeight, kw: kernelWidth },
    tensors: [
      {
        name: "I",
        dtype,
        shape: [...has("image") ? [batches] : [], inputRows, inputColumns * channels],
        role: "input",
      },
      ...hasWeights
        ? [
          {
            name: "W",
            dtype,
            shape: [kernelHeight, kernelWidth, channels],
            role: "input",
          } as const,
        ]
        : [],
      { name: "O", dtype: sumDtype, shape: Object.values(spaces), role: "output" },
    ],
    body: {
      target: { tensor: "O", index: names.map((name) => affine(name)) },
      update,
      start: update === "add" ? 0 : -Infinity,
      value: valueOf(hasWeights, {
        image: {
          tensor: "I",
          index: [
            ...has("image") ? [affine("image")] : [],
            affine({ ...has("row") ? { row: strideH } : {}, kh: dilationH }),
            affine({ col: strideW * channels, kw: dilationW * channels, c: 1 }),
          ],
        },
        weights: ["kh", "kw", "c"],
      }),
    },
  });
}

/** One of the shapes in which a layer's block occurs. */
export interface ChannelwiseShape {
  /** Columns. */
  readonly pixels: number;
  readonly channels: number;
  /** Elements of the image from one row of taps to the next, if that is a fixed number. */
  readonly lineElements: number | null;
  /** Whether rows of taps may be missing. */
  readonly isCut: boolean;
}

/**
 * The block of a scheduled layer as a nest of its own: the same body over the columns and channels of
 * one block, with the loops of the schedule that lie inside. Rows of taps of which some may be missing,
 * or that lie in a line buffer, are a loop.
 */
export function channelwiseBlock(
  scheduled: Nest,
  { loops }: WalkAndBlock,
  { window, pixels, channels, lineElements, isCut }: ChannelwiseShape & {
    readonly window: SlidingWindow;
  },
): Nest {
  const { kernelHeight, kernelWidth, strideW, dilationW } = window;
  const pixelElements = window.inputPixelBytes / 4;
  const all = { col: pixels, c: channels, kh: kernelHeight, kw: kernelWidth };
  const isWalked = (axis: string) => loops.some((loop) => loop.axis === axis);
  const extents = Object.fromEntries(Object.entries(all).filter(([axis]) => isWalked(axis)));
  const space = ["col", "c"].filter(isWalked);
  const reach = (pixels - 1) * strideW + (kernelWidth - 1) * dilationW;
  const width = reach * pixelElements + channels;
  const lineStride = lineElements ?? width;
  const { body, packs, accumulateAt } = scheduled;
  const hasWeights = scheduled.tensors.some(({ name }) => name === "W");
  const place = {
    ...isWalked("col") ? { col: strideW * pixelElements } : {},
    kh: lineStride,
    kw: dilationW * pixelElements,
    c: 1,
  };
  const plain = defineNest({
    name: scheduled.name,
    extents,
    tensors: scheduled.tensors.map((tensor) => ({
      ...tensor,
      shape: tensor.name === "I"
        ? [(kernelHeight - 1) * lineStride + width]
        : tensor.name === "W"
        ? [kernelHeight, kernelWidth, channels]
        : space.map((axis) => extents[axis]),
    })),
    body: {
      ...body,
      target: { tensor: "O", index: space.map((axis) => affine(axis)) },
      value: valueOf(hasWeights, {
        image: { tensor: "I", index: [affine(place)] },
        weights: ["kh", "kw", "c"],
      }),
    },
  });
  const isLoop = isCut || lineElements === null;
  return {
    ...plain,
    loops: loops.map((loop) => isLoop && loop.axis === "kh" ? { ...loop, unroll: 1 } : loop),
    packs,
    accumulateAt,
  };
}

function valueOf(
  hasWeights: boolean,
  { image, weights }: { readonly image: Access; readonly weights: readonly string[] },
): Expr {
  const element: Expr = { kind: "read", access: image };
  if (!hasWeights) return element;
  const access = { tensor: "W", index: weights.map((axis) => affine(axis)) };
  return { kind: "binary", op: "mul", left: element, right: { kind: "read", access } };
}
