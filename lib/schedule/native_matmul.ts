import { checkOptions } from "../check_arguments.ts";
import { matmul } from "../nest/matmul.ts";
import type { Nest } from "../nest/nest.ts";
import { accumulate } from "./accumulate.ts";
import { pack } from "./pack.ts";
import { blockDepth } from "./panel_matmul.ts";
import { parallel } from "./parallel.ts";
import { prefetch } from "./prefetch.ts";
import { reorder } from "./reorder.ts";
import { tile } from "./tile.ts";
import { unroll } from "./unroll.ts";
import { vectorize } from "./vectorize.ts";

/**
 * What {@link nativeMatmul} depends on.
 *
 * @category Schedules
 */
export interface NativeMatmulOptions {
  /** Rows of A and C. */
  readonly m: number;
  /** Columns of A and rows of B. */
  readonly k: number;
  /** Columns of B and C. */
  readonly n: number;
  /** `f32` (the default), or `i8`: int8 operands, int32 sums. */
  readonly dtype?: "f32" | "i8";
  /** Default 1. */
  readonly threads?: number;
  /** Bytes of a vector register, default 16. */
  readonly vectorBytes?: 16 | 32 | 64;
  /** Vector registers, default 16. */
  readonly vectorRegisters?: 16 | 32;
  /** Whether an instruction multiplies fours of int8 (`NativeTarget.hasDot4`); default true, else in pairs. */
  readonly fours?: boolean;
  /** Whether the processor multiplies int8 by matrix tiles (AMX); default false: by vectors. */
  readonly tiles?: boolean;
  /** Size of each core's level-2 cache, default 2 MiB. */
  readonly cacheBytes?: number;
}

const floatBytes = 4;
const level2Bytes = 2 * 2 ** 20;
// A panel of B of so many terms and two vectors of columns fills half of a level-1 cache of 48 KiB.
const mostDepth = 384;

/**
 * A product for a processor whose registers are known, as Goto and van de Geijn lay it out
 * (ACM TOMS 2008): a block of two vectors by as many rows as registers are left for, over panels of A
 * and B; a block of A stays in the level-2 cache while all panels of B pass by it. For
 * {@link compileNative}, which takes vectors of any size.
 *
 * Without tiles int8 is multiplied in fours, A as uint8, by the instruction that VNNI, AVX-VNNI and i8mm have for it,
 * or in pairs of int16, for which every x86-64 has one. There a block of B stays in the level-2 cache, and so few rows of A
 * are copied at a time that they stay in the level-1 cache while the block passes by them; so C is gone
 * through row by row, and its next block is asked for ahead.
 *
 * With `tiles` a block is 32 by 32 sums, which {@link compileNative} lays on four tiles: A is read as it is,
 * and only B is copied, in fours. Where `k` is no multiple of four, vectors are faster, and it is laid out for
 * them.
 *
 * @throws {RangeError} a size is not a positive integer.
 * @throws {TypeError} the dtype is another.
 *
 * @example
 * ```ts
 * import { nativeMatmul, pseudocode } from "tinyloom";
 *
 * pseudocode(nativeMatmul({ m: 256, k: 256, n: 256, vectorBytes: 64, vectorRegisters: 32 }));
 * ```
 *
 * @category Schedules
 */
export function nativeMatmul(options: NativeMatmulOptions): Nest {
  checkOptions(
    "nativeMatmul",
    options,
    "m k n dtype threads vectorBytes vectorRegisters fours tiles cacheBytes",
  );
  if (options.dtype === "i8") {
    // Tiles read rows of A as they lie, which may not end within a four.
    return options.tiles && options.k % 4 === 0 ? tileMatmul(options) : dotMatmul(options);
  }
  const { m, k, n, threads = 1, cacheBytes = level2Bytes } = options;
  const { vectorBytes = 16, vectorRegisters = 16 } = options;
  const lanes = vectorBytes / floatBytes;
  const vectors = Math.min(2, Math.ceil(n / lanes));
  const columns = vectors * lanes;
  // Two vectors of B and one element of A in all lanes take registers too.
  const rows = Math.min(m, Math.floor((vectorRegisters - vectors - 1) / vectors));
  const depth = blockDepth(k, mostDepth);
  const most = Math.max(1, Math.floor(cacheBytes / 2 / (depth * floatBytes) / rows)) * rows;
  const blocks = Math.ceil(m / most / threads) * threads;
  const blockRows = Math.ceil(Math.ceil(m / blocks) / rows) * rows;
  let nest = matmul({ m, k, n, dtype: options.dtype });
  if (k > depth) nest = tile(nest, { k: depth });
  // A block of as many rows as registers hold is no loop of its own.
  if (m > blockRows && blockRows > rows) nest = tile(nest, { i: blockRows });
  nest = rows > 1
    ? tile(nest, { j: columns, i: rows }, { names: { j: "jr", i: "ir" } })
    : tile(nest, { j: columns }, { names: { j: "jr" } });
  const has = (name: string) => nest.loops.some((loop) => loop.name === name);
  nest = reorder(nest, ["tk", "ti", "jr", "ir", "k", "i", "j"].filter(has));
  nest = accumulate(unroll(unroll(nest, "i", "full"), "j", "full"), "k");
  const outer = has("tk") ? { at: "tk" } : {};
  nest = pack(pack(nest, "B", outer), "A", has("ti") ? { at: "ti" } : outer);
  nest = vectorize(nest, "j", { lanes });
  return threads > 1 ? parallel(nest, ["ti", "ir", "jr"].find(has)!) : nest;
}

const sumBytes = 4;
// Rows of A of so many bytes, 14 KiB of them, stay in a level-1 cache beside what passes by.
const mostDotBytes = 1024;

// So many steps of a panel of B take as long as its lines from the level-2 cache.
const foursAhead = 16;

/** The same of int8: each lane of a vector sums up products of four terms at once, or of two. */
function dotMatmul(options: NativeMatmulOptions): Nest {
  const { m, k, n, threads = 1, vectorBytes = 16, vectorRegisters = 16 } = options;
  const { cacheBytes = level2Bytes, fours = true } = options;
  const group = fours ? 4 : 2;
  const lanes = vectorBytes / sumBytes;
  const vectors = Math.min(2, Math.ceil(n / lanes));
  const columns = vectors * lanes;
  const rows = Math.min(m, Math.floor((vectorRegisters - vectors - 1) / vectors));
  const depth = dotDepth(k, group);
  let nest = dotBlocks({ m, k, n, cacheBytes }, { rows, columns, depth, group });
  nest = pack(nest, "A", { ...hasRows(nest) && { at: "ir" }, dtype: fours ? "u8" : "i16" });
  nest = unroll(unroll(nest, "i", "full"), "j", "full");
  nest = accumulate(vectorize(nest, "j", { dot: "k", lanes }), "kp");
  if (n > columns) nest = prefetch(nest, "C", { at: "jr" });
  if (depth > group) nest = prefetch(nest, "B", { at: "kp", ahead: foursAhead });
  return threads > 1 ? parallel(nest, hasRows(nest) ? "ir" : "jr") : nest;
}

function hasRows({ loops }: Nest): boolean {
  return loops.some(({ name }) => name === "ir");
}

/** Products of int8 in blocks of sums around a group of terms, B packed for the block that a cache holds. */
function dotBlocks(
  { m, k, n, cacheBytes }: Required<Pick<NativeMatmulOptions, "m" | "k" | "n" | "cacheBytes">>,
  { rows, columns, depth, group }: {
    readonly rows: number;
    readonly columns: number;
    readonly depth: number;
    readonly group: 2 | 4;
  },
): Nest {
  // Half of the cache is for B, the rest for what passes by it.
  const columnBytes = depth * bytesOf(group);
  const most = Math.max(1, Math.floor(cacheBytes / 2 / columnBytes / columns)) * columns;
  const blockColumns = Math.ceil(n / Math.ceil(n / most) / columns) * columns;
  let nest = matmul({ m, k, n, dtype: "i8" });
  if (k > depth) nest = tile(nest, { k: depth });
  // A block of one step is no loop of its own.
  if (n > blockColumns && blockColumns > columns) nest = tile(nest, { j: blockColumns });
  nest = tile(nest, { j: columns, k: group }, { names: { j: "jr", k: "kp" } });
  if (rows > 1) nest = tile(nest, { i: rows }, { names: { i: "ir" } });
  const has = (name: string) => nest.loops.some((loop) => loop.name === name);
  nest = reorder(nest, ["tk", "tj", "ir", "jr", "kp", "i", "j", "k"].filter(has));
  const around = ["tj", "tk"].find(has);
  const at = around === undefined ? {} : { at: around };
  return pack(nest, "B", group === 2 ? { ...at, dtype: "i16" } : at);
}

/** Bytes of a packed term: pairs are of int16. */
function bytesOf(group: 2 | 4): number {
  return 4 / group;
}

// Blocks of one size have loops of known length, which compilers unroll, so a third more of them may be.
function dotDepth(k: number, group: 2 | 4): number {
  const fewest = Math.ceil(k * bytesOf(group) / mostDotBytes);
  const even = Array.from({ length: Math.ceil(fewest / 3) + 1 }, (_, more) => fewest + more)
    .find((blocks) => k % (group * blocks) === 0);
  return Math.ceil(k / (even ?? fewest) / group) * group;
}

// Four tiles of 16 rows of 16 sums are a block; two of each operand are left of eight.
const tileLanes = 16;
// A tile of A has 64 terms; 32 rows of so many and a panel of B take 32 KiB of a level-1 cache.
const tileDepth = 64;
const mostTiledDepth = 512;

/** The same of int8 on tiles, which read rows of A as they lie. */
function tileMatmul(
  { m, k, n, threads = 1, cacheBytes = level2Bytes }: NativeMatmulOptions,
): Nest {
  const rows = Math.min(m, 2 * tileLanes);
  const columns = Math.min(2, Math.ceil(n / tileLanes)) * tileLanes;
  const depth = Math.ceil(k / Math.ceil(k / mostTiledDepth) / tileDepth) * tileDepth;
  let nest = dotBlocks({ m, k, n, cacheBytes }, { rows, columns, depth, group: 4 });
  nest = unroll(unroll(nest, "i", "full"), "j", "full");
  nest = accumulate(vectorize(nest, "j", { dot: "k", lanes: tileLanes }), "kp");
  return threads > 1 ? parallel(nest, hasRows(nest) ? "ir" : "jr") : nest;
}
