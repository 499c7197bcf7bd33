import type { Item, Register } from "./ir.ts";

/** The registers whose values are still read behind each item. */
export function livenessOf(items: readonly Item[]): readonly ReadonlySet<Register>[] {
  const places = new Map(items.flatMap((item, i) => item.kind === "label" ? [[item.name, i]] : []));
  const before = items.map(() => new Set<Register>());
  const after = items.map(() => new Set<Register>());
  let changes = true;
  while (changes) {
    changes = false;
    for (let i = items.length - 1; i >= 0; i--) {
      const item = items[i];
      const next = item.kind === "code" && item.isEnd ? null : i + 1;
      const jump = item.kind === "code" && item.jumpsTo !== undefined
        ? places.get(item.jumpsTo)!
        : null;
      for (const successor of [next, jump]) {
        if (successor === null || successor >= items.length) continue;
        for (const each of before[successor]) after[i].add(each);
      }
      const live = new Set(after[i]);
      if (item.kind === "code") {
        item.defs.forEach((each) => live.delete(each));
        item.uses.forEach((each) => live.add(each));
      }
      if (live.size !== before[i].size) {
        before[i] = live;
        changes = true;
      }
    }
  }
  return after;
}
