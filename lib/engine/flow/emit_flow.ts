import type { Value } from "../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../kernel/kernel_builder.ts";
import { apply, asValue } from "../../kernel/values.ts";
import type { FlowByte, FlowNode } from "./flow.ts";
import type { UnitFlow } from "./unit_flow.ts";

/** The order of an engine's layers. */
export interface LayerFlow extends UnitFlow {
  /** The layer that begins with a step; undefined: the step is a later one of a segment. */
  readonly layerAt: (step: number) => number | undefined;
}

/** What is done at a node. */
export interface FlowActions {
  /** Runs a layer, and tells whether the run goes on behind it; null: it does. */
  readonly run: (layer: number) => Value | null;
  /** Threads wait for each other. */
  readonly meet: () => void;
  /** What the first thread does alone. */
  readonly alone: (action: () => void) => void;
}

/**
 * Code that runs layers in their order. Every thread reads a byte that decides before any of them goes
 * on to what might write over it.
 */
export function emitFlow(
  b: KernelBuilder,
  { nodes, regionOf, layerAt }: LayerFlow,
  actions: FlowActions,
): void {
  const { run, meet, alone } = actions;
  const read = (byte: FlowByte): Value => {
    const region = regionOf(byte);
    const value = b.let("decides", b.load("i32.load8_u", { region, address: start(region) }));
    meet();
    return value;
  };
  const inner = (nodes: readonly FlowNode[]) => emitFlow(b, { nodes, regionOf, layerAt }, actions);
  for (const [i, node] of nodes.entries()) {
    switch (node.kind) {
      case "step": {
        const layer = layerAt(node.step);
        if (layer === undefined) break;
        const goesOn = run(layer);
        if (goesOn === null) break;
        return b.if(goesOn, () => inner(nodes.slice(i + 1)));
      }
      case "if":
        b.if(read(node.condition), () => inner(node.then), () => inner(node.otherwise));
        break;
      case "once":
        b.if(apply("i32.eqz", [read(node.flag)]), () => {
          inner(node.body);
          const region = regionOf(node.flag);
          alone(() => b.store("i32.store8", { region, address: start(region) }, asValue(1)));
          meet();
        });
        break;
      case "while": {
        // A loop from 0 while below 1: 1 is added after each turn, so a turn that leaves -1 has one after it.
        const turn = b.let("turn", 0);
        b.goOn(turn, { until: 1, atLeastOnce: true }, () => {
          inner(node.test);
          b.if(read(node.condition), () => {
            inner(node.body);
            b.set(turn, -1);
          });
        });
        break;
      }
    }
  }
}
