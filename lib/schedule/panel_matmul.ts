import type { Nest } from "../nest/nest.ts";
import { accumulate } from "./accumulate.ts";
import { pack } from "./pack.ts";
import { parallel } from "./parallel.ts";
import { reorder } from "./reorder.ts";
import { stage } from "./stage.ts";
import { tile } from "./tile.ts";
import { unroll } from "./unroll.ts";
import { vectorize } from "./vectorize.ts";

/** What the blocks of a product in panels depend on. */
export interface PanelSizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly threads: number;
  /** Size of the cache in which a block of A stays. */
  readonly cacheBytes: number;
  /** How an element of A comes into all lanes. */
  readonly broadcast: LaneBroadcast;
}

/**
 * How an element of A comes into all lanes of a vector: `load`ed there, each for itself, or several
 * loaded as one vector and `shuffle`d. Either costs where it takes a unit of the multipliers: on Intel's
 * cores branches do, which check the bounds of loads, on AMD's shuffles.
 *
 * @category Schedules
 */
export type LaneBroadcast = "load" | "shuffle";

// Five rows of two vectors: with both vectors of B, a vector of A and one element of A in all lanes
// they take 14 of the 15 vector registers. Each step loads two vectors of B, and four elements of A at
// once and the fifth: four loads for ten products, seven if each element is loaded for itself. Two rows
// of six vectors take eight for twelve, and Deno checks the bounds of every load.
const rows = 5;
const columns = 8;
// So many columns of B are packed side by side, and more of C would be in no cache when added to.
const groupColumns = 64;
// A panel of each operand of so many terms, 41 KB together, stay in a level-1 cache of 48 KiB.
const mostDepth = 800;
const floatBytes = 4;

const fewestRows = 192;
const fewestColumns = 192;
const fewestTerms = 128;

/** Whether panels of both operands pay: each copied element of A is used for enough columns. */
export function panelsPay({ m, k, n }: Pick<PanelSizes, "m" | "k" | "n">): boolean {
  return m >= fewestRows && n >= fewestColumns && k >= fewestTerms;
}

/**
 * All operands in panels, as Goto and van de Geijn lay them out (ACM TOMS 2008): a block of A stays in
 * the level-2 cache, a panel of B in the level-1 cache while all rows of the block pass by it. Sums
 * that are too many for the cache are packed too: else each block of them waits for a line per row.
 */
export function panelMatmul(plain: Nest, sizes: PanelSizes): Nest {
  const { m, k, n, threads, cacheBytes, broadcast } = sizes;
  const depth = blockDepth(k, mostDepth);
  const blockRows = rowsOf(sizes, depth);
  let nest = k > depth ? tile(plain, { k: depth }) : plain;
  if (m > blockRows) nest = tile(nest, { i: blockRows });
  if (n > groupColumns) nest = tile(nest, { j: groupColumns });
  nest = tile(nest, { j: columns, i: rows }, { names: { j: "jr", i: "ir" } });
  const has = (name: string) => nest.loops.some((loop) => loop.name === name);
  nest = reorder(nest, ["tk", "ti", "tj", "jr", "ir", "k", "i", "j"].filter(has));
  nest = accumulate(unroll(unroll(nest, "i", "full"), "j", "full"), "k");

  const at = (...names: string[]) => {
    const name = names.find(has);
    return name === undefined ? {} : { at: name };
  };
  nest = pack(pack(nest, "B", at("tk")), "A", at("ti", "tk"));
  // Sums of several blocks of products go back but once.
  if (m * n * floatBytes > cacheBytes / 2) nest = pack(nest, "C", k > depth ? {} : at("tj", "ti"));
  nest = vectorize(nest, "j");
  if (broadcast === "shuffle") nest = stage(nest, "A", { at: "k" });
  return threads > 1 ? parallel(nest, has("ti") ? "ti" : "ir") : nest;
}

// Rows of a block of A: it takes about a quarter of the cache, and threads have as many blocks each.
function rowsOf({ m, threads, cacheBytes }: PanelSizes, depth: number): number {
  const most = Math.floor(cacheBytes / 4 / (depth * floatBytes));
  const blocks = Math.ceil(m / Math.max(1, most) / threads) * threads;
  return Math.max(2, Math.ceil(m / blocks / rows)) * rows;
}

/** Cuts a reduction into as few blocks as possible, all about as deep; even, for pairs. */
export function blockDepth(extent: number, most: number): number {
  const blocks = Math.ceil(extent / most);
  return Math.ceil(extent / blocks / 2) * 2;
}
