import type { Region } from "../../kernel/kernel.ts";
import type { Model } from "../../model/model.ts";
import { sizeBytes } from "../../model/shape.ts";
import type { Plan } from "../../plan/plan.ts";
import type { AccessChecks } from "../access_checks.ts";
import type { ConstantPool } from "../constant_pool.ts";
import type { MemoryMap } from "../memory_map.ts";
import type { FlowByte, FlowNode } from "./flow.ts";

/** The order of a program's units, by the steps that they begin with. */
export interface UnitFlow {
  readonly nodes: readonly FlowNode[];
  /** Where a byte that decides lies. */
  readonly regionOf: (byte: FlowByte) => Region;
}

/** The bytes that decide, of all nodes. */
export function flowBytes(nodes: readonly FlowNode[]): readonly FlowByte[] {
  return nodes.flatMap((node): readonly FlowByte[] => {
    switch (node.kind) {
      case "step":
        return [];
      case "if":
        return [node.condition, ...flowBytes(node.then), ...flowBytes(node.otherwise)];
      case "while":
        return [node.condition, ...flowBytes(node.test), ...flowBytes(node.body)];
      case "once":
        return [node.flag, ...flowBytes(node.body)];
    }
  });
}

/** Where the byte that decides lies: in the arena, the state, or among the constants. */
export function regionOf(
  { tensor, step }: FlowByte,
  { model, plan, map, constants, checks }: {
    readonly model: Model;
    readonly plan: Plan;
    readonly map: MemoryMap;
    readonly constants: ConstantPool;
    readonly checks: AccessChecks | null;
  },
): Region {
  const { data, ...shape } = model.tensors[tensor];
  const name = `t${tensor}`;
  if (data !== null) return constants.place(name, data);
  const region: Region = {
    name,
    ...map.placeOf(tensor)!,
    sizeBytes: sizeBytes(shape),
    check: null,
  };
  const buffer = plan.buffers.find(({ tensors }) => tensors.includes(tensor));
  return checks === null || buffer === undefined ? region : checks.watch(region, step, { buffer });
}
