import { checkArguments, checkOptions } from "../check_arguments.ts";
import { allReadsOf, sumDtype } from "../nest/define_nest.ts";
import { type NestDtype, zeros } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { unsignedOffset } from "./dot_group.ts";
import { findLoop, ScheduleError } from "./loops.ts";
import { withStep } from "./with_step.ts";

/**
 * Where a packed copy is made and what it holds.
 *
 * @category Schedules
 */
export interface PackOptions {
  /** The loop in whose body the copy is made; left out: once, before all loops. */
  readonly at?: string;
  /**
   * Element type of the copy; int8 may be widened to `i16`, or become `u8` by adding 128, as instructions
   * need that multiply fours: what sums get too many is taken back. Default: the tensor's own.
   */
  readonly dtype?: NestDtype;
}

/**
 * Copies the part of a tensor that the loops inside `at` use into a buffer, in the order in which
 * they use it, so that the innermost loops read memory from one end to the other. The output is
 * copied back where those loops end.
 *
 * Packing the input of a convolution at its outermost loop is im2col.
 *
 * ```text
 * before                              after pack(nest, "B", { at: "tk" })
 * for tk                              for tk
 *   for tj                              Bp = B in the order tj, k, j
 *     for i                             for tj
 *       for k                             for i
 *         for j                             for k
 *           C[i][j] += A[i][k] * B[k][j]      for j
 *                                               C[i][j] += A[i][k] * Bp[tj][k][j]
 * ```
 *
 * @throws {ScheduleError} the tensor is unknown, packed already, or kept in registers there, or no
 * loop inside moves in it.
 *
 * @example
 * ```ts
 * import { matmul, pack, reorder, tile } from "tinyloom";
 *
 * const tiled = tile(matmul({ m: 64, k: 64, n: 64 }), { k: 32, j: 8 });
 * pack(reorder(tiled, ["i", "k", "j"]), "B", { at: "tk" });
 * ```
 *
 * @category Schedules
 */
export function pack(nest: Nest, name: string, options: PackOptions = {}): Nest {
  checkOptions("pack", options, "at dtype");
  checkArguments("pack", { nest });
  const { at = null } = options;
  const tensor = nest.tensors.find((each) => each.name === name);
  if (!tensor) {
    const names = nest.tensors.map((each) => each.name);
    throw new ScheduleError(`Cannot pack "${name}": the tensors are ${names.join(", ")}`);
  }
  const dtype = options.dtype ?? tensor.dtype;
  if (
    dtype !== tensor.dtype &&
    !(tensor.role === "input" && tensor.dtype === "i8" && ["i16", "u8"].includes(dtype))
  ) {
    throw new ScheduleError(
      `Cannot pack "${name}" as ${dtype}: it is ${tensor.dtype}, and only an input of i8 can be another type, i16 or u8`,
    );
  }
  const values = allReadsOf(nest.body).filter((read) => read.tensor === name)
    .map(({ outside = 0 }) => outside);
  const sums = sumDtype(nest);
  const more = dtype === "u8" && tensor.dtype === "i8" ? unsignedOffset : 0;
  const beyond = values.find((value) => stored(dtype, value + more) - more !== stored(sums, value));
  if (beyond !== undefined) {
    throw new ScheduleError(
      `Cannot pack "${name}" as ${dtype}: it is read outside as ${beyond}, which ${dtype} does not hold`,
    );
  }
  if (nest.packs.some((each) => each.tensor === name)) {
    throw new ScheduleError(`Cannot pack "${name}": it is packed already`);
  }
  if (at !== null) findLoop(nest, at, "pack at");
  const packed = { tensor: name, at, dtype };
  const step = {
    op: "pack",
    tensor: name,
    at,
    ...(dtype !== tensor.dtype && { dtype }),
  } as const;
  return withStep(nest, step, { packs: [...nest.packs, packed] });
}

/** What becomes of a number in a tensor. */
function stored(dtype: NestDtype, value: number): number {
  return zeros(dtype, 1).fill(value)[0];
}
