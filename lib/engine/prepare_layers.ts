import type { Region } from "../kernel/kernel.ts";
import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import type { Step } from "../nest/nest.ts";
import type { Plan, PlanStep } from "../plan/plan.ts";
import type { PlanScratch } from "../plan/scratch.ts";
import type { AccessChecks } from "./access_checks.ts";
import { sharedBlocks } from "./blocks/block_library.ts";
import type { ConstantPool } from "./constant_pool.ts";
import { KernelLibrary } from "./kernel_library.ts";
import type { ScalarOptions } from "./kernels/scalar/scalar_options.ts";
import {
  isArm,
  type KernelTarget,
  type Layer,
  type PlacedTensor,
  type VectorBytes,
} from "./layer.ts";
import type { MemoryMap } from "./memory_map.ts";
import { operandRing, segmentCall } from "./segments/segment_call.ts";
import { type ChosenSchedule, kernelKey } from "./select/kernel_choices.ts";
import { scratchOffer } from "./step_scratch.ts";

/** The steps of a plan with every tensor's place. */
export function prepareLayers(
  {
    model,
    plan,
    map,
    scratch,
    constants,
    target,
    vectorBytes,
    threads,
    checks,
    hasRelaxedDot,
    scalar,
    ...chosen
  }: {
    readonly model: Model;
    readonly plan: Plan;
    readonly map: MemoryMap;
    /** What kernels are to work in; null: what there is. */
    readonly scratch: PlanScratch | null;
    readonly constants: ConstantPool;
    readonly target: KernelTarget;
    readonly vectorBytes: VectorBytes;
    readonly threads: number;
    readonly checks: AccessChecks | null;
    readonly hasRelaxedDot: boolean;
    /** Schedules that were asked for, by step. */
    readonly schedules: ReadonlyMap<number, readonly Step[]>;
    /** Schedules that were measured to be the fastest, by `kernelKey`; null: none. */
    readonly choices: ReadonlyMap<string, ChosenSchedule> | null;
    readonly scalar: ScalarOptions | null;
  },
): readonly Layer[] {
  const library = new KernelLibrary();
  const blocks = sharedBlocks();
  const { operandOf, scratchOf, offerOf } = placesOf({
    ...{ model, plan, map, scratch, constants, checks, target },
  });
  const unscheduled = plan.steps.map((step, index): Omit<Layer, "schedule"> => ({
    name: `layer${index}_${step.name.toLowerCase()}`,
    model,
    operator: model.operators[step.operator],
    step,
    inputs: tensorsOf(step, model).map((tensor) => tensor === -1 ? null : operandOf(tensor, index)),
    outputs: step.outputs.map((tensor) => operandOf(tensor, index)),
    kept: map.keptBy(step.operator),
    ring: scratchOf(step.ring, index),
    call: segmentCall(plan, step, scratchOf(sumsOf(plan, step), index)),
    target,
    vectorBytes,
    threads,
    hasRelaxedDot,
    constants,
    ...offerOf(index),
    library,
    blocks,
    scalar,
  }));
  const { schedules, choices } = chosen;
  return unscheduled.map((layer, index) => {
    const schedule = schedules.get(index) ?? choices?.get(kernelKey(layer))?.steps ?? null;
    return { ...layer, schedule };
  });
}

/** What a step reads: the plan tells of the data, the prepared model of weights that it made anew. */
function tensorsOf({ inputs, operator }: PlanStep, { operators }: Model): readonly number[] {
  return inputs.map((tensor, i) => i === 0 ? tensor : operators[operator].inputs[i]);
}

/** How the memory of a step is found: its tensors, buffers of its own, and free bytes. */
function placesOf({ model, plan, map, scratch, constants, checks, target }: {
  readonly model: Model;
  readonly plan: Plan;
  readonly map: MemoryMap;
  readonly scratch: PlanScratch | null;
  readonly target: KernelTarget;
  readonly constants: ConstantPool;
  readonly checks: AccessChecks | null;
}) {
  const placed = new Map<number, Region>();

  function operandOf(index: number, step: number): PlacedTensor {
    const tensor = model.tensors[index];
    const name = `t${index}`;
    if (tensor.data !== null) {
      // Kernels pack weights themselves: a constant takes memory when its region is asked for.
      return {
        index,
        tensor,
        ring: null,
        get region() {
          const known = placed.get(index) ?? constants.place(name, tensor.data!);
          placed.set(index, known);
          return known;
        },
      };
    }
    const place = map.placeOf(index)!;
    const buffer = plan.buffers.find(({ tensors }) => tensors.includes(index));
    const { segment } = plan.steps[step];
    const ring = segment === null ? null : operandRing(plan.segments[segment], index);
    const bytes = ring === null ? sizeBytes(tensor) : buffer!.sizeBytes;
    const region: Region = { name, ...place, sizeBytes: bytes, check: null };
    if (checks === null || buffer === undefined) return { index, tensor, region, ring };
    const label = { ...region, name: `${name} "${tensor.name}"` };
    const ringTensor = ring === null ? null : index;
    const { check } = checks.watch(label, step, { buffer, ringTensor });
    return { index, tensor, region: { ...region, check }, ring };
  }

  function scratchOf(id: string | null, step: number): Region | null {
    if (id === null) return null;
    const region = map.scratch(id);
    if (checks === null) return region;
    return checks.watch(region, step, { buffer: plan.buffers.find((each) => each.id === id)! });
  }

  function offerOf(step: number): Pick<Layer, "free" | "workspace"> {
    const { workspace } = map;
    const offer = scratchOffer(plan, step, { scratch, workspace, worksInArena: isArm({ target }) });
    if (offer.free === null || checks === null) return offer;
    return { ...offer, free: checks.watchFree(offer.free, step) };
  }

  return { operandOf, scratchOf, offerOf };
}

/** The buffer of a global pool's sums; null for all other steps of a segment. */
function sumsOf({ segments, buffers }: Plan, { segment, scratch: [id] }: PlanStep): string | null {
  if (segment === null || id === undefined) return null;
  const { sumsByte } = segments[segment];
  const buffer = buffers.find((each) => each.id === id);
  return buffer?.offsetBytes === sumsByte ? id : null;
}
