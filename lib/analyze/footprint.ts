import { checkArguments, checkOptions } from "../check_arguments.ts";
import { lowerComputation } from "../codegen/lower_pipeline.ts";
import { writtenIn } from "../codegen/refs.ts";
import { allReadsOf } from "../nest/define_nest.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Access, Loop, Nest } from "../nest/nest.ts";
import type { Affine } from "../nest/affine.ts";
import { type Computation, isPipeline, weightStages } from "../nest/pipeline.ts";
import { reachOf } from "../schedule/loops.ts";

/**
 * How much of a tensor one complete run of a loop touches.
 *
 * @category Analysis
 */
export interface Footprint {
  /** Name of the loop. */
  readonly loop: string;
  /** Name of the tensor. */
  readonly tensor: string;
  /** Distinct elements, for a full tile. */
  readonly elements: number;
  /** Bytes of these elements. */
  readonly bytes: number;
}

/**
 * Distinct elements of each tensor that one run of each loop touches, the loops around it standing
 * still: the working set that a cache must hold for the loop's reuse to pay.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { footprint, matmul, reorder, tile } from "tinyloom";
 *
 * const nest = tile(reorder(matmul({ m: 8, k: 100, n: 64 }), ["i", "k", "j"]), { j: 16 });
 * const reused = footprint(nest).find((row) => row.loop === "i" && row.tensor === "B");
 * assert.equal(reused?.elements, 100 * 16);
 * ```
 *
 * @category Analysis
 */
export function footprint(nest: Nest): readonly Footprint[] {
  checkArguments("footprint", { nest });
  return nest.loops.flatMap((loop, depth) => {
    const reach = reachWithin(nest, nest.loops.slice(depth));
    return nest.tensors.map((tensor) => {
      const accesses = [nest.body.target, ...allReadsOf(nest.body)]
        .filter((access) => access.tensor === tensor.name);
      const elements = distinct(accesses, reach, tensor.shape);
      return {
        loop: loop.name,
        tensor: tensor.name,
        elements,
        bytes: elements * dtypeBytes(tensor.dtype),
      };
    });
  });
}

// For each axis, how many of its values the given inner loops walk.
function reachWithin(nest: Nest, loops: readonly Loop[]): ReadonlyMap<string, number> {
  const reach = new Map<string, number>();
  for (const loop of loops) {
    if (!reach.has(loop.axis)) reach.set(loop.axis, reachOf(nest, loop));
  }
  return reach;
}

function distinct(
  accesses: readonly Access[],
  reach: ReadonlyMap<string, number>,
  shape: readonly number[],
): number {
  if (accesses.length === 0) return 0;
  if (accesses.length === 1 && axesAreApart(accesses[0])) {
    return accesses[0].index
      .map((index, dimension) => valuesOf(index, reach, shape[dimension]).size)
      .reduce((product, size) => product * size, 1);
  }
  const points = new Set<string>();
  for (const access of accesses) enumerate(access.index, reach, shape, points);
  return points.size;
}

function axesAreApart(access: Access): boolean {
  const axes = access.index.flatMap((index) => Object.keys(index.terms));
  return new Set(axes).size === axes.length;
}

function valuesOf(
  index: Affine,
  reach: ReadonlyMap<string, number>,
  extent: number,
): ReadonlySet<number> {
  let values = new Set([index.offset]);
  for (const [axis, coefficient] of Object.entries(index.terms)) {
    const next = new Set<number>();
    for (const value of values) {
      for (let at = 0; at < (reach.get(axis) ?? 1); at++) next.add(value + coefficient * at);
    }
    values = next;
  }
  return new Set([...values].filter((value) => value >= 0 && value < extent));
}

function enumerate(
  index: readonly Affine[],
  reach: ReadonlyMap<string, number>,
  shape: readonly number[],
  points: Set<string>,
): void {
  const axes = [...new Set(index.flatMap((each) => Object.keys(each.terms)))];
  const visit = (depth: number, at: ReadonlyMap<string, number>): void => {
    if (depth < axes.length) {
      for (let value = 0; value < (reach.get(axes[depth]) ?? 1); value++) {
        visit(depth + 1, new Map(at).set(axes[depth], value));
      }
      return;
    }
    const point = index.map(({ terms, offset }) =>
      Object.entries(terms).reduce((sum, [axis, c]) => sum + c * (at.get(axis) ?? 0), offset)
    );
    if (point.every((value, dimension) => value >= 0 && value < shape[dimension])) {
      points.add(point.join());
    }
  };
  visit(0, new Map());
}

/**
 * Bytes that a computation takes, by what they are for.
 *
 * @category Analysis
 */
export interface MemoryUse {
  /** Inputs that are no weights. */
  readonly inputBytes: number;
  /** Inputs that are known ahead of time. */
  readonly weightBytes: number;
  /** The output, if it has memory of its own. */
  readonly outputBytes: number;
  /** Intermediate results and packed copies that every run needs. */
  readonly scratchBytes: number;
  /** What is prepared from weights once: packed and transformed weights. */
  readonly preparedBytes: number;
  /** Inputs, output and scratch: what must be there at once besides weights. */
  readonly activationBytes: number;
  /** Bytes of each buffer that is neither input nor output. */
  readonly scratch: Readonly<Record<string, number>>;
}

/**
 * What {@link memoryUse} cannot see.
 *
 * @category Analysis
 */
export interface MemoryUseOptions {
  /** Inputs of a nest that are weights; a pipeline tells by itself. Default none. */
  readonly weights?: readonly string[];
}

/**
 * Adds up the memory that a nest or a pipeline takes, from its buffers. One that takes over another's
 * memory adds nothing.
 *
 * @throws {ScheduleError} a schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { convVariants, memoryUse } from "tinyloom";
 *
 * const { direct, inPlaceChannel } = convVariants({
 *   height: 8, width: 8, inChannels: 16, outChannels: 16, kernel: [1, 1], depthwise: true,
 * });
 * const channelBytes = 8 * 8 * 4;
 * assert.equal(memoryUse(direct, { weights: ["W"] }).activationBytes, 2 * 16 * channelBytes);
 * assert.equal(memoryUse(inPlaceChannel!).activationBytes, (16 + 1) * channelBytes);
 * ```
 *
 * @category Analysis
 */
export function memoryUse(
  computation: Computation,
  options: MemoryUseOptions = {},
): MemoryUse {
  checkOptions("memoryUse", options, "weights");
  checkArguments("memoryUse", { computation });
  const { buffers, prepare } = lowerComputation(computation);
  const pipeline = isPipeline(computation) ? computation : null;
  const constants = new Set(pipeline ? weightStages(pipeline).buffers : []);
  const weights = new Set([
    ...options.weights ?? [],
    ...pipeline?.buffers.filter(({ role }) => role === "weights").map(({ name }) => name) ?? [],
  ]);
  for (const name of writtenIn(prepare)) constants.add(name);
  let [inputBytes, weightBytes, outputBytes, scratchBytes, preparedBytes] = [0, 0, 0, 0, 0];
  const scratch: Record<string, number> = {};
  for (const { name, role, dtype, elements, sharesWith } of buffers) {
    if (sharesWith !== undefined) continue;
    const bytes = elements * dtypeBytes(dtype);
    if (role === "output") outputBytes += bytes;
    else if (weights.has(name)) weightBytes += bytes;
    else if (role === "input") inputBytes += bytes;
    else if (constants.has(name)) preparedBytes += bytes;
    else scratchBytes += bytes;
    if (role === "scratch" || role === "packed") scratch[name] = bytes;
  }
  return {
    inputBytes,
    weightBytes,
    outputBytes,
    scratchBytes,
    preparedBytes,
    activationBytes: inputBytes + outputBytes + scratchBytes,
    scratch,
  };
}
