import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Nest } from "../nest/nest.ts";
import { axisOf, findLoop, ScheduleError } from "./loops.ts";
import { withStep } from "./with_step.ts";

/**
 * What {@link vectorize} may do beyond one operation on neighbouring elements.
 *
 * @category Schedules
 */
export interface VectorizeOptions {
  /**
   * The innermost loop, of two or four iterations, that one instruction multiplies and adds: pairs of
   * int16; fours `(X + 128) * W` of int8, which only some machines multiply exactly; or fours of int8
   * alone, for which most need several instructions, Arm's `sdot` is one, and AMX has tiles.
   */
  readonly dot?: string;
  /**
   * Elements of a register: 2, 4, 8, 16 or 32; left out: as many as 128 bits hold, the vectors of
   * WebAssembly. Wider ones are for native code ({@link toC}).
   */
  readonly lanes?: number;
  /** Allows the axis of a reduction: each lane sums its share, so the order of additions changes. */
  readonly reduction?: boolean;
}

/**
 * Computes as many neighbouring elements at once as a 128-bit register holds (four float32 or int32).
 *
 * The last vector of an extent that is no multiple computes in full and stores only what is there.
 *
 * With `dot` each lane multiplies and adds two or four neighbours of a reduction, the innermost loop,
 * at once. The factor that moves with the vector lies in groups, as a packed copy does; of the other the
 * last group may lack members: nothing behind them is read.
 *
 * ```text
 * before                              after vectorize(nest, "j")
 * for j                               for j in steps of 4
 *   C[i][j] += A[i][k] * B[k][j]        C[i][j:j+4] += A[i][k] * B[k][j:j+4]
 * ```
 *
 * @throws {RangeError} `lanes` is none of the sizes that registers have.
 * @throws {ScheduleError} the loop is unknown, steps over tiles, carries a reduction without
 * `reduction: true`, or walks a tensor whose neighbours are not adjacent in memory.
 *
 * @example
 * ```ts
 * import { matmul, reorder, vectorize } from "tinyloom";
 *
 * vectorize(reorder(matmul({ m: 8, k: 8, n: 8 }), ["i", "k", "j"]), "j");
 * ```
 *
 * @category Schedules
 */
export function vectorize(nest: Nest, name: string, options: VectorizeOptions = {}): Nest {
  checkOptions("vectorize", options, "dot reduction lanes");
  checkArguments("vectorize", { nest });
  const { dot, reduction = false, lanes } = options;
  if (lanes !== undefined && ![2, 4, 8, 16, 32].includes(lanes)) {
    throw new RangeError(`lanes is ${lanes}, needed 2, 4, 8, 16 or 32`);
  }
  const loop = findLoop(nest, name, "vectorize");
  const pair = dot === undefined ? null : findLoop(nest, dot, "pair");
  if (dot === name) {
    throw new ScheduleError(`Cannot vectorize "${name}" and pair it too: name a reduction to pair`);
  }
  const already = nest.loops.find((each) => each.mode === "vector");
  if (already) {
    throw new ScheduleError(`Cannot vectorize "${name}": "${already.name}" already is`);
  }
  if (loop.mode === "parallel") {
    throw new ScheduleError(`Cannot vectorize "${name}": its iterations are spread over threads`);
  }
  if (axisOf(nest, loop).role === "reduction" && !reduction) {
    const { tensor } = nest.body.target;
    const space = nest.axes.filter((axis) => axis.role === "space").at(-1)?.name;
    throw new ScheduleError(
      `Cannot vectorize axis "${name}": it carries the reduction into ${tensor}; vectorize ` +
        `"${space}", or allow another order of additions with { reduction: true }`,
    );
  }
  const loops = nest.loops.map((each) =>
    each === loop
      ? { ...each, mode: "vector" as const, ...lanes !== undefined && { lanes } }
      : each === pair
      ? { ...each, mode: "dot" as const }
      : each
  );
  const step = {
    op: "vectorize",
    axis: name,
    ...(dot !== undefined && { dot }),
    ...(reduction && { reduction: true as const }),
    ...(lanes !== undefined && { lanes }),
  } as const;
  return withStep(nest, step, { loops });
}
