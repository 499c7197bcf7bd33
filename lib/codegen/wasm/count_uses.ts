import type { Value } from "../../kernel/kernel.ts";

/** How often each operation within a value occurs in it: it may be an operand of several others. */
export function countUses(value: Value): ReadonlyMap<Value, number> {
  const counts = new Map<Value, number>();
  const count = (each: Value): void => {
    if (each.kind !== "op") return;
    counts.set(each, (counts.get(each) ?? 0) + 1);
    if (counts.get(each) === 1) each.args.forEach(count);
  };
  count(value);
  return counts;
}
