import type { ConstantArray } from "../../model/constant.ts";
import type { OperatorAttributes, OperatorName } from "../../model/operator.ts";
import type { Tensor } from "../../model/tensor.ts";

/**
 * Elements as numbers. 64-bit integers are bigints at run time: operators that only move elements
 * take them as they are, arithmetic goes through `Number`.
 */
export type NumberArray = Exclude<ConstantArray, BigInt64Array | BigUint64Array>;

/**
 * Reads every input, fills every output; arrays come in the operator's order. "end": what comes behind
 * it does not run.
 *
 * @throws {EngineError} for elements that the operator is not defined for.
 */
export type ReferenceKernel = (
  inputs: readonly NumberArray[],
  outputs: readonly NumberArray[],
  scope?: KernelScope,
) => void | "end";

/** What an operator reaches beside its tensors; left out for those that reach nothing. */
export interface KernelScope {
  /** The variable behind its handle, or its flag; nothing of operators that have none. */
  readonly state: NumberArray;
  /** What the operator keeps from run to run beside its tensors, if it keeps anything. */
  readonly kept: Uint8Array;
  /** Runs a subgraph: what it is given, and what it gives. */
  readonly run: (subgraph: number, inputs: readonly NumberArray[]) => readonly NumberArray[];
}

/** The scope of an operator by itself, which has nothing of it. */
export const noScope: KernelScope = {
  state: new Int8Array(0),
  kept: new Uint8Array(0),
  run: () => [],
};

/** What is known of an operator before it runs. */
export interface Operation<Name extends OperatorName> {
  readonly attributes: OperatorAttributes[Name];
  /** Undefined in place of an input that is left out: read optional ones with `at`. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/**
 * One operator: checks that types and quantization are ones it is defined for, works out the
 * constants of its arithmetic, and returns the loop.
 *
 * @throws {EngineError} if they are not.
 * @throws {RangeError} if a factor of its arithmetic is out of range.
 */
export type Prepare<Name extends OperatorName> = (operation: Operation<Name>) => ReferenceKernel;
