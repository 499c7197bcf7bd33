import { insideColumns, isPointwise } from "../walk/window_taps.ts";
import { type ConvTile, outputLines, outputWidth } from "./conv_int8_cost.ts";
import type { ConvLayerShape } from "./conv_shape.ts";

/**
 * Registers for sums, for the vectors that they are made from, and for what all blocks need. AVX-512 has 32,
 * of which processors without fours know none of 32 bytes alone.
 */
const REGISTERS = {
  quads: { 16: 14, 32: 28, 64: 28 },
  pairs: { 16: 14, 32: 14, 64: 28 },
} as const;

/** Cycles from one sum of a register to the next, and those that all of a block takes once. */
const LATENCY = 5;
const ONCE = 14;

/** Cycles in which four channels or more of a pixel are rescaled, narrowed and stored. */
const FINISH = 9;

/**
 * Tiles for a layer in native code with instructions that multiply fours of bytes, or pairs of int16, the one
 * that should take the least time first; `most` pixels may be in one. Two vectors are loaded and two computed a cycle;
 * elements of the image are made unsigned before they are multiplied.
 */
export function nativeConvTiles(
  shape: ConvLayerShape,
  { most, vectorBytes, format }: {
    readonly most: number;
    readonly vectorBytes: 16 | 32 | 64;
    readonly format: "quads" | "pairs";
  },
): readonly ConvTile[] {
  const costs = new Map<ConvTile, number>();
  for (const lanes of [16, 8, 4].filter((count) => 4 * count <= vectorBytes)) {
    const widest = Math.ceil(shape.filters / lanes);
    for (let vectors = 1; vectors <= Math.min(widest, 8); vectors++) {
      for (let pixels = 1; pixels <= Math.min(most, 12); pixels++) {
        const held = Math.min(vectors, pixels) + 1;
        if (pixels * vectors + held > REGISTERS[format][vectorBytes]) continue;
        const tile: ConvTile = { pixels, vectors, lanes, format };
        costs.set(tile, cyclesOf(shape, { pixels, vectors, lanes, format }));
      }
    }
  }
  return [...costs.keys()].toSorted((a, b) => costs.get(a)! - costs.get(b)!);
}

function cyclesOf(
  shape: ConvLayerShape,
  { pixels, vectors, lanes, format }: Required<Omit<ConvTile, "lanes">> & {
    readonly lanes: number;
  },
): number {
  const { window, channels, filters } = shape;
  const { kernelHeight, kernelWidth, dilationW } = window;
  const terms = format === "quads" ? 4 : 2;
  const isContiguous = dilationW === 1 || kernelWidth === 1;
  const row = isContiguous
    ? Math.ceil(kernelWidth * channels / terms)
    : kernelWidth * Math.ceil(channels / terms);
  const all = Math.ceil(filters / lanes);
  const fullBlocks = Math.floor(filters / (vectors * lanes));
  const rest = all - fullBlocks * vectors;
  const tile = (count: number, groups: number): number => {
    if (count === 0) return 0;
    // Of vectors that take the same, the narrower ones: processors have more of these.
    const block = (size: number) => {
      const group = Math.max((count + count * size) / 2, (count + size) / 2, LATENCY);
      return groups * group + ONCE + FINISH * count * size;
    };
    return ONCE + fullBlocks * block(vectors) + (rest > 0 ? block(rest) : 0);
  };
  const width = outputWidth(shape);
  const { from, until } = insideColumns(window);
  const inside = isPointwise(window) ? width : until - from;
  const line = Math.floor(inside / pixels) * tile(pixels, kernelHeight * row) +
    tile(inside % pixels, kernelHeight * row) +
    (width - inside) * tile(1, kernelHeight * row);
  return outputLines(shape) * line * (1 + lanes / 256);
}
