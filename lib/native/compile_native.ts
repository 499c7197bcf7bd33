import { checkArguments, checkOptions } from "../check_arguments.ts";
import { clearOutputs } from "../codegen/execute.ts";
import { type TensorData, viewOf } from "../nest/dtype.ts";
import type { Computation } from "../nest/pipeline.ts";
import { isPipeline } from "../nest/pipeline.ts";
import { findCompiler, type NativeTarget } from "./native_target.ts";
import { type NativeText, nativeText } from "./native_text.ts";
import { checkCanLoad, libraryFlags, sharedLibrary } from "./shared_library.ts";

/**
 * How {@link compileNative} compiles.
 *
 * @category Native code
 */
export interface NativeOptions {
  /** The compiler, as {@link findCompiler} finds it; left out: the first there is. */
  readonly target?: NativeTarget;
  /** Fuse multiplication and addition: one rounding instead of two. Default false. */
  readonly fma?: boolean;
  /** Threads that a parallel loop is spread over; default 1. Without a parallel loop it is 1. */
  readonly threads?: number;
  /** Folder of libraries that were compiled before; left out: one in the system's folder of temporary files. */
  readonly cache?: string;
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * A computation as native code in this process, with its memory. Dispose of it to unload the library.
 *
 * @category Native code
 */
export interface NativeKernel {
  /** The nest or pipeline that it was compiled from. */
  readonly computation: Computation;
  /** The C that was compiled. */
  readonly source: string;
  /** The compiler that compiled it. */
  readonly target: NativeTarget;
  /** All options of the compiler. */
  readonly flags: readonly string[];
  /** Threads that a parallel loop is spread over; 1 without one. */
  readonly threads: number;
  /** Whether multiplication and addition are fused. */
  readonly fma: boolean;
  /**
   * What its vectors are, or what multiplies its int8 where that are matrix tiles: `AMX`, for which the
   * system must have given leave too.
   */
  readonly instructionSet: string;
  /** Whether the library was there already. */
  readonly wasCached: boolean;
  /** Where its memory lies. */
  readonly memory: NativeMemory;
  /** Views of the tensors: write the inputs, read the outputs. */
  readonly tensors: Readonly<Record<string, TensorData>>;
  /** Does what depends on weights alone, once they are filled in; nothing for a nest. */
  readonly prepare: () => void;
  /** Runs the whole nest or pipeline once: a nest updates its output and does not clear it. */
  readonly run: () => void;
  /** Unloads the library; nothing runs after that. */
  readonly [Symbol.dispose]: () => void;
}

/**
 * Memory of native code: part of what was measured.
 *
 * @category Native code
 */
export interface NativeMemory {
  /** Bytes of all tensors and copies together. */
  readonly sizeBytes: number;
  /** What the address of the first tensor is a multiple of, the others of 64. */
  readonly alignmentBytes: number;
  /**
   * Whether the system took the advice to lay it on large pages (Linux, from 2 MiB on); it is as right
   * without.
   */
  readonly hugePages: boolean;
}

/**
 * Compiles a scheduled nest, or a pipeline, by the machine's own C compiler, and loads it into this
 * process over memory that JavaScript sees: the very nest and steps that run as WebAssembly elsewhere,
 * with vectors as wide as `vectorize` asked for. Without `fma` it computes the same bits as
 * {@link execute} does.
 *
 * Where the processor has matrix tiles for int8 (AMX) and Linux gives the process leave to use them, blocks
 * of sums lie on them that are held in registers along fours of int8 alone, A by rows of neighbours and B in
 * fours, as {@link nativeMatmul} lays them out with `tiles`; elsewhere the same library takes vectors.
 *
 * Needs permission to run the compiler (`--allow-run=cc`), to read and write the cache, and to load
 * libraries (`--allow-ffi`). Nothing of it is loaded unless it is called.
 *
 * @throws {CompilerError} there is no compiler, or it fails, or this is not Deno.
 * @throws {ScheduleError} the schedule is not legal.
 * @throws {RangeError} `threads` is not an integer from 1 to 64.
 * @throws {DOMException} named `AbortError`, if the signal ends it; nothing is left that compiles.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CompilerError, compileNative, matmul, reorder, vectorize } from "tinyloom";
 *
 * const nest = vectorize(reorder(matmul({ m: 1, k: 2, n: 8 }), ["i", "k", "j"]), "j", { lanes: 8 });
 * try {
 *   using kernel = await compileNative(nest);
 *   kernel.tensors.A.set([2, 3]);
 *   kernel.tensors.B.fill(10);
 *   kernel.run();
 *   assert.equal(kernel.tensors.C[0], 50);
 * } catch (error) {
 *   if (!(error instanceof CompilerError)) throw error; // there is none on this machine
 * }
 * ```
 *
 * @category Native code
 */
export async function compileNative(
  computation: Computation,
  options: NativeOptions = {},
): Promise<NativeKernel> {
  checkOptions("compileNative", options, "target fma threads cache signal");
  checkArguments("compileNative", { computation });
  checkCanLoad();
  const { signal, fma = false, threads: asked = 1 } = options;
  const { target = await findCompiler({ signal }) } = options;
  if (!Number.isInteger(asked) || asked < 1 || asked > 64) {
    throw new RangeError(`threads must be an integer from 1 to 64, found ${asked}`);
  }
  const isParallel = !isPipeline(computation) &&
    computation.loops.some((loop) => loop.mode === "parallel");
  const threads = isParallel ? asked : 1;
  const text = nativeText(computation, threads);
  const flags = libraryFlags(target, fma);
  const { path, wasCached } = await sharedLibrary(text.source, {
    target,
    flags,
    cache: options.cache,
    signal,
  });
  return loaded(path, { computation, text, target, flags, threads, fma, wasCached });
}

type Loaded =
  & Pick<NativeKernel, "computation" | "target" | "flags" | "threads" | "fma" | "wasCached">
  & { readonly text: NativeText };

const PAGE_BYTES = 2 ** 21;
const LINE_BYTES = 64;

/** Opens the library and lays out its memory, on pages of its own where it is large. */
function loaded(path: string, { text, ...about }: Loaded): NativeKernel {
  const library = Deno.dlopen(path, {
    prepare: { parameters: ["buffer"], result: "void" },
    run: { parameters: ["buffer"], result: "i32" },
    enter: { parameters: [], result: "void" },
    leave: { parameters: [], result: "void" },
    tiles: { parameters: [], result: "i32" },
    huge: { parameters: ["pointer", "usize"], result: "i32" },
  });
  const starts: number[] = [];
  let end = 0;
  for (const { sizeBytes } of text.memory) {
    starts.push(end);
    end += Math.ceil(sizeBytes / LINE_BYTES + 1) * LINE_BYTES;
  }
  const unit = end >= PAGE_BYTES ? PAGE_BYTES : LINE_BYTES;
  const memory = new ArrayBuffer(end + unit);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
  const first = (unit - Number(BigInt(address) % BigInt(unit))) % unit;
  let hugePages = false;
  if (unit === PAGE_BYTES) {
    const start = Deno.UnsafePointer.create(BigInt(address) + BigInt(first));
    const whole = BigInt(Math.floor(end / PAGE_BYTES) * PAGE_BYTES);
    hugePages = library.symbols.huge(start, whole) === 1;
  }
  const pointers = BigUint64Array.from(
    starts,
    (start) => BigInt(address) + BigInt(first + start),
  );
  const tensors: Record<string, TensorData> = {};
  text.memory.forEach(({ buffer: { name, dtype, elements, role } }, i) => {
    if (role !== "input" && role !== "output") return;
    tensors[name] = viewOf(dtype, memory, { offsetBytes: first + starts[i], length: elements });
  });
  let isOpen = true;
  const check = () => {
    // The library writes to the memory as long as there is something to call: so it is kept here.
    if (!isOpen || memory.byteLength === 0) {
      throw new TypeError("The kernel was disposed of; compile it again");
    }
  };
  clearOutputs(about.computation, tensors);
  library.symbols.enter();
  return {
    ...about,
    source: text.source,
    instructionSet: library.symbols.tiles() === 1 ? "AMX" : about.target.instructionSet,
    memory: { sizeBytes: end, alignmentBytes: unit, hugePages },
    tensors,
    prepare: () => {
      check();
      library.symbols.prepare(pointers);
    },
    run: () => {
      check();
      const missing = library.symbols.run(pointers);
      if (missing > 0) throw new Error(`${missing} of ${about.threads} threads cannot be started`);
    },
    [Symbol.dispose]: () => {
      if (!isOpen) return;
      isOpen = false;
      library.symbols.leave();
      library.close();
    },
  };
}
