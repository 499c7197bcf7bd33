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
          registers: node.registers.map((each) => ({ ...each, ref: map(each.ref) })),
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
  const mapValue = (value: Value): Value =>
    value.kind === "load"
      ? { ...value, ref: map(value.ref) }
      : value.kind === "binary"
      ? { ...value, left: mapValue(value.left), right: mapValue(value.right) }
      : value.kind === "pair"
      ? { ...value, first: mapValue(value.first), second: mapValue(value.second) }
      : value;
  return {
    ...compute,
    target: "ref" in compute.target ? { ref: map(compute.target.ref) } : compute.target,
    value: mapValue(compute.value),
  };
}
