import type { ConstantArray, Model } from "tinyloom";

/** A library that runs models, as the benchmarks see it. */
export interface Peer {
  /** As tables print it. */
  readonly name: string;
  /** Threads that it runs a model with. */
  readonly threads: number;
  /**
   * Loads a model: as a TFLite file if the library reads such files, else layer by layer in its own
   * operators. Rejects if the library does not take it.
   */
  load(model: Model): Promise<LoadedModel>;
}

/** A model in a library, ready to run. */
export interface LoadedModel {
  /** Copies the inputs into the library; they stay there for all runs. */
  setInputs(inputs: readonly ConstantArray[]): void;
  /** Runs once. */
  run(): void | Promise<void>;
  /** The outputs of the last run, valid until the next. */
  outputs(): readonly ConstantArray[];
  /** Frees what the library holds. */
  dispose(): void | Promise<void>;
}
