import type { ConvShape } from "./conv_shape.ts";
import { insideColumns, isPointwise } from "./window_taps.ts";
import type { RegisterTile } from "./window_walk.ts";

/** Blocks of sums that stay in the 15 vector registers beside their operands and a product. */
const TILES: readonly RegisterTile[] = [
  { pixels: 2, vectors: 4 },
  { pixels: 3, vectors: 3 },
  { pixels: 4, vectors: 2 },
  { pixels: 8, vectors: 1 },
  { pixels: 1, vectors: 8 },
];

/** Blocks of sums, the one that should take the least time first; `most` pixels may be in one. */
export function floatTilesByCost(
  { window, filters }: ConvShape,
  most: number,
): readonly RegisterTile[] {
  const { batches, outputHeight, outputWidth } = window;
  const { from, until } = insideColumns(window);
  const border = outputWidth - (until - from);
  const row = isPointwise(window) ? batches * outputHeight * outputWidth : until - from;
  const vectors = Math.ceil(filters / 4);
  const cost = (tile: RegisterTile) => {
    const pixelsCost = (p: number) => inParts(vectors, tile.vectors, (v) => blockCost(p, v));
    return inParts(row, tile.pixels, pixelsCost) + border * pixelsCost(1);
  };
  return TILES.filter(({ pixels }) => pixels <= most).toSorted((a, b) => cost(a) - cost(b))
    .map((tile) => ({
      pixels: Math.max(1, Math.min(tile.pixels, row)),
      vectors: Math.min(tile.vectors, vectors),
    }));
}

function inParts(count: number, size: number, cost: (part: number) => number): number {
  const rest = count % size;
  return Math.floor(count / size) * cost(size) + (rest > 0 ? cost(rest) : 0);
}

/** Time of one k: products and loads (with their bounds checks), or the wait for the last sum. */
function blockCost(pixels: number, vectors: number): number {
  return Math.max(pixels * vectors + 0.4 * (pixels + vectors), SUM_LATENCY);
}

const SUM_LATENCY = 6;
