import type { LoopPart, LoopRange, Node, Pointer, Ref } from "./program.ts";
import { loadedRefs, mapComputeRefs, mapValueRefs } from "./refs.ts";

/**
 * Gives every access a pointer that its loops move along, so that no address is computed from
 * indices: accesses that differ by a constant share a pointer, and a loop that does not move an
 * access adds none.
 */
export function assignPointers(nodes: readonly Node[]): Node[] {
  let ids = 0;
  return nodes.map((node) =>
    assign(node, { path: [], pointers: new Map(), familyOf: families([]) })
  );

  function assign(node: Node, place: Place): Node {
    const locate = (ref: Ref): Ref => ({
      ...ref,
      pointer: place.pointers.get(place.familyOf(ref)) ?? null,
    });
    switch (node.kind) {
      case "let":
        return { ...node, ref: locate(node.ref) };
      case "compute":
        return mapComputeRefs(node, locate);
      case "accumulate":
        return {
          ...node,
          registers: node.registers.map((register) => ({
            ...register,
            ref: locate(register.ref),
            added: register.added && locate(register.added),
            finish: register.finish && mapValueRefs(register.finish, locate),
          })),
          body: node.body.map((inner) => assign(inner, place)),
        };
      case "range":
        return assignRange(node, place);
      case "prefetch":
      case "barrier":
        return node;
    }
  }

  function assignRange(range: LoopRange, outer: Place): LoopRange {
    const path = [...outer.path, range.loop];
    const familyOf = families(path);
    const known = new Map(outer.pointers);
    const made: Pointer[] = [];
    for (const ref of refsWithin(range)) {
      const stride = ref.strides[range.loop];
      if (!stride) continue;
      const family = familyOf(ref);
      if (known.has(family)) continue;
      const from = outer.pointers.get(outer.familyOf(ref)) ?? null;
      made.push({ id: ids, from, buffer: ref.buffer, stride });
      known.set(family, ids++);
    }
    const parts = range.parts.map((part): LoopPart => ({
      ...part,
      body: part.body.map((node) => assign(node, { path, pointers: known, familyOf })),
    }));
    return { ...range, pointers: made, parts };
  }
}

/** Inside some loops. */
interface Place {
  readonly path: readonly string[];
  /** The pointer that walks each family. */
  readonly pointers: ReadonlyMap<string, number>;
  readonly familyOf: (ref: Ref) => string;
}

/** What names the accesses that move alike: by their buffer and their strides of the loops so far. */
function families(path: readonly string[]): Place["familyOf"] {
  const known = new Map<Ref["strides"], string>();
  return ({ buffer, strides }) => {
    let moving = known.get(strides);
    if (moving === undefined) {
      const loops = path.filter((loop) => strides[loop]);
      moving = loops.map((loop) => `${loop}:${strides[loop]}`).join(" ");
      known.set(strides, moving);
    }
    return `${buffer} ${moving}`;
  };
}

function refsWithin(range: LoopRange): Ref[] {
  const refs: Ref[] = [];
  const visit = (node: Node): void => {
    if (node.kind === "let") refs.push(node.ref);
    if (node.kind === "compute") {
      if ("ref" in node.target) refs.push(node.target.ref);
      refs.push(...loadedRefs(node.value));
    }
    if (node.kind === "accumulate") {
      for (const { ref, added, finish } of node.registers) {
        refs.push(ref, ...added ? [added] : [], ...finish ? loadedRefs(finish) : []);
      }
      node.body.forEach(visit);
    }
    if (node.kind === "range") node.parts.forEach((part) => part.body.forEach(visit));
  };
  visit(range);
  return refs;
}
