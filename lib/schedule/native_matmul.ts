import { checkOptions } from "../check_arguments.ts";
import { matmul } from "../nest/matmul.ts";
import type { Nest } from "../nest/nest.ts";
import { accumulate } from "./accumulate.ts";
import { pack } from "./pack.ts";
import { blockDepth } from "./panel_matmul.ts";
import { parallel } from "./parallel.ts";
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
  /** Default 1. */
  readonly threads?: number;
  /** Bytes of a vector register, default 16. */
  readonly vectorBytes?: 16 | 32 | 64;
  /** Vector registers, default 16. */
  readonly vectorRegisters?: 16 | 32;
  /** Size of each core's level-2 cache, default 2 MiB. */
  readonly cacheBytes?: number;
}

const floatBytes = 4;
const level2Bytes = 2 * 2 ** 20;
// A panel of B of so many terms and two vectors of columns fills half of a level-1 cache of 48 KiB.
const mostDepth = 384;

/**
 * A product of float32 for a processor whose registers are known, as Goto and van de Geijn lay it out
 * (ACM TOMS 2008): a block of two vectors by as many rows as registers are left for, over panels of A
 * and B; a block of A stays in the level-2 cache while all panels of B pass by it. For
 * {@link compileNative}, which takes vectors of any size.
 *
 * @throws {RangeError} a size is not a positive integer.
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
    "m k n threads vectorBytes vectorRegisters cacheBytes",
  );
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
  let nest = matmul({ m, k, n });
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
