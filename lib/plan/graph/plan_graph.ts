import type { Model } from "../../model/model.ts";
import type { RemovedOperator } from "../plan.ts";
import type { ImagePadding } from "../sliding_window.ts";

/** Tensors that are the same bytes: one, or one and its views. */
export interface GraphValue {
  readonly tensors: readonly number[];
  readonly name: string;
  readonly sizeBytes: number;
  /** Largest element type among the tensors. */
  readonly elementBytes: number;
  readonly isInput: boolean;
  readonly isOutput: boolean;
}

/** PAD operators that an operator does itself. */
export interface FoldedPad {
  readonly padding: ImagePadding;
  /** What PAD reads. */
  readonly input: number;
}

/** An operator that runs, and the values it touches. */
export interface GraphStep {
  readonly operator: number;
  /** Tensors, folded PADs seen through. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly folded: FoldedPad | null;
  /** Distinct values read, constants and state left out. */
  readonly reads: readonly number[];
  /** Distinct values written. */
  readonly writes: readonly number[];
}

/** What is left to plan of a model. */
export interface PlanGraph {
  readonly model: Model;
  readonly values: readonly GraphValue[];
  /** The value of each tensor; -1 for constants, state, external inputs and what is gone. */
  readonly valueOf: readonly number[];
  readonly steps: readonly GraphStep[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly external: readonly number[];
  readonly removed: readonly RemovedOperator[];
}

/** An operator to do without; `from` of tensor `to` when they become one value. */
export interface Removal {
  readonly operator: number;
  readonly alias: { readonly from: number; readonly to: number } | null;
  readonly reason: string;
}
