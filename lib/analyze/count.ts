import { checkArguments, checkOptions } from "../check_arguments.ts";
import { lookedAfter } from "../host.ts";
import { compile } from "../codegen/compile.ts";
import { lowerComputation } from "../codegen/lower_pipeline.ts";
import type { Program } from "../codegen/program.ts";
import { walkedProgram } from "../codegen/program_kernels.ts";
import { layerCodeBytes } from "../engine/build_module.ts";
import type { Engine } from "../engine/engine.ts";
import { layerMacs } from "../engine/layer_macs.ts";
import { compiledOf, runtimeOf } from "../engine/runtime.ts";
import { layerKernel, walkedLayer } from "../engine/walked_layer.ts";
import { addCounts, type KernelCounts } from "../kernel/walk/tally.ts";
import { countKernels } from "../kernel/walk/walk_kernels.ts";
import type { ConstantArray } from "../model/constant.ts";
import { allReadsOf } from "../nest/define_nest.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { type Computation, isPipeline, meaningOf, stagesOf } from "../nest/pipeline.ts";
import { stepStride } from "../schedule/strides.ts";

/**
 * Counts exactly what a run of the compiled nest or pipeline executes: multiply-accumulates, loads,
 * stores, loop tests, address arithmetic. All threads together; what is done ahead of time does not
 * count.
 *
 * @throws {ScheduleError} the schedule is not legal.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
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
 *
 * @category Analysis
 */
export function count(computation: Computation, options?: CountOptions): Counts;
/**
 * Counts exactly what one run of a layer executes, or of all calls of a segment: loads and stores of
 * each tensor, loop tests, address arithmetic, and how often each instruction. All threads together.
 *
 * @param layer Index into `engine.layers`.
 * @throws {RangeError} if there is no such layer.
 * @throws {TypeError} for a layer that branches on floats or vectors, as one that quantizes float32
 *   does, or on the inputs where there are none.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { count, createEngine, zoo } from "tinyloom";
 *
 * using engine = createEngine(zoo("mlperf-tiny-ad"));
 * const { macs, loadedBytes, regions } = count(engine, 0);
 * assert.equal(macs, 640 * 128);
 * assert.ok(loadedBytes > 640 * 128);
 * assert.equal(regions[`t${engine.model.inputs[0]}`].stores, 0);
 * ```
 *
 * @category Analysis
 */
export function count(engine: Engine, layer: number, options?: CountLayerOptions): LayerCounts;
export function count(
  what: Computation | Engine,
  layer?: number | CountOptions,
  options?: CountLayerOptions,
): Counts | LayerCounts {
  const isComputation = options === undefined && !("wasm" in Object(what)) &&
    (layer === undefined || typeof layer === "object");
  if (isComputation) {
    checkOptions("count", layer ?? {}, "signal");
    checkArguments("count", { computation: what });
    return lookedAfter(null, () => countNest(what as Computation), layer);
  }
  checkOptions("count", options ?? {}, "inputs signal");
  checkArguments("count", { engine: what, layer });
  return lookedAfter(null, () => countLayer(what as Engine, layer as number, options), options);
}

/**
 * Options of `count` for a nest or a pipeline.
 *
 * @category Analysis
 */
export interface CountOptions {
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * What a layer of an engine executes, counted, not timed: the same on every machine of its kind.
 *
 * @category Analysis
 */
export interface LayerCounts extends KernelCounts {
  /** Multiply-accumulates; of a segment all that it does, some of them again. */
  readonly macs: number;
  /** Bytes of its functions' bodies in WebAssembly. */
  readonly codeBytes: number;
}

/**
 * What a layer's counts may depend on.
 *
 * @category Analysis
 */
export interface CountLayerOptions {
  /** Inputs of the model; without them, layers that branch on what they are given are refused. */
  readonly inputs?: readonly ConstantArray[];
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/** Counts what one run of a layer executes: see `count`. */
function countLayer(
  engine: Engine,
  layer: number,
  { inputs }: CountLayerOptions = {},
): LayerCounts {
  const kernel = layerKernel(engine, layer);
  const counts = walkedLayer(engine, layer, inputs).map(countKernels);
  const { checked, layers } = engine;
  const { spaces } = runtimeOf(engine).map;
  return {
    ...counts.reduce(addCounts),
    macs: layerMacs(compiledOf(engine), layers[layer]).macs,
    codeBytes: layerCodeBytes(kernel, { spaces, checked }),
  };
}

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
