import { checkArguments } from "../check_arguments.ts";
import { type Affine, affine } from "../nest/affine.ts";
import { defineNest } from "../nest/define_nest.ts";
import { definePipeline } from "../nest/define_pipeline.ts";
import type { Expr, Nest, Tensor } from "../nest/nest.ts";
import type { Pipeline } from "../nest/pipeline.ts";
import { accumulate } from "./accumulate.ts";
import { axisOf, findLoop, ScheduleError } from "./loops.ts";
import { reorder } from "./reorder.ts";
import { tile } from "./tile.ts";
import { withStep } from "./with_step.ts";

/**
 * Repeats a loop's body `factor` times per iteration, so that there are fewer loop tests; iterations
 * that are left over run one by one. `"full"` leaves no loop at all.
 *
 * On a vectorized loop an iteration is one vector.
 *
 * ```text
 * before                              after unroll(nest, "j", 4)
 * for j                               for j in steps of 4
 *   C[i][j] += A[i][k] * B[k][j]        C[i][j + 0] += A[i][k] * B[k][j + 0]
 *                                       C[i][j + 1] += A[i][k] * B[k][j + 1]
 *                                       C[i][j + 2] += A[i][k] * B[k][j + 2]
 *                                       C[i][j + 3] += A[i][k] * B[k][j + 3]
 * ```
 *
 * @throws {RangeError} the factor is neither an integer of at least 2 nor `"full"`.
 * @throws {ScheduleError} the loop is unknown, or unrolled already.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, matmul, unroll } from "tinyloom";
 *
 * const nest = matmul({ m: 8, k: 8, n: 8 });
 * assert.equal(count(nest).innermost.loopTests, 512);
 * assert.equal(count(unroll(nest, "k", 4)).innermost.loopTests, 128);
 * ```
 *
 * @category Schedules
 */
export function unroll(nest: Nest, name: string, factor: number | "full"): Nest {
  checkArguments("unroll", { nest });
  const loop = findLoop(nest, name, "unroll");
  if (factor !== "full" && (!Number.isInteger(factor) || factor < 2 || factor > 1024)) {
    throw new RangeError(
      `An unroll factor must be an integer from 2 to 1024 or "full", found ${factor}`,
    );
  }
  if (loop.unroll !== 1) {
    throw new ScheduleError(
      `Cannot unroll "${name}" by ${factor}: it is already unrolled by ${loop.unroll}`,
    );
  }
  if (loop.mode === "parallel") {
    throw new ScheduleError(`Cannot unroll "${name}": its iterations are spread over threads`);
  }
  const loops = nest.loops.map((each) => each === loop ? { ...loop, unroll: factor } : each);
  return withStep(nest, { op: "unroll", axis: name, factor }, { loops });
}

/**
 * Unrolls an outer loop and fuses the copies of the loops inside it: the innermost body then works
 * on `factor` values of the outer loop at once, and loads what they share only once.
 *
 * Short for `tile` by the factor, `reorder` of the tile's loop to the inside, `unroll` in full.
 *
 * ```text
 * before                              after unrollAndJam(nest, "i", 2)
 * for i                               for i in steps of 2
 *   for k                               for k
 *     for j                               for j
 *       C[i][j] += A[i][k] * B[k][j]        C[i][j]   += A[i][k]   * B[k][j]
 *                                           C[i+1][j] += A[i+1][k] * B[k][j]
 * ```
 *
 * @throws {RangeError} the factor is not an integer of at least 2.
 * @throws {ScheduleError} the loop is unknown, or cannot move inward.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, matmul, reorder, unrollAndJam } from "tinyloom";
 *
 * const nest = reorder(matmul({ m: 8, k: 8, n: 8 }), ["i", "k", "j"]);
 * assert.ok(count(unrollAndJam(nest, "i", 2)).loads < count(nest).loads);
 * ```
 *
 * @category Schedules
 */
export function unrollAndJam(nest: Nest, name: string, factor: number): Nest {
  checkArguments("unrollAndJam", { nest });
  const { axis } = findLoop(nest, name, "unroll and jam");
  const tiled = tile(nest, { [name]: factor });
  const outer = tiled.loops.find((loop) => !nest.loops.some((old) => old.name === loop.name))!;
  const others = nest.loops.map((loop) => loop.name).filter((each) => each !== name);
  const at = nest.loops.findIndex((loop) => loop.axis === axis && loop.name === name);
  const order = [...others.slice(0, at), outer.name, ...others.slice(at), name];
  return unroll(reorder(tiled, order), name, "full");
}

/**
 * Unrolls a sum into several that do not wait for each other: part `p` adds every `parts`-th product,
 * and all parts are added up at the end. An unrolled sum alone is one chain, in which each addition
 * waits for the one before; this one is as many chains as there are parts.
 *
 * The order of the additions is another one, so float results may differ in their last bits.
 *
 * ```text
 * before                              after partialSums(nest, "k", 2)
 * for i                               for i
 *   for j                               for j
 *     for k                               c0 = c1 = 0
 *       C[i][j] += A[i][k] * B[k][j]      for k in steps of 2
 *                                           c0 += A[i][k]   * B[k][j]
 *                                           c1 += A[i][k+1] * B[k+1][j]
 *                                         C[i][j] = c0 + c1
 * ```
 *
 * @param nest A plain nest that sums.
 * @throws {RangeError} `parts` is not an integer of at least 2 that divides the axis.
 * @throws {ScheduleError} the nest is scheduled already or is no plain sum, or the axis is unknown or
 *   no reduction.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { execute, matmul, partialSums } from "tinyloom";
 *
 * const dot = partialSums(matmul({ m: 1, k: 4, n: 1 }), "k", 2);
 * const ones = Float32Array.of(1, 1, 1, 1);
 * assert.deepEqual([...execute(dot, { A: ones, B: ones }).C], [4]);
 * ```
 *
 * @category Schedules
 */
export function partialSums(nest: Nest, name: string, parts: number): Pipeline {
  checkArguments("partialSums", { nest });
  const { extent, role } = axisOf(nest, findLoop(nest, name, "split the sum over"));
  const { target, update, finish } = nest.body;
  const refuse = (why: string): never => {
    throw new ScheduleError(`Cannot split the sum over "${name}": ${why}`);
  };
  if (nest.steps.length > 0) refuse("the nest is scheduled already; split the plain one");
  if (role !== "reduction") refuse(`it walks ${target.tensor}; take a reduction`);
  if (update !== "add" || finish !== undefined) refuse("the nest is more than a sum");
  if (!Number.isInteger(parts) || parts < 2 || extent % parts !== 0) {
    throw new RangeError(
      `A sum of ${extent} can be split into an integer of parts that divides it, found ${parts}`,
    );
  }
  const output = nest.tensors.find((tensor) => tensor.name === target.tensor)!;
  const inputs = nest.tensors.filter((tensor) => tensor.role === "input");
  const sums: Tensor = { ...output, name: `${output.name}s`, shape: [...output.shape, parts] };
  const summed = defineNest({
    name: `${nest.name} in ${parts} sums`,
    extents: {
      ...Object.fromEntries(
        nest.axes.map((axis) => [axis.name, axis.name === name ? extent / parts : axis.extent]),
      ),
      part: parts,
    },
    tensors: [...inputs, sums],
    body: {
      ...nest.body,
      target: { tensor: sums.name, index: [...target.index, affine("part")] },
      value: everyNth(nest.body.value, name, parts),
      start: nest.body.start ?? 0,
    },
  });
  return definePipeline({
    name: `${nest.name} in ${parts} sums`,
    shape: nest.shape,
    buffers: [...inputs, { ...sums, role: "scratch" }, output],
    nodes: [
      {
        kind: "stage",
        title: `sum ${parts} parts`,
        nest: accumulate(unroll(summed, "part", "full"), name),
        offsets: {},
      },
      { kind: "stage", title: "add the parts up", nest: addedUp(sums, output), offsets: {} },
    ],
    reference: nest,
  });
}

/** An expression read at `parts * axis + part` in place of `axis`. */
function everyNth(value: Expr, axis: string, parts: number): Expr {
  const moved = (index: Affine): Affine => {
    const step = index.terms[axis] ?? 0;
    return step === 0
      ? index
      : { ...index, terms: { ...index.terms, [axis]: step * parts, part: step } };
  };
  switch (value.kind) {
    case "read":
      return {
        ...value,
        access: { ...value.access, index: value.access.index.map(moved) },
      };
    case "binary":
      return {
        ...value,
        left: everyNth(value.left, axis, parts),
        right: everyNth(value.right, axis, parts),
      };
    default:
      return value;
  }
}

function addedUp(sums: Tensor, output: Tensor): Nest {
  const axes = output.shape.map((_, dimension) => `d${dimension}`);
  const part = (at: number): Expr => ({
    kind: "read",
    access: { tensor: sums.name, index: [...axes.map((axis) => affine(axis)), affine(at)] },
  });
  return defineNest({
    name: "add up",
    extents: Object.fromEntries(axes.map((axis, dimension) => [axis, output.shape[dimension]])),
    tensors: [{ ...sums, role: "input" }, output],
    body: {
      target: { tensor: output.name, index: axes.map((axis) => affine(axis)) },
      update: "set",
      value: Array.from({ length: sums.shape.at(-1)! }, (_, at) => part(at))
        .reduce((left, right) => ({ kind: "binary", op: "add", left, right })),
    },
  });
}
