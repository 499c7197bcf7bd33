/**
 * Thrown when a file is not a readable model, or a model cannot be written: what is wrong and,
 * for a file, at which byte.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ModelError, readModel } from "tinyloom";
 *
 * assert.throws(() => readModel(new Uint8Array(3)), ModelError);
 * ```
 *
 * @category Models
 */
export class ModelError extends Error {
  /** Name of the class, as errors print it. */
  override readonly name: string = "ModelError";
  /** Where in the file the offending bytes lie; null when the error is not about a file. */
  readonly offsetBytes: number | null;
  /** What was found and what is needed, without the place. */
  readonly reason: string;

  /** Builds the error; the message is the reason, led by the place if there is one. */
  constructor(reason: string, options: { offsetBytes?: number; cause?: unknown } = {}) {
    const { offsetBytes, cause } = options;
    super(offsetBytes === undefined ? reason : `byte ${offsetBytes}: ${reason}`, { cause });
    this.offsetBytes = offsetBytes ?? null;
    this.reason = reason;
  }
}
