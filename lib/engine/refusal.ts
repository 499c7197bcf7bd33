import type { Region } from "../kernel/kernel.ts";
import { type KernelBuilder, start } from "../kernel/kernel_builder.ts";
import { constant } from "../kernel/values.ts";
import { EngineError } from "./engine_error.ts";
import type { Layer, LayerKernel } from "./layer.ts";

/** Where code says that an operator refuses what it was given. Threads cannot throw one by one. */
const WORD: Region = {
  name: "refusal",
  space: "refusal",
  offsetBytes: 0,
  sizeBytes: 4,
  check: null,
};

/** Code that refuses: the run goes on, but its outputs mean nothing. */
export function refuse(b: KernelBuilder, { step }: Layer): void {
  b.store("i32.store", { region: WORD, address: start(WORD) }, constant(step.operator + 1));
}

/** An operator whose kernel may refuse, and what is to be said then. */
export interface Refusal {
  readonly operator: number;
  readonly opName: string;
  readonly refusal: NonNullable<LayerKernel["refusal"]>;
}

/** What the kernels of some layers refuse. */
export function refusalsOf(
  kernels: readonly LayerKernel[],
  layers: readonly Layer[],
): readonly Refusal[] {
  return kernels.flatMap(({ refusal }, i) => {
    const { operator, name } = layers[i].step;
    return refusal === undefined ? [] : [{ operator, opName: name, refusal }];
  });
}

/**
 * Throws what a run has refused, and forgets it; `word` is what its code wrote.
 *
 * @throws {EngineError} for indices and axes out of range.
 * @throws {RangeError} for values that the operator is not defined for.
 */
export function throwRefused(refusals: readonly Refusal[], word: Int32Array): void {
  const operator = word[0] - 1;
  if (operator === -1) return;
  word[0] = 0;
  const { opName, refusal: { reason, error } } = refusals.find((each) => (
    each.operator === operator
  ))!;
  if (error === "EngineError") throw new EngineError(reason, { operator, opName });
  throw new RangeError(reason);
}
