import type { Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, asValue, mul, type Operand, sub } from "../../../kernel/values.ts";

/** The indices `[from, until)` of a loop. */
export interface IndexRange {
  readonly from: Value;
  readonly until: Value;
}

/** The indices from one on, before another. */
export function rangeOf(from: Operand, until: Operand): IndexRange {
  return { from: asValue(from), until: asValue(until) };
}

/** The part of `[0, count)` that is a thread's; the parts differ by one at most. */
export function share(thread: Value, count: Operand, threads: number): IndexRange {
  const bound = (t: Value) => apply("i32.div_u", [mul(t, count), threads]);
  return { from: bound(thread), until: bound(add(thread, 1)) };
}

/** A loop over a range, from its end to its beginning if it is in reverse. */
export function forRange(
  b: KernelBuilder,
  { name, range: { from, until }, isReverse }: {
    readonly name: string;
    readonly range: IndexRange;
    readonly isReverse: boolean;
  },
  body: (index: Value) => void,
): void {
  if (isReverse) b.for(name, { from: sub(until, 1), until: sub(from, 1), step: -1 }, body);
  else b.for(name, { from, until }, body);
}

/** Whether a range is known to have so many indices. */
export function isWhole({ from, until }: IndexRange, count: number): boolean {
  return from.kind === "constant" && until.kind === "constant" &&
    Number(until.value) - Number(from.value) === count;
}
