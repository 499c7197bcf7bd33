import type { Ref, Value, Width } from "./program.ts";

/** Every element that a value loads, in order. */
export function loadedRefs(value: Value): Ref[] {
  if (value.kind === "load") return [value.ref];
  if (value.kind === "pair") return [...loadedRefs(value.first), ...loadedRefs(value.second)];
  if (value.kind === "requantize") {
    return [value.value, value.multiplier, value.shift].flatMap(loadedRefs);
  }
  if (value.kind !== "binary") return [];
  return [...loadedRefs(value.left), ...loadedRefs(value.right)];
}

/** Elements of each lane that are loaded from memory: of a packed group all, filled up as they are. */
export function groupElements(ref: Ref, { group, members }: Width): number {
  if (ref.member === 0) return 1;
  return ref.lane === 0 ? members : group;
}
