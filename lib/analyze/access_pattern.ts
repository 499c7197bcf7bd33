import { checkArguments, checkOptions } from "../check_arguments.ts";
import { lookedAfter } from "../host.ts";
import { lowerComputation } from "../codegen/lower_pipeline.ts";
import { layOut, traceProgram } from "../codegen/program_kernels.ts";
import type { Computation } from "../nest/pipeline.ts";

/**
 * How the accesses to one buffer follow each other.
 *
 * @category Analysis
 */
export interface AccessPattern {
  /** Name of the tensor, packed copy or intermediate result. */
  readonly buffer: string;
  /** Loads and stores. */
  readonly accesses: number;
  /** Those at the place of the one before. */
  readonly repeated: number;
  /** Those that start where the one before ended. */
  readonly sequential: number;
  /** All others: there is a distance to jump. */
  readonly strided: number;
}

/**
 * Options of `accessPattern`.
 *
 * @category Analysis
 */
export interface AccessPatternOptions {
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * Tells, for every buffer, how many of its accesses follow the one before it in memory: what a data
 * layout makes of an order of loops.
 *
 * @throws {ScheduleError} a schedule is not legal.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { accessPattern, matmul, reorder } from "tinyloom";
 *
 * const naive = matmul({ m: 4, k: 8, n: 16 });
 * const strided = (nest: typeof naive) =>
 *   accessPattern(nest).find(({ buffer }) => buffer === "B")!.strided;
 * assert.ok(strided(reorder(naive, ["i", "k", "j"])) < strided(naive));
 * ```
 *
 * @category Analysis
 */
export function accessPattern(
  computation: Computation,
  options: AccessPatternOptions = {},
): readonly AccessPattern[] {
  checkOptions("accessPattern", options, "signal");
  checkArguments("accessPattern", { computation });
  return lookedAfter(null, () => patternsOf(computation), options);
}

function patternsOf(computation: Computation): readonly AccessPattern[] {
  const program = lowerComputation(computation);
  const rows = program.buffers.map(({ name }) => (
    { buffer: name, accesses: 0, repeated: 0, sequential: 0, strided: 0 }
  ));
  const starts = rows.map(() => -1);
  const { offsetBytes } = layOut(program.buffers, 1);
  const ends = rows.map(({ buffer }) => offsetBytes[buffer]);
  traceProgram(program, (address, bytes, buffer) => {
    const row = rows[buffer];
    row.accesses++;
    if (address === starts[buffer]) row.repeated++;
    else if (address === ends[buffer]) row.sequential++;
    else row.strided++;
    starts[buffer] = address;
    ends[buffer] = address + bytes;
  });
  return rows.filter(({ accesses }) => accesses > 0);
}
