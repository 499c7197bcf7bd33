import { checkArguments, checkOptions } from "../check_arguments.ts";
import { checkName } from "../nest/check_expr.ts";
import type { Loop, Nest } from "../nest/nest.ts";
import { findLoop, ScheduleError } from "./loops.ts";
import { withStep } from "./with_step.ts";

/**
 * Names for the new loops, by the loop that is tiled; default `t` and the axis: `ti`, then `ti2`.
 *
 * @category Schedules
 */
export interface TileOptions {
  /** Name of the new loop, by the loop that is tiled. */
  readonly names?: Readonly<Record<string, string>>;
}

/**
 * Cuts loops into tiles: a new loop steps from tile to tile, the old one walks inside a tile.
 *
 * The new loops go, in the order of `sizes`, outside every loop that is not yet a tile loop, and
 * inside the tile loops that are there. A size that does not divide the extent leaves a smaller
 * last tile.
 *
 * ```text
 * before                              after tile(nest, { j: 64 })
 * for i                               for tj in steps of 64
 *   for k                               for i
 *     for j                               for k
 *       C[i][j] += A[i][k] * B[k][j]        for j = tj .. tj + 63
 *                                             C[i][j] += A[i][k] * B[k][j]
 * ```
 *
 * @throws {RangeError} a size is not a positive integer.
 * @throws {TypeError} a name is not an identifier.
 * @throws {ScheduleError} a loop is unknown, or a name is taken.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, tile } from "tinyloom";
 *
 * const nest = tile(matmul({ m: 64, k: 64, n: 64 }), { i: 32, j: 16 });
 * assert.deepEqual(nest.loops.map((loop) => loop.name), ["ti", "tj", "i", "j", "k"]);
 * ```
 *
 * @category Schedules
 */
export function tile(
  nest: Nest,
  sizes: Readonly<Record<string, number>>,
  options: TileOptions = {},
): Nest {
  checkOptions("tile", options, "names");
  checkArguments("tile", { nest });
  const stray = Object.keys(options.names ?? {}).find((name) => !(name in sizes));
  if (stray !== undefined) {
    throw new ScheduleError(`Cannot name the tile loop of "${stray}": it is not tiled here`);
  }
  const tiles: Loop[] = [];
  for (const [name, size] of Object.entries(sizes)) {
    const inner = findLoop(nest, name, "tile");
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`A tile size must be a positive integer, found ${size} for "${name}"`);
    }
    if (inner.step >= size) {
      throw new ScheduleError(
        `Cannot tile "${name}" by ${size}: its step is already ${inner.step}; take a larger size`,
      );
    }
    if (inner.unroll !== 1 || inner.mode !== "serial") {
      throw new ScheduleError(
        `Cannot tile "${name}": it is unrolled, vectorized or parallel; tile it before that`,
      );
    }
    const taken = [...nest.loops, ...tiles, ...nest.tensors].map((each) => each.name);
    const tileName = options.names?.[name] ?? freeName(`t${inner.axis}`, taken);
    checkName(tileName, "loop");
    if (taken.includes(tileName)) {
      throw new ScheduleError(`Cannot call the tile loop of "${name}" "${tileName}": it is taken`);
    }
    tiles.push({ name: tileName, axis: inner.axis, step: size, unroll: 1, mode: "serial" });
  }
  if (tiles.length === 0) throw new ScheduleError("Cannot tile: no sizes are given");
  const step = { op: "tile", sizes, ...(options.names && { names: options.names }) } as const;
  return withStep(nest, step, { loops: insertTiles(nest.loops, tiles) });
}

// A tile loop goes in front of the first loop that steps by one element, but never inside a
// smaller step of its own axis.
function insertTiles(loops: readonly Loop[], tiles: readonly Loop[]): Loop[] {
  const result = [...loops];
  for (const tile of tiles) {
    const point = result.findIndex((loop) =>
      !tiles.includes(loop) &&
      (loop.step === 1 || (loop.axis === tile.axis && loop.step < tile.step))
    );
    result.splice(point, 0, tile);
  }
  return result;
}

function freeName(base: string, taken: readonly string[]): string {
  if (!taken.includes(base)) return base;
  let number = 2;
  while (taken.includes(`${base}${number}`)) number++;
  return `${base}${number}`;
}
