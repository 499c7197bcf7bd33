import type { Ref, Value } from "./program.ts";

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
