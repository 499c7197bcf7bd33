import type { Model } from "../model/model.ts";
import type { Step } from "../nest/nest.ts";
import type { Plan } from "../plan/plan.ts";
import type { Extent } from "../plan/segment.ts";

/**
 * A model as a program: made by `createEngine`, run by `run`.
 *
 * @category Engine
 */
export interface Engine {
  /** What was compiled. */
  readonly model: Model;
  /** Where its tensors lie. */
  readonly plan: Plan;
  /** Threads that work on it. */
  readonly threads: number;
  /** Whether every access to the arena is checked. */
  readonly checked: boolean;
  /**
   * Steps and segments of the plan in order, and the kernel of each. Steps of subgraphs stand where
   * they run, between copies of what they are given and give.
   */
  readonly layers: readonly EngineLayer[];
  /** What it takes of memory. */
  readonly memory: EngineMemory;
  /** The WebAssembly module. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Releases what the pool's threads hold, and the threads if the engine started them. */
  readonly [Symbol.dispose]: () => void;
}

/**
 * One step of the plan, compiled, or all steps of one of its segments.
 *
 * @category Engine
 */
export interface EngineLayer {
  /** Index of the operator in the model, those of subgraphs counted on; of a segment its first one. */
  readonly operator: number;
  /** TFLite's name of it; `SEGMENT`. */
  readonly name: string;
  /** Steps of the plan; where operators run subgraphs, in the order in which everything stands. */
  readonly steps: Extent;
  /** The segment that it is, as an index into `plan.segments`; null: a single step. */
  readonly segment: number | null;
  /** Which kernel was chosen. */
  readonly kernel: string;
  /** The steps that its code is made from: they replay on its nest; none where it has no nest. */
  readonly schedule: readonly Step[];
  /** What else is to be said of how it runs. */
  readonly remarks: readonly string[];
  /** Whether threads share its work. */
  readonly isParallel: boolean;
}

/**
 * Bytes of an engine's memory by what they are for.
 *
 * @category Engine
 */
export interface EngineMemory {
  /** The arena: `plan.peakBytes`. */
  readonly arenaBytes: number;
  /** Packed weights and tables. */
  readonly constantBytes: number;
  /** State that lives from run to run. */
  readonly stateBytes: number;
  /** Inputs outside of the arena. */
  readonly externalBytes: number;
  /** Sums and columns of kernels with fewer optimizations than all; 0 with all of them. */
  readonly workspaceBytes: number;
}
