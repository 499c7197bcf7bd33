import { compile } from "../codegen/compile.ts";
import { lowerComputation } from "../codegen/lower_pipeline.ts";
import type { Node, Program } from "../codegen/program.ts";
import { allReadsOf } from "../nest/define_nest.ts";
import type { Nest } from "../nest/nest.ts";
import { type Computation, isPipeline, meaningOf, stagesOf } from "../nest/pipeline.ts";
import { stepStride } from "../schedule/strides.ts";
import { Counter } from "./counter.ts";

/** What a nest executes, counted, not timed: the same on every machine. */
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

/** What every part of a program can be counted by. */
export interface ExecutedCounts {
  /**
   * Load instructions executed; a vector counts once. One that padding may skip counts as executed;
   * copying into a pack counts too.
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
  /** Times a pointer is set or moved. */
  readonly addressUpdates: number;
  /** Arithmetic instructions of the body executed; a vector, or a fused pair, counts once. */
  readonly arithmetic: number;
  /** Elements written by packing; its loads and stores are among those above. */
  readonly packedElements: number;
}

/** The innermost loops alone: where the time goes. */
export interface InnermostCounts {
  /** Times an innermost loop decides whether to go on. */
  readonly loopTests: number;
  /** Times a pointer of an innermost loop moves. */
  readonly addressUpdates: number;
  /** Instructions in one pass through the longest innermost body: loads, arithmetic, stores. */
  readonly bodyInstructions: number;
  /**
   * Elements of each tensor between two iterations of the innermost loop, before unrolling; in a
   * pipeline, of the stage with the most to do.
   */
  readonly strides: Readonly<Record<string, number>>;
}

/**
 * Counts exactly what a run of the compiled nest or pipeline executes: multiply-accumulates, loads,
 * stores, loop tests, address arithmetic. All threads together; what is done ahead of time does not
 * count.
 *
 * @throws {ScheduleError} the schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, matmul, reorder } from "tinyloom";
 *
 * const naive = matmul({ m: 8, k: 16, n: 32 });
 * assert.equal(count(naive).macs, 8 * 16 * 32);
 * assert.equal(count(naive).innermost.strides.B, 32);
 * assert.equal(count(reorder(naive, ["i", "k", "j"])).innermost.strides.B, 1);
 * ```
 */
export function count(computation: Computation): Counts {
  const program = lowerComputation(computation);
  const counter = new Counter(program);
  const total = counter.nodes(program.body, new Map());
  const { innerTests, innerUpdates, ...counts } = total;
  const nest = heaviestNest(computation);
  const innermost = nest.loops.findLast((loop) => loop.mode !== "dot" && loop.unroll !== "full") ??
    nest.loops.at(-1)!;
  const accesses = [nest.body.target, ...allReadsOf(nest.body)];
  return {
    macs: pointsOf(meaningOf(computation)),
    ...counts,
    innermost: {
      loopTests: innerTests,
      addressUpdates: innerUpdates,
      bodyInstructions: counter.longestBody(program.body),
      strides: Object.fromEntries(
        accesses.map((access) => [access.tensor, stepStride(nest, access, innermost)]),
      ),
    },
    codeBytes: compile(computation, { relaxedDot: true }).wasm.length,
  };
}

/** Counts what part of a program executes once, its buffers given. */
export function countNodes(program: Program, nodes: readonly Node[]): ExecutedCounts {
  const { innerTests: _tests, innerUpdates: _updates, ...counts } = new Counter(program)
    .nodes(nodes, new Map());
  return counts;
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
