import type { LayerFlow } from "../../engine/flow/emit_flow.ts";
import type { FlowByte, FlowNode } from "../../engine/flow/flow.ts";

/** Statements that run layers in their order: branches and loops of C. */
export function flowText(
  { nodes, regionOf, layerAt }: LayerFlow,
  { callOf, weights }: {
    /** Statements that run a layer. */
    readonly callOf: (layer: number, indent: string) => string;
    /** What the array of constants is called. */
    readonly weights: string;
  },
): string {
  const byteOf = (byte: FlowByte) => {
    const { space, offsetBytes } = regionOf(byte);
    return `${space === "constants" ? weights : space}[${offsetBytes}]`;
  };
  const linesOf = (nodes: readonly FlowNode[], indent: string): readonly string[] => {
    const inner = (nodes: readonly FlowNode[]) => linesOf(nodes, `${indent}  `);
    return nodes.flatMap((node) => {
      switch (node.kind) {
        case "step": {
          const layer = layerAt(node.step);
          return layer === undefined ? [] : [callOf(layer, indent)];
        }
        case "if":
          return [
            `${indent}if (${byteOf(node.condition)}) {`,
            ...inner(node.then),
            `${indent}} else {`,
            ...inner(node.otherwise),
            `${indent}}`,
          ];
        case "while":
          return [
            `${indent}for (;;) {`,
            ...inner(node.test),
            `${indent}  if (!${byteOf(node.condition)}) break;`,
            ...inner(node.body),
            `${indent}}`,
          ];
        case "once":
          return [
            `${indent}if (!${byteOf(node.flag)}) {`,
            ...inner(node.body),
            `${indent}  ${byteOf(node.flag)} = 1;`,
            `${indent}}`,
          ];
      }
    });
  };
  return linesOf(nodes, "  ").join("\n");
}
