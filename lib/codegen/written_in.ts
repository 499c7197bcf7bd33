import type { Node } from "./program.ts";

/** Names of the buffers that nodes write. */
export function writtenIn(nodes: readonly Node[]): Set<string> {
  const written = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind === "compute" && "ref" in node.target) written.add(node.target.ref.buffer);
    if (node.kind === "accumulate") {
      for (const { ref } of node.registers) written.add(ref.buffer);
      node.body.forEach(visit);
    }
    if (node.kind === "range") node.parts.forEach((part) => part.body.forEach(visit));
  };
  nodes.forEach(visit);
  return written;
}
