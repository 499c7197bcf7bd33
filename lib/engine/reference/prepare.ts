import type { ConstantArray } from "../../model/constant.ts";
import type { OperatorAttributes, OperatorName } from "../../model/operator.ts";
import type { Tensor } from "../../model/tensor.ts";

/**
 * Elements as numbers. 64-bit integers are bigints at run time: operators that only move elements
 * take them as they are, arithmetic goes through `Number`.
 */
export type NumberArray = Exclude<ConstantArray, BigInt64Array | BigUint64Array>;

/**
 * Reads every input, fills every output; arrays come in the operator's order. `kept` is what the
 * operator keeps from run to run beside its tensors, if it keeps anything. "end": what comes behind
 * it does not run.
 *
 * @throws {EngineError} for elements that the operator is not defined for.
 */
export type Kernel = (
  inputs: readonly NumberArray[],
  outputs: readonly NumberArray[],
  kept?: Uint8Array,
) => void | "end";

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
export type Prepare<Name extends OperatorName> = (operation: Operation<Name>) => Kernel;
