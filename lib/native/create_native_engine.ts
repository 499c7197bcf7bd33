import { lookedAfter } from "../host.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import { optimizationNames, scalarOptionsOf } from "../engine/ablation/tinyengine_techniques.ts";
import { assembleEngine } from "../engine/assemble_engine.ts";
import { compileUnits } from "../engine/compile_units.ts";
import { type EngineOptions, plannedModel } from "../engine/create_engine.ts";
import type { Engine } from "../engine/engine.ts";
import { flattenCalls } from "../engine/flow/flatten_calls.ts";
import { type EngineProgram, type LoadedProgram, programOf } from "../engine/load_program.ts";
import { PAGE_BYTES } from "../engine/memory_map.ts";
import { throwRefused } from "../engine/refusal.ts";
import { schedulesByStep } from "../engine/select/schedules_by_step.ts";
import type { Model } from "../model/model.ts";
import { engineText } from "./engine_text.ts";
import { findCompiler, type NativeTarget } from "./native_target.ts";
import { checkCanLoad, libraryFlags, sharedLibrary } from "./shared_library.ts";

/**
 * Options of {@link createNativeEngine}.
 *
 * @category Native code
 */
export interface NativeEngineOptions extends Pick<EngineOptions, "plan" | "schedules" | "limits"> {
  /** The compiler, as {@link findCompiler} finds it; left out: the first there is. */
  readonly target?: NativeTarget;
  /** Folder of libraries that were compiled before; left out: one in the system's folder of temporary files. */
  readonly cache?: string;
  /** Ends the compilation with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * An engine whose layers are native code. `wasm` is empty.
 *
 * @category Native code
 */
export interface NativeEngine extends Engine {
  /** The C that was compiled. */
  readonly source: string;
  /** The compiler that compiled it. */
  readonly target: NativeTarget;
  /** All options of the compiler. */
  readonly flags: readonly string[];
  /** Whether the library was there already. */
  readonly wasCached: boolean;
}

/**
 * Compiles a model by the machine's own C compiler into an engine for `run`, `profile` and `explain`: the
 * same plan and the same arena as `createEngine` has, the same results bit for bit, on one thread.
 * Kernels are those of WebAssembly, with vectors as wide as the processor's where they gain by it.
 *
 * Needs permission to run the compiler (`--allow-run=cc`), to read and write the cache, and to load
 * libraries (`--allow-ffi`). Nothing of it is loaded unless it is called.
 *
 * @throws {CompilerError} there is no compiler, or it fails, or this is not Deno.
 * @throws {EngineError} for an operator that is not supported, or not for its types.
 * @throws {ModelError} if the model is not consistent.
 * @throws {PlanError} if the plan given does not hold for the model, or an arena is larger than
 *   `limits.arenaBytes`.
 * @throws {ScheduleError} if a schedule given is not legal, or not one that its layer can be run by.
 * @throws {DOMException} named `AbortError`, if the signal ends it; nothing is left that compiles.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CompilerError, createNativeEngine, run, runReference, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-ad");
 * const input = [new Int8Array(640).fill(3)];
 * try {
 *   using engine = await createNativeEngine(model);
 *   assert.deepEqual(run(engine, input), runReference(model, input).outputs);
 * } catch (error) {
 *   if (!(error instanceof CompilerError)) throw error; // there is none on this machine
 * }
 * ```
 *
 * @category Native code
 */
export async function createNativeEngine(
  model: Model,
  options: NativeEngineOptions = {},
): Promise<NativeEngine> {
  checkOptions("createNativeEngine", options, "plan schedules limits target cache signal");
  checkArguments("createNativeEngine", { model, ...options.plan && { plan: options.plan } });
  checkCanLoad();
  const { signal, cache, schedules = {} } = options;
  const { target = await findCompiler({ signal }) } = options;
  const { compiledUnits, text: { source, parts }, program, ...about } = lookedAfter(null, () => {
    const optimizations = optimizationNames;
    const { prepared, plan } = plannedModel(model, { ...options, threads: 1, optimizations });
    const compiledUnits = compileUnits(model, plan, {
      target: "native",
      vectorBytes: target.vectorBytes,
      threads: 1,
      checked: false,
      hasRelaxedDot: target.hasDot4,
      schedules: schedulesByStep(flattenCalls(model, plan).plan, schedules),
      choices: null,
      scalar: scalarOptionsOf(optimizations),
    });
    const program = programOf(compiledUnits);
    const text = engineText(program, compiledUnits.map.spaces);
    return { prepared, plan, compiledUnits, program, text };
  }, { signal });
  const flags = libraryFlags(target, false);
  const { path, wasCached } = await sharedLibrary(source, { target, flags, cache, parts, signal });
  return assembleEngine(compiledUnits, {
    ...{ model, ...about, threads: 1, checked: false },
    loaded: loaded(path, program, compiledUnits),
    more: { source, target, flags, wasCached },
  });
}

/** Opens the library over a memory that is laid out as that of WebAssembly is. */
function loaded(
  path: string,
  { refusals }: EngineProgram,
  { map: { spaces }, constants }: Pick<ReturnType<typeof compileUnits>, "map" | "constants">,
): LoadedProgram {
  const library = Deno.dlopen(path, {
    run: { parameters: ["buffer", "i32"], result: "void" },
    run_marked: { parameters: ["buffer", "function"], result: "void" },
  });
  // It begins with a page, so that vectors in it are aligned, and is where nothing moves it.
  const initial = Math.ceil((spaces.constants + constants.sizeBytes) / PAGE_BYTES);
  const { buffer } = new WebAssembly.Memory({ initial, maximum: initial });
  const bytes = new Uint8Array(buffer);
  constants.writeTo(bytes.subarray(spaces.constants));
  const refused = new Int32Array(buffer, spaces.refusal, 1);
  const callbacks: { readonly close: () => void }[] = [];
  let isOpen = true;
  const together = (call: () => void) => {
    if (!isOpen) throw new TypeError("The engine was released; create it again");
    call();
    throwRefused(refusals, refused);
  };
  return {
    wasm: new Uint8Array(),
    bytes,
    call: (layer) => together(() => library.symbols.run(bytes, layer)),
    compileMarked: (mark) => {
      const callback = new Deno.UnsafeCallback({ parameters: ["i32"], result: "void" }, mark);
      callbacks.push(callback);
      return () => together(() => library.symbols.run_marked(bytes, callback.pointer));
    },
    release: () => {
      if (!isOpen) return;
      isOpen = false;
      library.close();
      for (const callback of callbacks) callback.close();
    },
  };
}
