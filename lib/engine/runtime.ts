import { checkArguments } from "../check_arguments.ts";
import type { AccessChecks } from "./access_checks.ts";
import type { Engine } from "./engine.ts";
import type { Layer, LayerKernel } from "./layer.ts";
import type { MemoryMap } from "./memory_map.ts";
import type { InputPort, OutputPort } from "./ports.ts";

/** What runs: the part of an engine that only this library touches. */
export interface EngineRuntime {
  /** The module's memory. */
  readonly bytes: Uint8Array;
  readonly map: MemoryMap;
  /** In the order of the graph's inputs. */
  readonly inputs: readonly InputPort[];
  /** In the order of the graph's outputs. */
  readonly outputs: readonly OutputPort[];
  /** What the kernels were made from; null for segments, which are made from several. */
  readonly layers: readonly (Layer | null)[];
  readonly kernels: readonly LayerKernel[];
  readonly checks: AccessChecks | null;
  /** Runs one layer, or all with `ALL_LAYERS`, on all threads. */
  readonly call: (layer: number) => void;
  /**
   * Compiles what runs all layers and calls `mark` with -2 and -1 at first and with the number of each
   * layer after it, as often as it runs, on the calling thread.
   */
  readonly compileMarked: (mark: (layer: number) => void) => () => void;
  /** The engine with the model and the plan that its layers speak of: subgraphs stand in their places. */
  readonly compiled: Engine;
}

const runtimes = new WeakMap<Engine, EngineRuntime>();

/** Gives an engine what it runs by. */
export function setRuntime(engine: Engine, runtime: EngineRuntime): void {
  runtimes.set(engine, runtime);
}

/** The engine with the model and the plan that its layers speak of. */
export function compiledOf(engine: Engine): Engine {
  return runtimeOf(engine).compiled;
}

/**
 * What an engine runs by.
 *
 * @throws {TypeError} for an object that `createEngine` did not make.
 */
export function runtimeOf(engine: Engine): EngineRuntime {
  const runtime = runtimes.get(engine);
  if (runtime === undefined) {
    checkArguments("run", { engine });
    throw new TypeError("found an object that createEngine did not make, needed an engine");
  }
  return runtime;
}
