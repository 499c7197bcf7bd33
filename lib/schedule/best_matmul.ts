import { checkOptions } from "../check_arguments.ts";
import { matmul, type MatmulOptions } from "../nest/matmul.ts";
import type { Nest } from "../nest/nest.ts";
import { accumulate } from "./accumulate.ts";
import { pack } from "./pack.ts";
import { blockDepth, type LaneBroadcast, panelMatmul, panelsPay } from "./panel_matmul.ts";
import { parallel } from "./parallel.ts";
import { registerBlock } from "./register_block.ts";
import { reorder } from "./reorder.ts";
import { tile } from "./tile.ts";
import { unroll } from "./unroll.ts";
import { vectorize } from "./vectorize.ts";

/**
 * What the best schedule depends on besides the sizes.
 *
 * @category Schedules
 */
export interface BestMatmulOptions extends MatmulOptions {
  /** Whether multiply and add are fused; the register block differs. Default true. */
  readonly fma?: boolean;
  /** Default 1. */
  readonly threads?: number;
  /**
   * Whether V8 may fuse pairs of vectors into 256-bit ones (its flag
   * `--experimental-wasm-revectorize`), which takes another schedule; float32 only. Default false.
   */
  readonly wide?: boolean;
  /** Size of each core's level-2 cache, default 2 MiB. */
  readonly cacheBytes?: number;
  /**
   * How an element of A comes into all lanes where both operands are packed; `measureBroadcast` finds
   * what suits a machine. Default `shuffle`.
   */
  readonly broadcast?: LaneBroadcast;
}

const level2Bytes = 2 * 2 ** 20;

/** Rows and columns of a product that stay in registers. */
export interface Block {
  /** Rows, each a broadcast value. */
  readonly rows: number;
  /** Columns, four to a vector. */
  readonly columns: number;
}

/**
 * The schedule that puts everything together: BLIS's loops around a register-blocked micro-kernel
 * (Van Zee and van de Geijn, ACM TOMS 2015), sized for the 15 vector registers that V8 leaves on
 * x86-64. A block of B is packed so that the micro-kernel reads it from end to end; the block of C
 * stays in registers; rows are shared among threads. Where products are fused and both operands are
 * used often enough, A is packed too, and its rows are loaded several at a time.
 *
 * The result is an ordinary nest: its `steps` print, and replay one at a time.
 *
 * @throws {RangeError} a size is not a positive integer.
 * @throws {TypeError} `broadcast` is neither of the two.
 *
 * @example
 * ```ts
 * import { bestMatmul, pseudocode } from "tinyloom";
 *
 * pseudocode(bestMatmul({ m: 256, k: 256, n: 256 }));
 * ```
 *
 * @category Schedules
 */
export function bestMatmul(options: BestMatmulOptions): Nest {
  checkOptions("bestMatmul", options, "fma threads wide cacheBytes broadcast m k n dtype");
  const { m, k, n, dtype = "f32", threads = 1 } = options;
  const plain = matmul({ m, k, n, dtype });
  if (dtype === "i8") return bestDot(plain, options);
  if (n === 1) return bestMatrixVector(plain, m, threads);
  if (options.wide && n >= 2 * lanes) return bestWide(plain, options);
  const { fma = true, cacheBytes = level2Bytes, broadcast = "shuffle" } = options;
  if (broadcast !== "shuffle" && broadcast !== "load") {
    throw new TypeError(`broadcast must be "shuffle" or "load", found ${broadcast}`);
  }
  if (fma && panelsPay(options)) {
    return panelMatmul(plain, { m, k, n, threads, cacheBytes, broadcast });
  }

  const { rows, columns } = floatBlock(options);
  const depth = blockDepth(k, mostDepth);
  let nest = k > depth ? tile(plain, { k: depth }) : plain;
  nest = registerBlock(nest, { j: columns, i: rows }, { names: { j: "jr", i: "ir" } });
  if (packingPays({ uses: m, panels: n / columns, elements: k * n })) {
    // Alone, a thread packs a panel just before it uses it; several pack all panels together.
    const together = k > depth ? { at: "tk" } : {};
    nest = pack(nest, "B", threads > 1 ? together : { at: "jr" });
  }
  nest = vectorize(nest, "j");
  return threads > 1 ? parallel(nest, "ir") : nest;
}

const vectorRegisters = 15;
const lanes = 4;

/** Rows and columns of a float32 product of `n` columns that stay in registers. */
export function floatBlock(
  { n, fma = true }: Pick<BestMatmulOptions, "n" | "fma">,
): Block {
  const vectors = vectorsOf(Math.ceil(n / lanes), fma ? 6 : 5);
  // Without fusing, a product needs a register of its own before it is added.
  const spare = fma ? 1 : 2;
  const rows = Math.max(1, Math.floor((vectorRegisters - spare) / (vectors + 1)));
  return { rows, columns: vectors * lanes };
}

// A panel of fewer vectors than this takes as long, since each sum waits for the one before.
const fewestVectors = 4;
// Share by which a vector less in a panel makes all of it slower: A is loaded more often.
const narrowerCost = 0.04;

// Vectors in a row of the block: those with which all panels together take the least time.
function vectorsOf(all: number, most: number): number {
  if (all <= most) return all;
  const cost = (vectors: number): number => {
    const rest = all % vectors;
    const time = all - rest + (rest > 0 ? Math.max(rest, fewestVectors) : 0);
    return time * (1 + narrowerCost * (most - vectors));
  };
  let best = most;
  for (let vectors = most - 1; vectors >= fewestVectors; vectors--) {
    if (cost(vectors) < cost(best)) best = vectors;
  }
  return best;
}

// One column: the sum runs along the vector, four rows at a time so that B is loaded once for all.
function bestMatrixVector(plain: Nest, m: number, threads: number): Nest {
  let nest = reorder(plain, ["j", "i", "k"]);
  if (m >= 4) {
    nest = reorder(tile(nest, { i: 4 }, { names: { i: "ir" } }), ["ir", "j", "k", "i"]);
    nest = unroll(nest, "i", "full");
  }
  nest = vectorize(accumulate(nest, "k"), "k", { reduction: true });
  return threads > 1 ? parallel(nest, m >= 4 ? "ir" : "i") : nest;
}

// Two vectors become one if both their addresses are constants: so the copies of a panel of B and of
// a block of C lie at fixed places, and the loop over the panel's rows is unrolled.
function bestWide(plain: Nest, { k, n, threads = 1 }: BestMatmulOptions): Nest {
  const depth = unrolledDepth(k);
  const columns = wideColumns(n);
  let nest = tile(plain, { k: depth, j: columns, i: wideRows }, {
    names: { j: "jr", i: "ir" },
  });
  nest = vectorize(reorder(nest, ["tk", "jr", "ir", "k", "i", "j"]), "j");
  nest = unroll(unroll(unroll(nest, "k", "full"), "i", "full"), "j", "full");
  nest = pack(accumulate(nest, "k"), "B", { at: "jr" });
  nest = pack(nest, "C", { at: "ir" });
  return threads > 1 ? parallel(nest, "ir") : nest;
}

const wideRows = 2;
const deepestUnrolled = 80;

// The largest depth whose code stays in the instruction cache; better one that divides k.
function unrolledDepth(k: number): number {
  for (let depth = Math.min(k, deepestUnrolled); depth >= deepestUnrolled / 2; depth--) {
    if (k % depth === 0) return depth;
  }
  return Math.min(k, 64);
}

// Four or three wide vectors of columns, whichever leaves fewer of the last block unused.
function wideColumns(n: number): number {
  const unused = (columns: number) => Math.ceil(n / columns) * columns - n;
  const columns = unused(24) < unused(32) ? 24 : 32;
  return Math.min(columns, Math.ceil(n / lanes) * lanes);
}

// Pairs of int16 are multiplied and added by one instruction, so both operands are packed as pairs.
function bestDot(plain: Nest, { k, n, threads = 1 }: BestMatmulOptions): Nest {
  const depth = blockDepth(k, mostPairDepth);
  const vectors = Math.min(Math.ceil(n / lanes), 3);
  const columns = vectors * lanes;
  const rows = Math.max(1, Math.floor((vectorRegisters - 2) / (vectors + 1)));
  let nest = k > depth ? tile(plain, { k: depth }) : plain;
  nest = tile(nest, { j: columns, i: rows, k: 2 }, { names: { j: "jr", i: "ir", k: "kp" } });
  nest = reorder(nest, ["jr", "ir", "kp", "j", "i", "k"]);
  const together = k > depth ? { at: "tk" } : {};
  const alone = threads > 1 || n <= columns ? together : { at: "jr" };
  nest = pack(nest, "B", { ...alone, dtype: "i16" });
  nest = pack(nest, "A", { ...together, dtype: "i16" });
  nest = unroll(unroll(nest, "i", "full"), "j", "full");
  nest = accumulate(vectorize(nest, "j", { dot: "k" }), "kp");
  return threads > 1 ? parallel(nest, "ir") : nest;
}

/** Most values of a reduction that a packed panel of float32 holds: it stays in a level-2 cache. */
export const mostDepth = 1280;

/** The same for pairs of int16. */
export const mostPairDepth = 1024;

const fewUses = 8;
const fewElements = 4096;

/**
 * Whether a copy of an operand pays: its elements are used often enough, there is more than one
 * panel to walk, and they are not together in the cache anyway.
 */
export function packingPays(
  { uses, panels, elements }: {
    readonly uses: number;
    readonly panels: number;
    readonly elements: number;
  },
): boolean {
  return uses >= fewUses && panels > 1 && elements >= fewElements;
}
