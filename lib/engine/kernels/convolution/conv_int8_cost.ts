import type { Step } from "../../../nest/nest.ts";
import { insideColumns, isPointwise } from "../walk/window_taps.ts";
import type { RegisterTile } from "../walk/window_walk.ts";
import type { ConvLayerShape } from "./conv_shape.ts";

/** How sums are computed: a block of pixels by channels in registers, and the instruction. */
export interface ConvTile extends RegisterTile {
  readonly format: DotFormatName;
  /** Channels of a vector, four if left out. */
  readonly lanes?: number;
}

/** Time of a block of sums in ns: for each group of k, and for all that is done once. */
type BlockCost = readonly [group: number, once: number];

/**
 * What blocks take, by pixels and vectors, from 1: minima of pointwise layers with 32 to 288 channels on
 * a Sapphire Rapids core. Only their ratios count. Blocks that do not fit the 15 vector registers stand
 * out: sums spill.
 */
const COSTS: Readonly<Record<DotFormatName, readonly (readonly BlockCost[])[]>> = {
  quads: [
    [[1.28, 1], [1.42, 2], [1.66, 3.3], [1.85, 5.9], [1.85, 12], [2.21, 12], [2.45, 14.5], [
      2.68,
      17,
    ]],
    [[1.44, 1], [1.74, 5.9], [2.01, 13.9], [2.08, 17.5], [2.34, 23.3], [2.8, 25.4]],
    [[1.65, 4.5], [1.91, 12.8], [2.31, 20.3], [4.28, 8.1], [4.1, 24.8]],
    [[1.8, 9.8], [2.2, 16.9], [4.25, 14.1], [4.43, 25.6]],
  ],
  pairs: [
    [[0.49, 3.3], [0.85, 4.5], [1.15, 6.5], [1.44, 8.7], [1.78, 9.2], [2.08, 11.2], [2.39, 13.4], [
      2.69,
      15.5,
    ]],
    [[0.78, 5.9], [1.21, 9.5], [1.66, 15.3], [2.14, 16.5], [2.64, 21.4], [3.15, 25.4]],
    [[1.17, 7.5], [1.81, 12.4], [2.47, 20.3], [3.16, 23.1], [4.06, 25.9]],
    [[1.54, 9.5], [2.42, 15.8], [3.36, 25.4], [4.47, 27.3]],
  ],
  "narrow-pairs": [
    [[0.6, 3.8], [1.01, 5.4], [1.6, 6.8], [1.94, 8.4], [2.44, 10.3], [2.86, 12.1], [3.36, 13.7], [
      3.86,
      15.3,
    ]],
  ],
};

/** Time of finding the place of a tile and of a border pixel, beside its blocks. */
const TILE_NS = 3;

/** Tiles for a layer, the one that should take the least time first; `most` pixels may be in one. */
export function convTilesByCost(
  shape: ConvLayerShape,
  { hasRelaxedDot, most }: { readonly hasRelaxedDot: boolean; readonly most: number },
): readonly ConvTile[] {
  const isSingle = outputWidth(shape) * outputLines(shape) === 1;
  const format = hasRelaxedDot ? "quads" : isSingle ? "narrow-pairs" : "pairs";
  const widest = Math.ceil(shape.filters / 4);
  const tiles = COSTS[format].flatMap((row, p) =>
    row.flatMap((_, v): ConvTile[] => (
      p >= most || v >= widest ? [] : [{ pixels: p + 1, vectors: v + 1, format }]
    ))
  );
  const costs = new Map(tiles.map((tile) => [tile, convCostNs(shape, tile)]));
  return tiles.toSorted((a, b) => costs.get(a)! - costs.get(b)!);
}

/** What a layer should take with a tile, in ns of the core that the costs are from. */
function convCostNs(shape: ConvLayerShape, { pixels, vectors, format }: ConvTile): number {
  const { window, channels, filters } = shape;
  const { kernelHeight, kernelWidth, dilationW } = window;
  const fullBlocks = Math.floor(filters / (vectors * 4));
  const restVectors = Math.ceil((filters - fullBlocks * vectors * 4) / 4);
  const isContiguous = dilationW === 1 || kernelWidth === 1;
  const tap = groupsOf(dotFormats[format], channels);
  const row = isContiguous
    ? groupsOf(dotFormats[format], kernelWidth * channels)
    : kernelWidth * tap;
  const cost = (count: number, groups: number) => {
    if (count === 0) return 0;
    const block = (size: number) => {
      const [group, once] = COSTS[format][count - 1][size - 1];
      return group * groups + once;
    };
    return TILE_NS + fullBlocks * block(vectors) + (restVectors > 0 ? block(restVectors) : 0);
  };
  const width = outputWidth(shape);
  const inside = isPointwise(window)
    ? width
    : insideColumns(window).until - insideColumns(window).from;
  const rest = inside % pixels;
  const line = Math.floor(inside / pixels) * cost(pixels, kernelHeight * row) +
    (rest > 0 ? cost(rest, kernelHeight * row) : 0) +
    (width - inside) * cost(1, kernelHeight * (kernelWidth - 1) * tap);
  return outputLines(shape) * line;
}

/** Columns of a line that is walked: of pointwise layers all there are. */
export function outputWidth({ window }: ConvLayerShape): number {
  const { batches, outputHeight, outputWidth } = window;
  return isPointwise(window) ? batches * outputHeight * outputWidth : outputWidth;
}

/** Lines that are walked. */
export function outputLines({ window }: ConvLayerShape): number {
  return isPointwise(window) ? 1 : window.batches * window.outputHeight;
}

/** How products are summed: which instruction, and how its operands lie in memory. */
export interface DotFormat {
  /** As kernels are called. */
  readonly name: string;
  /** In words. */
  readonly remark: string;
  /** k that one lane of the instruction multiplies and adds. */
  readonly group: 1 | 2 | 4;
  /** Type of packed weights. */
  readonly weights: "i8" | "i16";
  /** Elements are taken as `x + offset`, which their zero point takes back. */
  readonly offset: 0 | 128;
}

/**
 * The formats that the engine chooses from.
 *
 * - `pairs`: `i32x4.dot_i16x8_s` on int16, weights widened when they are packed.
 * - `narrow-pairs`: the same with weights of int8, half the memory traffic.
 * - `quads`: `i32x4.relaxed_dot_i8x16_i7x16_add_s` on int8 weights and elements as uint8, where the
 *   machine multiplies these exactly.
 */
export const dotFormats = {
  pairs: {
    name: "dot i16",
    remark: "dot pairs of k as int16",
    group: 2,
    weights: "i16",
    offset: 0,
  },
  "narrow-pairs": {
    name: "dot i16",
    remark: "dot pairs of k as int16, weights widened as they are loaded",
    group: 2,
    weights: "i8",
    offset: 0,
  },
  quads: {
    name: "dot u8",
    remark: "dot four k as uint8 by int8",
    group: 4,
    weights: "i8",
    offset: 128,
  },
} as const satisfies Record<string, DotFormat>;

/** Name of a format. */
export type DotFormatName = keyof typeof dotFormats;

/** The format that a schedule asks for: by the loop that it multiplies in groups, and its pack. */
export function dotFormatOf(steps: readonly Step[]): DotFormat {
  const dot = steps.find((step) => step.op === "vectorize")?.dot;
  const pack = steps.find((step) => step.op === "pack" && step.tensor === "W");
  const weights = pack?.op === "pack" && pack.dtype === "i16" ? "i16" : "i8";
  const sizes = steps.flatMap((step) => step.op === "tile" ? [step.sizes[dot ?? ""] ?? 0] : []);
  if (dot === undefined) {
    return { name: "mul i32", remark: "multiply as int32", group: 1, weights, offset: 0 };
  }
  // The last tile of the loop is a group.
  if (sizes.findLast((size) => size > 0) === 4) return dotFormats.quads;
  return weights === "i16" ? dotFormats.pairs : dotFormats["narrow-pairs"];
}

/** Groups of a run of k: whole ones, and one for what is left. */
function groupsOf({ group }: DotFormat, length: number): number {
  return Math.ceil(length / group);
}
