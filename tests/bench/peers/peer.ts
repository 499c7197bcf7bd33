import type { ConstantArray, Model } from "tinyloom";

/** A library that runs models, as the benchmarks see it. */
export interface Peer {
  /** As tables print it. */
  readonly name: string;
  /** Threads that it runs a model with. */
  readonly threads: number;
  /**
   * Loads a model; rejects if the library does not take it. What is written to it is the same model:
   * a TFLite file for those that read one, else the same layers in the library's own operators.
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
