import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import type { Node } from "../program.ts";
import { loadRef } from "./access.ts";
import { recordAccumulate } from "./record_block.ts";
import { recordCompute } from "./record_compute.ts";
import { recordRange } from "./record_range.ts";
import { outside, type Recording, type RecordOptions, type Scope } from "./recording.ts";

/**
 * Records what a program does into a kernel that is being written, each of its buffers where it is
 * bound to.
 *
 * @throws {TypeError} a buffer of the nodes is bound to nothing, or an extent is given for a loop that
 * is unrolled for a single one.
 */
export function recordNodes(
  nodes: readonly Node[],
  { builder, ...options }: RecordOptions & { readonly builder: KernelBuilder },
): void {
  recordEach({ ...options, builder, nodes: recordEach }, nodes, outside());
}

function recordEach(recording: Recording, nodes: readonly Node[], scope: Scope): void {
  const { builder, team } = recording;
  for (const node of nodes) {
    switch (node.kind) {
      case "let": {
        const value = loadRef(recording, node.ref, node, scope);
        scope.values.set(node.id, builder.let(`${node.ref.buffer}_value`, value));
        break;
      }
      case "compute":
        recordCompute(recording, node, scope);
        break;
      case "accumulate":
        recordAccumulate(recording, node, scope);
        break;
      case "range":
        recordRange(recording, node, scope);
        break;
      case "barrier":
        if (team) builder.barrier(team.threads);
    }
  }
}
