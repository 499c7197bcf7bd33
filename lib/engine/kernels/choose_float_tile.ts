import type { ConvShape } from "./conv_shape.ts";
import { isPointwise } from "./window_taps.ts";
import type { RegisterTile } from "./window_walk.ts";

/** Blocks of sums that stay in the 15 vector registers beside their operands and a product. */
const TILES: readonly RegisterTile[] = [
  { pixels: 2, vectors: 4 },
  { pixels: 3, vectors: 3 },
  { pixels: 4, vectors: 2 },
  { pixels: 8, vectors: 1 },
  { pixels: 1, vectors: 8 },
];

/** The block of sums with which a layer takes the least time; `most` pixels may be in it. */
export function chooseFloatTile({ window, filters }: ConvShape, most: number): RegisterTile {
  const { batches, outputHeight, outputWidth } = window;
  const row = isPointwise(window) ? batches * outputHeight * outputWidth : outputWidth;
  const vectors = Math.ceil(filters / 4);
  const cost = (tile: RegisterTile) =>
    inParts(row, tile.pixels, (p) => inParts(vectors, tile.vectors, (v) => blockCost(p, v)));
  const [best] = TILES.filter(({ pixels }) => pixels <= most).toSorted((a, b) => cost(a) - cost(b));
  return { pixels: Math.min(best.pixels, row), vectors: Math.min(best.vectors, vectors) };
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
