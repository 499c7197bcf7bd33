import { createPool, type ThreadPool } from "../codegen/thread_pool.ts";
import type { AccessChecks } from "./access_checks.ts";
import { ALL_LAYERS, buildMarkedModule, buildModule } from "./build_module.ts";
import type { CompiledUnits } from "./compile_units.ts";
import type { LayerFlow } from "./flow/emit_flow.ts";
import type { LayerKernel } from "./layer.ts";
import type { ConstantPool } from "./constant_pool.ts";
import { type MemoryMap, PAGE_BYTES } from "./memory_map.ts";
import { type Refusal, refusalsOf, throwRefused } from "./refusal.ts";

/** What runs, and in which order. */
export interface EngineProgram {
  /** Of each layer. */
  readonly kernels: readonly LayerKernel[];
  /** The order of layers; null: one after the other. */
  readonly flow: LayerFlow | null;
  readonly refusals: readonly Refusal[];
}

/** What is loaded to run a plan whose kernels were compiled. */
export function programOf(
  { layers, stepKernels, units, flow }: CompiledUnits,
): EngineProgram {
  const layerAt = new Map(units.map(({ steps: [from] }, layer) => [from, layer]));
  return {
    kernels: units.map(({ kernel }) => kernel),
    flow: flow && { ...flow, layerAt: (step) => layerAt.get(step) },
    refusals: refusalsOf(stepKernels, layers),
  };
}

/** The code of a model in its memory, ready to be called. */
export interface LoadedProgram {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** The module's memory. */
  readonly bytes: Uint8Array;
  /** Runs one layer, or all with `ALL_LAYERS`, on all threads. */
  readonly call: (layer: number) => void;
  /** See `EngineRuntime`. */
  readonly compileMarked: (mark: (layer: number) => void) => () => void;
  /** Releases what the pool's threads hold, and the threads if they were started here. */
  readonly release: () => void;
}

/** Builds the module of all kernels, fills its constants, and hands it to the threads. */
export function loadProgram(
  { kernels, flow, refusals }: EngineProgram,
  { map: { spaces }, constants, checks, threads, pool: given }: {
    readonly map: MemoryMap;
    readonly constants: ConstantPool;
    /** Null: accesses are not checked. */
    readonly checks: AccessChecks | null;
    readonly threads: number;
    /** Threads started elsewhere; undefined: as many as needed are started here. */
    readonly pool: ThreadPool | undefined;
  },
): LoadedProgram {
  const memoryPages = Math.ceil((spaces.constants + constants.sizeBytes) / PAGE_BYTES);
  const shared = threads > 1;
  const options = { memoryPages, shared, checked: checks !== null, spaces, flow };
  const wasm = buildModule(kernels, options);
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages, shared });
  const bytes = new Uint8Array(memory.buffer);
  const refused = new Int32Array(memory.buffer, spaces.refusal, 1);
  constants.writeTo(bytes.subarray(spaces.constants));
  const module = new WebAssembly.Module(wasm);
  const host = { ...checks?.host };
  const runOf = (module: WebAssembly.Module, own = {}) =>
    new WebAssembly.Instance(module, { kernel: { memory }, host: { ...host, ...own } })
      .exports.run as (thread: number, threads: number, layer: number) => void;
  const runLayer = runOf(module);

  const own = shared && given === undefined ? createPool(threads) : null;
  const pool = given ?? own;
  const loaded = shared ? pool!.load(module, memory) : -1;
  let released = false;
  /** Calls `own` while the pool's other threads run a layer, or all. */
  function together(layer: number, own: () => void): void {
    if (released) throw new TypeError("The engine was released; create it again");
    if (shared) pool!.run(loaded, layer, own);
    else own();
    throwRefused(refusals, refused);
  }
  return {
    wasm,
    bytes,
    call: (layer) => together(layer, () => runLayer(0, threads, layer)),
    compileMarked: (mark) => {
      const marked = new WebAssembly.Module(buildMarkedModule(kernels, options));
      const runMarked = runOf(marked, { mark });
      return () => together(ALL_LAYERS, () => runMarked(0, threads, ALL_LAYERS));
    },
    release: () => {
      if (released) return;
      released = true;
      if (shared) pool!.unload(loaded);
      own?.[Symbol.dispose]();
    },
  };
}
