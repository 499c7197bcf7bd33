import { mapComputeRefs, mapValueRefs } from "./map_refs.ts";
import { loadedRefs } from "./loaded_refs.ts";
import type { Node, Part, Pointer, Range, Ref } from "./program.ts";

/**
 * Gives every access a pointer that its loops move along, so that no address is computed from
 * indices: accesses that differ by a constant share a pointer, and a loop that does not move an
 * access adds none.
 */
export function assignPointers(nodes: readonly Node[]): Node[] {
  let ids = 0;
  return nodes.map((node) => assign(node, [], new Map()));

  // `pointers` maps "buffer and the strides of the loops so far" to the pointer that walks them.
  function assign(
    node: Node,
    path: readonly string[],
    pointers: ReadonlyMap<string, number>,
  ): Node {
    const locate = (ref: Ref): Ref => ({
      ...ref,
      pointer: pointers.get(familyOf(ref.buffer, ref.strides, path)) ?? null,
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
            finish: register.finish && mapValueRefs(register.finish, locate),
          })),
          body: node.body.map((inner) => assign(inner, path, pointers)),
        };
      case "range":
        return assignRange(node, path, pointers);
      case "barrier":
        return node;
    }
  }

  function assignRange(
    range: Range,
    path: readonly string[],
    pointers: ReadonlyMap<string, number>,
  ): Range {
    const inner = [...path, range.loop];
    const known = new Map(pointers);
    const made: Pointer[] = [];
    for (const ref of refsWithin(range)) {
      const stride = ref.strides[range.loop];
      if (!stride) continue;
      const family = familyOf(ref.buffer, ref.strides, inner);
      if (known.has(family)) continue;
      const from = pointers.get(familyOf(ref.buffer, ref.strides, path)) ?? null;
      made.push({ id: ids, from, buffer: ref.buffer, stride });
      known.set(family, ids++);
    }
    const parts = range.parts.map((part): Part => (
      { ...part, body: part.body.map((node) => assign(node, inner, known)) }
    ));
    return { ...range, pointers: made, parts };
  }
}

function familyOf(
  buffer: string,
  strides: Readonly<Record<string, number>>,
  path: readonly string[],
): string {
  const moving = path.filter((loop) => strides[loop]).map((loop) => `${loop}:${strides[loop]}`);
  return [buffer, ...moving].join(" ");
}

function refsWithin(range: Range): Ref[] {
  const refs: Ref[] = [];
  const visit = (node: Node): void => {
    if (node.kind === "let") refs.push(node.ref);
    if (node.kind === "compute") {
      if ("ref" in node.target) refs.push(node.target.ref);
      refs.push(...loadedRefs(node.value));
    }
    if (node.kind === "accumulate") {
      for (const { ref, finish } of node.registers) {
        refs.push(ref, ...finish ? loadedRefs(finish) : []);
      }
      node.body.forEach(visit);
    }
    if (node.kind === "range") node.parts.forEach((part) => part.body.forEach(visit));
  };
  visit(range);
  return refs;
}
