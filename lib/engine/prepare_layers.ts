import type { Region } from "../codegen/kernel/kernel.ts";
import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import type { Plan, PlanStep } from "../plan/plan.ts";
import type { AccessChecks } from "./access_checks.ts";
import type { ConstantPool } from "./constant_pool.ts";
import type { ScalarOptions } from "./kernels/scalar/scalar_options.ts";
import { KernelLibrary } from "./kernels/scalar/kernel_library.ts";
import type { Layer, Operand } from "./layer.ts";
import type { ChosenTile } from "./select/kernel_choices.ts";
import type { MemoryMap } from "./memory_map.ts";

/** The steps of a plan with every tensor's place. */
export function prepareLayers(
  { model, plan, map, constants, threads, checks, hasRelaxedDot, choices, scalar }: {
    readonly model: Model;
    readonly plan: Plan;
    readonly map: MemoryMap;
    readonly constants: ConstantPool;
    readonly threads: number;
    readonly checks: AccessChecks | null;
    readonly hasRelaxedDot: boolean;
    readonly choices: ReadonlyMap<string, ChosenTile> | null;
    readonly scalar: ScalarOptions | null;
  },
): readonly Layer[] {
  const library = new KernelLibrary();
  const placed = new Map<number, Region>();

  function operandOf(index: number, step: number): Operand {
    const tensor = model.tensors[index];
    const name = `t${index}`;
    if (tensor.data !== null) {
      // Kernels pack weights themselves: a constant takes memory when its region is asked for.
      return {
        index,
        tensor,
        get region() {
          const known = placed.get(index) ?? constants.place(name, tensor.data!);
          placed.set(index, known);
          return known;
        },
      };
    }
    const address = map.addressOf(index)!;
    const region: Region = { name, address, sizeBytes: sizeBytes(tensor), check: null };
    const buffer = plan.buffers.find(({ tensors }) => tensors.includes(index));
    if (checks === null || buffer === undefined) return { index, tensor, region };
    const label = { ...region, name: `${name} "${tensor.name}"` };
    return { index, tensor, region: { ...region, check: checks.watch(label, step, buffer).check } };
  }

  function ringOf({ ring }: PlanStep, step: number): Region | null {
    if (ring === null) return null;
    const region = map.scratch(ring);
    if (checks === null) return region;
    return checks.watch(region, step, plan.buffers.find(({ id }) => id === ring)!);
  }

  return plan.steps.map((step, index): Layer => ({
    name: `layer${index}_${step.name.toLowerCase()}`,
    model,
    operator: model.operators[step.operator],
    step,
    inputs: step.inputs.map((tensor) => tensor === -1 ? null : operandOf(tensor, index)),
    outputs: step.outputs.map((tensor) => operandOf(tensor, index)),
    ring: ringOf(step, index),
    threads,
    hasRelaxedDot,
    choices,
    constants,
    workspace: map.workspace,
    library,
    scalar,
  }));
}
