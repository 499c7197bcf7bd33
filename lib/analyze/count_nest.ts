import { compile } from "../codegen/compile.ts";
import { lowerComputation } from "../codegen/lower_pipeline.ts";
import type { Program } from "../codegen/program.ts";
import { walkedProgram } from "../codegen/walk_program.ts";
import { countKernels } from "../kernel/walk/count_kernels.ts";
import type { KernelCounts } from "../kernel/walk/tally.ts";
import { allReadsOf } from "../nest/define_nest.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { type Computation, isPipeline, meaningOf, stagesOf } from "../nest/pipeline.ts";
import { stepStride } from "../schedule/strides.ts";

/**
 * What a nest executes, counted, not timed: the same on every machine.
 *
 * @category Analysis
 */
export interface Counts extends ExecutedCounts {
  /**
   * Executions of the body's statement for one element: multiply-accumulates for a product. Zeros
   * that fill up a last pair do not count. For a pipeline those of the plain nest, however it gets
   * there; see {@link countArithmetic} for what it multiplies.
   */
  readonly macs: number;
  /** The innermost loops alone. */
  readonly innermost: InnermostCounts;
  /** Bytes of the WebAssembly module. */
  readonly codeBytes: number;
}

/**
 * What every part of a program can be counted by.
 *
 * @category Analysis
 */
export interface ExecutedCounts {
  /**
   * Load instructions executed; a vector counts once. What padding skips does not count; copying into
   * a pack does.
   */
  readonly loads: number;
  /** Store instructions executed; a vector counts once. */
  readonly stores: number;
  /** Bytes that these instructions move, lanes that are not used included. */
  readonly loadedBytes: number;
  /** Bytes that stores move. */
  readonly storedBytes: number;
  /** Times a loop decides whether to go on. */
  readonly loopTests: number;
  /** Times a variable is set that addresses are computed from: a pointer is set or moved. */
  readonly addressUpdates: number;
  /**
   * Instructions executed that add, multiply, shift or choose (`min`, `max`, `select`) among
   * elements; a vector, or a fused pair, counts once.
   */
  readonly arithmetic: number;
  /** Elements written by packing; its loads and stores are among those above. */
  readonly packedElements: number;
  /**
   * How often each instruction of WebAssembly is executed, those by which loops count and compare
   * included; local variables, constants and branches are none.
   */
  readonly instructions: Readonly<Record<string, number>>;
}

/**
 * The innermost loops alone: where the time goes.
 *
 * @category Analysis
 */
export interface InnermostCounts {
  /** Times an innermost loop decides whether to go on. */
  readonly loopTests: number;
  /** Times a pointer moves in an innermost loop. */
  readonly addressUpdates: number;
  /** Instructions in the longest innermost body, from test to test: loads, arithmetic, stores. */
  readonly bodyInstructions: number;
  /**
   * Elements of each tensor between two iterations of the innermost loop, before unrolling; in a
   * pipeline, of the stage with the most to do.
   */
  readonly strides: Readonly<Record<string, number>>;
}

/** Counts what a run of a compiled nest or pipeline executes: see `count`. */
export function countNest(computation: Computation): Counts {
  const program = lowerComputation(computation);
  const { innermost, ...counts } = countProgram(program);
  const nest = heaviestNest(computation);
  const loop = nest.loops.findLast((loop) => loop.mode !== "dot" && loop.unroll !== "full") ??
    nest.loops.at(-1)!;
  const accesses = [nest.body.target, ...allReadsOf(nest.body)];
  return {
    macs: pointsOf(meaningOf(computation)),
    ...counts,
    innermost: {
      ...innermost,
      strides: Object.fromEntries(
        accesses.map((access) => [access.tensor, stepStride(nest, access, loop)]),
      ),
    },
    codeBytes: compile(computation, { relaxedDot: true }).wasm.length,
  };
}

/** Counts what a program executes, without what is done ahead of time. */
export function countProgram(
  program: Program,
): ExecutedCounts & Pick<KernelCounts, "innermost"> {
  const { regions, ...counts } = countKernels(walkedProgram(program));
  const packedElements = program.buffers.reduce((sum, { name, dtype, role }) => (
    role === "packed" && name in regions ? sum + regions[name].storedBytes / dtypeBytes(dtype) : sum
  ), 0);
  return { ...counts, packedElements };
}

/** Points of a nest's axes. */
export function pointsOf(nest: Nest): number {
  return nest.axes.reduce((product, { extent }) => product * extent, 1);
}

function heaviestNest(computation: Computation): Nest {
  if (!isPipeline(computation)) return computation;
  const runs = stagesOf(computation.nodes);
  const points = runs.map(({ stage, times }) => times * pointsOf(stage.nest));
  return runs[points.indexOf(Math.max(...points))].stage.nest;
}
