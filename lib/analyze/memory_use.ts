import { lowerComputation } from "../codegen/lower_pipeline.ts";
import { writtenIn } from "../codegen/written_in.ts";
import { constantsOf } from "../nest/constants_of.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import { type Computation, isPipeline } from "../nest/pipeline.ts";

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
  const { buffers, prepare } = lowerComputation(computation);
  const pipeline = isPipeline(computation) ? computation : null;
  const constants = new Set(pipeline ? constantsOf(pipeline).buffers : []);
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
