import { type Computation, isPipeline, stagesOf } from "../nest/pipeline.ts";
import { dotGroup } from "../schedule/dot_group.ts";
import { ScheduleError } from "../schedule/schedule_error.ts";
import type { DType } from "../nest/dtype.ts";
import { checkSharing } from "./check_sharing.ts";
import { kernelsOf } from "./kernels_of.ts";
import { lowerComputation } from "./lower_pipeline.ts";
import { layOut } from "./memory_layout.ts";
import { encodeKernels } from "./wasm/encode_kernels.ts";

/**
 * What {@link compile} may assume about the machine and about rounding.
 *
 * @category Code generation
 */
export interface CompileOptions {
  /**
   * Fuse multiply and add in float32 vectors (relaxed SIMD). The product is then not rounded before
   * it is added: results are usually closer to the exact sum, and differ from the unfused ones by
   * rounding. Default false.
   */
  readonly fma?: boolean;
  /**
   * Multiply fours of int8 by an instruction of relaxed SIMD whose result is exact on some machines
   * only: where {@link hasExactRelaxedDot} says so. Default false, which refuses such a schedule.
   */
  readonly relaxedDot?: boolean;
  /** Threads that a parallel loop is spread over; default 1. Without a parallel loop it is 1. */
  readonly threads?: number;
}

/**
 * A compiled nest or pipeline: a WebAssembly module and where its tensors lie in its memory. Plain data.
 *
 * @category Code generation
 */
export interface Kernel {
  /** What was compiled. */
  readonly computation: Computation;
  /**
   * Exports `run(thread, threads, limit)`, and `prepare` likewise if there is something to do ahead
   * of time; imports the memory `kernel.memory`.
   */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Where each tensor lies in the memory: `offsetBytes`, and `length` in elements. */
  readonly tensors: Readonly<
    Record<string, {
      readonly dtype: DType;
      readonly offsetBytes: number;
      readonly length: number;
      readonly role: "input" | "output";
    }>
  >;
  /** Size of the memory in pages of 65,536 bytes. */
  readonly memoryPages: number;
  /** Threads that must call `run` together. */
  readonly threads: number;
  /** Whether multiplication and addition are fused. */
  readonly fma: boolean;
}

const mostThreads = 64;
const mostPages = 65536;

/**
 * Compiles a scheduled nest, or a pipeline of them, to WebAssembly with 128-bit SIMD. Nothing is
 * run; see {@link instantiate} and {@link execute}. A pipeline runs on one thread.
 *
 * Without `fma`, every schedule that leaves the order of additions alone gives the same bits.
 *
 * @throws {ScheduleError} the schedule is not legal, or multiplies fours without `relaxedDot`, or a
 * pipeline reads from shared memory what it
 * has overwritten.
 * @throws {RangeError} `threads` is not an integer from 1 to 64, or the memory exceeds 4 GiB.
 *
 * @example
 * ```ts
 * import { compile, matmul } from "tinyloom";
 *
 * const kernel = compile(matmul({ m: 8, k: 8, n: 8 }));
 * kernel.wasm.length;
 * ```
 *
 * @category Code generation
 */
export function compile(computation: Computation, options: CompileOptions = {}): Kernel {
  const { fma = false, threads: asked = 1, relaxedDot = false } = options;
  if (!Number.isInteger(asked) || asked < 1 || asked > mostThreads) {
    throw new RangeError(`threads must be an integer from 1 to ${mostThreads}, found ${asked}`);
  }
  const parallel = !isPipeline(computation) &&
    computation.loops.some((loop) => loop.mode === "parallel");
  const threads = parallel ? asked : 1;
  if (!relaxedDot) checkExactDot(computation);
  const program = lowerComputation(computation);
  checkSharing(program);
  const layout = layOut(program.buffers, threads);
  if (layout.pages > mostPages) {
    throw new RangeError(
      `${computation.name} needs ${layout.pages} pages of memory, more than ${mostPages}`,
    );
  }
  const tensors: Record<string, Kernel["tensors"][string]> = {};
  for (const { name, dtype, elements, role } of program.buffers) {
    if (role === "packed" || role === "scratch") continue;
    tensors[name] = { dtype, offsetBytes: layout.offsetBytes[name], length: elements, role };
  }
  const { codes, run, prepare } = kernelsOf(program, { layout, threads, fma });
  return {
    computation,
    wasm: encodeKernels(codes, {
      memoryPages: layout.pages,
      shared: threads > 1,
      exported: prepare ? [run, prepare] : [run],
    }),
    tensors,
    memoryPages: layout.pages,
    threads,
    fma,
  };
}

function checkExactDot(computation: Computation): void {
  const nests = isPipeline(computation)
    ? stagesOf(computation.nodes).map(({ stage }) => stage.nest)
    : [computation];
  const nest = nests.find((each) => dotGroup(each) === 4);
  if (!nest) return;
  const { name } = nest.loops.find((loop) => loop.mode === "dot")!;
  throw new ScheduleError(
    `Cannot compile ${nest.name}: it multiplies fours along "${name}" by an instruction that not ` +
      `every machine computes exactly; where hasExactRelaxedDot() is true, pass { relaxedDot: true }`,
  );
}
