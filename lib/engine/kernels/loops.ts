import type { Value } from "../../codegen/kernel/kernel.ts";
import type { KernelBuilder } from "../../codegen/kernel/kernel_builder.ts";
import {
  add,
  apply,
  constant,
  max,
  min,
  mul,
  type Operand,
  sub,
} from "../../codegen/kernel/values.ts";

/** Numbers from `from` on, before `until`. */
export interface Range {
  readonly from: Value;
  readonly until: Value;
}

/** From 0 on. */
export function rangeTo(until: Operand): Range {
  return { from: constant(0), until: typeof until === "number" ? constant(until) : until };
}

/** What a thread does of `count` equal pieces of work. */
export function share(thread: Value, count: Operand, threads: number): Range {
  const bound = (t: Value) => apply("i32.div_u", [mul(t, count), threads]);
  return { from: bound(thread), until: bound(add(thread, 1)) };
}

/** A loop over a range, forward or backward. */
export function loop(
  b: KernelBuilder,
  name: string,
  { from, until, isReverse = false }: Range & { readonly isReverse?: boolean },
  body: (index: Value) => void,
): void {
  if (isReverse) b.for(name, { from: sub(until, 1), until: sub(from, 1), step: -1 }, body);
  else b.for(name, { from, until }, body);
}

/** First tap that falls on the image, of a window that begins at `begin`. */
export function tapFrom(begin: Value, dilation: Operand): Value {
  return max(0, divided(add(sub(0, begin), sub(dilation, 1)), dilation));
}

/** The tap after the last one that falls on the image. */
export function tapUntil(
  begin: Value,
  { extent, dilation, taps }: {
    readonly extent: Operand;
    readonly dilation: Operand;
    readonly taps: Operand;
  },
): Value {
  return min(taps, divided(add(sub(extent, begin), sub(dilation, 1)), dilation));
}

function divided(value: Value, by: Operand): Value {
  const isOne = by === 1 || typeof by === "object" && by.kind === "constant" && by.value === 1;
  return isOne ? value : apply("i32.div_s", [value, by]);
}
