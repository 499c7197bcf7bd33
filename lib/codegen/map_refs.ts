import type { Compute, Node, Ref, Value } from "./program.ts";

/** The same nodes with every reference replaced. */
export function mapRefs(nodes: readonly Node[], map: (ref: Ref) => Ref): Node[] {
  return nodes.map((node): Node => {
    switch (node.kind) {
      case "let":
        return { ...node, ref: map(node.ref) };
      case "compute":
        return mapComputeRefs(node, map);
      case "accumulate":
        return {
          ...node,
          registers: node.registers.map((each) => ({
            ...each,
            ref: map(each.ref),
            finish: each.finish && mapValueRefs(each.finish, map),
          })),
          body: mapRefs(node.body, map),
        };
      case "range":
        return {
          ...node,
          parts: node.parts.map((part) => ({ ...part, body: mapRefs(part.body, map) })),
        };
      case "barrier":
        return node;
    }
  });
}

/** The same update with every reference replaced. */
export function mapComputeRefs(compute: Compute, map: (ref: Ref) => Ref): Compute {
  return {
    ...compute,
    target: "ref" in compute.target ? { ref: map(compute.target.ref) } : compute.target,
    value: mapValueRefs(compute.value, map),
  };
}

/** The same value with every reference replaced. */
export function mapValueRefs(value: Value, map: (ref: Ref) => Ref): Value {
  const inner = (each: Value) => mapValueRefs(each, map);
  switch (value.kind) {
    case "load":
      return { ...value, ref: map(value.ref) };
    case "binary":
      return { ...value, left: inner(value.left), right: inner(value.right) };
    case "pair":
      return { ...value, first: inner(value.first), second: inner(value.second) };
    case "requantize":
      return {
        ...value,
        value: inner(value.value),
        multiplier: inner(value.multiplier),
        shift: inner(value.shift),
      };
    default:
      return value;
  }
}
