/**
 * Thrown before anything runs when a model holds something that cannot be executed: an unknown
 * operator, element types or quantization that no kernel takes. Thrown by a run for inputs that an
 * operator is not defined for: a division of integers by 0.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { EngineError } from "tinyloom";
 *
 * const error = new EngineError("no kernel", { operator: 3, opName: "WHILE" });
 * assert.equal(error.message, "operator 3 WHILE: no kernel");
 * ```
 *
 * @category Engine
 */
export class EngineError extends Error {
  /** Name of the class, as errors print it. */
  override readonly name: string = "EngineError";
  /** Index of the operator; null when it is not about one. */
  readonly operator: number | null;
  /** TFLite's name of the operator; null when it is not about one. */
  readonly opName: string | null;
  /** What was found and what is needed, without the place. */
  readonly reason: string;

  /** Builds the error; the message is the reason, led by the operator if there is one. */
  constructor(
    reason: string,
    options: { operator?: number; opName?: string; cause?: unknown } = {},
  ) {
    const { operator, opName, cause } = options;
    super(operator === undefined ? reason : `operator ${operator} ${opName}: ${reason}`, { cause });
    this.operator = operator ?? null;
    this.opName = opName ?? null;
    this.reason = reason;
  }
}
