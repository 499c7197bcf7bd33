import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { Region } from "../kernel/kernel.ts";
import { KernelBuilder, start } from "../kernel/kernel_builder.ts";
import { apply } from "../kernel/values.ts";
import type { NestDtype } from "../nest/dtype.ts";
import { type Computation, isPipeline, stagesOf } from "../nest/pipeline.ts";
import { dotGroup, unsignedFactors } from "../schedule/dot_group.ts";
import { ScheduleError } from "../schedule/loops.ts";
import { lowerComputation } from "./lower_pipeline.ts";
import { checkSharing, kernelsOf, layOut } from "./program_kernels.ts";
import { encodeKernels } from "./wasm/encode_module.ts";

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
      readonly dtype: NestDtype;
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
  checkOptions("compile", options, "fma relaxedDot threads");
  checkArguments("compile", { computation });
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
  const nest = nests.find((each) => dotGroup(each) === 4 && unsignedFactors(each) > 0);
  if (!nest) return;
  const { name } = nest.loops.find((loop) => loop.mode === "dot")!;
  throw new ScheduleError(
    `Cannot compile ${nest.name}: it multiplies fours along "${name}" by an instruction that not ` +
      `every machine computes exactly; where hasExactRelaxedDot() is true, pass { relaxedDot: true }`,
  );
}

/**
 * Whether `i32x4.relaxed_dot_i8x16_i7x16_add_s` multiplies int8 by uint8 exactly on this machine, as
 * x86's VPDPBUSD does. The relaxed SIMD specification leaves open whether the second operand is
 * signed once it leaves 0 to 127, and whether pairs of products saturate in 16 bits, so the machine
 * is asked: with the extremes, where the readings differ.
 *
 * @example
 * ```ts
 * import { hasExactRelaxedDot } from "tinyloom";
 *
 * const relaxedDot = hasExactRelaxedDot(); // what compile(nest, { relaxedDot }) takes
 * ```
 *
 * @category Code generation
 */
export function hasExactRelaxedDot(): boolean {
  isExact ??= probeRelaxedDot();
  return isExact;
}

// The machine stays the same.
let isExact: boolean | undefined;

function probeRelaxedDot(): boolean {
  const region: Region = {
    name: "operands",
    space: "memory",
    offsetBytes: 0,
    sizeBytes: 48,
    check: null,
  };
  const b = new KernelBuilder();
  const at = (offsetBytes: number) => ({ region, address: start(region), offsetBytes });
  const [x, y, z] = [0, 16, 32].map((offset) => b.load("v128.load", at(offset)));
  b.store("v128.store", at(32), apply("i32x4.relaxed_dot_i8x16_i7x16_add_s", [x, y, z]));
  const wasm = encodeKernels([b.finish("probe")], { memoryPages: 1 });
  if (!WebAssembly.validate(wasm)) return false;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    kernel: { memory },
  });
  new Int8Array(memory.buffer, 0, 16).set(SIGNED);
  new Uint8Array(memory.buffer, 16, 16).set(UNSIGNED);
  (exports.probe as () => void)();
  return new Int32Array(memory.buffer, 32, 4).every((sum, lane) => sum === expected(lane));
}

const SIGNED = [127, 127, 127, 127, -128, -128, -128, -128, 127, -128, 1, -1, -127, 127, 2, 3];
const UNSIGNED = [255, 255, 255, 255, 255, 255, 255, 255, 255, 128, 200, 129, 255, 254, 0, 128];

function expected(lane: number): number {
  let sum = 0;
  for (let i = lane * 4; i < lane * 4 + 4; i++) sum += SIGNED[i] * UNSIGNED[i];
  return sum;
}

/**
 * The WebAssembly text of a compiled nest or pipeline.
 *
 * @throws {ScheduleError} the schedule is not legal.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, reorder, vectorize, wat } from "tinyloom";
 *
 * const nest = vectorize(reorder(matmul({ m: 4, k: 4, n: 4 }), ["i", "k", "j"]), "j");
 * assert.match(await wat(nest), /f32x4\.mul/);
 * ```
 *
 * @category Code generation
 */
export async function wat(
  computation: Computation,
  options: CompileOptions = {},
): Promise<string> {
  checkOptions("wat", options, "fma relaxedDot threads");
  checkArguments("wat", { computation });
  return await disassemble(compile(computation, options).wasm);
}

/** The text form of a WebAssembly module; checks the module on the way. */
export async function disassemble(wasm: Uint8Array): Promise<string> {
  const { default: startWabt } = await import("../npm/wabt.ts");
  const wabt = await startWabt();
  const features = { threads: true, simd: true, relaxed_simd: true };
  const module = wabt.readWasm(wasm, { ...features, readDebugNames: false });
  try {
    // Its types leave out the features, without which shared memories are refused.
    (module.validate as (options: typeof features) => void).call(module, features);
    module.applyNames();
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}
