import { throwIfStopped } from "../host.ts";
import type { Step } from "../nest/nest.ts";
import type { Plan } from "../plan/plan.ts";
import { MOST_BESIDE_BYTES, type StepScratch } from "../plan/scratch.ts";
import type { Extent } from "../plan/segment.ts";
import { AccessChecks } from "./access_checks.ts";
import { chooseKernel } from "./choose_kernel.ts";
import { ConstantPool } from "./constant_pool.ts";
import type { ScalarOptions } from "./kernels/scalar/scalar_options.ts";
import { workspaceBytesOf } from "./kernels/scalar/workspace.ts";
import {
  hasVectors,
  isArm,
  type KernelTarget,
  type Layer,
  type LayerKernel,
  runsHere,
  type VectorBytes,
} from "./layer.ts";
import { mapMemory, type MemoryMap } from "./memory_map.ts";
import { prepareLayers } from "./prepare_layers.ts";
import { segmentKernel } from "./segments/segment_kernel.ts";
import type { ChosenSchedule } from "./select/kernel_choices.ts";
import { scheduledKernel } from "./select/schedules_by_step.ts";
import { besideBytesOf, refuseOtherScratch, scratchByStep, usedScratch } from "./step_scratch.ts";
import { flattenCalls } from "./flow/flatten_calls.ts";
import type { FlatProgram } from "./flow/flow.ts";
import type { Model } from "../model/model.ts";
import { flowBytes, regionOf, type UnitFlow } from "./flow/unit_flow.ts";

/** What kernels are chosen by. */
export interface UnitOptions {
  /** What the code is for. */
  readonly target: KernelTarget;
  /** Bytes of the widest vectors: more than 16 for native code alone. */
  readonly vectorBytes: VectorBytes;
  /** Threads that share the work. */
  readonly threads: number;
  /** Whether every access to the arena is checked against the plan. */
  readonly checked: boolean;
  /** Whether `i32x4.relaxed_dot_i8x16_i7x16_add_s` is exact where the code runs. */
  readonly hasRelaxedDot: boolean;
  /** Schedules that were asked for, by the plan's step; none if left out. */
  readonly schedules?: ReadonlyMap<number, readonly Step[]>;
  /** Schedules that were measured to be the fastest. */
  readonly choices: ReadonlyMap<string, ChosenSchedule> | null;
  /** How scalar kernels of int8 are written; null: the target's own kernels. */
  readonly scalar: ScalarOptions | null;
}

/** A plan as kernels, before they are encoded or printed. */
export interface CompiledUnits {
  readonly map: MemoryMap;
  readonly constants: ConstantPool;
  readonly checks: AccessChecks | null;
  /** Steps of the plan with every tensor's place, and the kernel of each. */
  readonly layers: readonly Layer[];
  readonly stepKernels: readonly LayerKernel[];
  /** What runs at a time: steps, and segments as a whole. */
  readonly units: readonly Unit[];
  /** What the kernels of the given plan's steps work in; none of those for WebAssembly. */
  readonly scratch: readonly StepScratch[];
  /** What they were made from. */
  readonly flat: FlatProgram;
  /** The order of units, where it is not one after the other. */
  readonly flow: UnitFlow | null;
}

/**
 * The kernels of a plan that holds for the model. Those of a deployment work in the scratch memory
 * that the plan names; of a plan that names none they take what they can, and `scratch` tells what.
 *
 * @throws {EngineError} for an operator that no kernel is made for.
 * @throws {PlanError} for a plan whose scratch memory is not what its kernels work in.
 * @throws {DOMException} if it is ended before its end.
 */
export function compileUnits(of: Model, planned: Plan, options: UnitOptions): CompiledUnits {
  const flat = flattenCalls(of, planned);
  const { model, plan, given, flow, originOf, keptWith } = flat;
  const { scalar, threads, checked, schedules = new Map() } = options;
  const scalarBytes = workspaceBytesOf(model, plan, { scalar, threads });
  const named = runsHere(options) ? null : scratchByStep(given.plan.scratch ?? null, originOf);
  const most = Math.max(scalarBytes, isArm(options) ? MOST_BESIDE_BYTES : 0);
  const map = mapMemory(model, plan, { workspaceBytes: named?.besideBytes ?? most, keptWith });
  const constants = new ConstantPool({
    // Words are the widest that scalars load.
    alignmentBytes: hasVectors(options) ? options.vectorBytes : 4,
    // A subgraph that is run in several places has its kernels there, and its constants once.
    isShared: flow !== null,
  });
  const checks = checked ? new AccessChecks({ model, plan, arenaAddress: map.spaces.arena }) : null;
  const places = { ...options, schedules, model, plan, map, constants, checks };
  const layers = prepareLayers({ ...places, scratch: named });
  const stepKernels = layers.map((layer) => {
    throwIfStopped();
    return scheduledKernel(layer, chooseKernel);
  });
  const scratch = runsHere(options) ? [] : usedScratch(stepKernels, originOf);
  if (named !== null) refuseOtherScratch(given.plan, scratch);
  const units = unitsOf(plan, { layers, kernels: stepKernels, constants, checked });
  const sizeBytes = runsHere(options) ? scalarBytes : named?.besideBytes ?? besideBytesOf(scratch);
  const workspace = { ...map.workspace, sizeBytes };
  const conditions = new Map(
    flow === null ? [] : flowBytes(flow).map((byte) => [byte, regionOf(byte, places)]),
  );
  return {
    ...{ map: { ...map, workspace }, constants, checks, layers, stepKernels, units, scratch },
    flat,
    flow: flow === null ? null : { nodes: flow, regionOf: (byte) => conditions.get(byte)! },
  };
}

/** What an engine runs at a time: a step of the plan, or a segment as a whole. */
export interface Unit {
  /** Steps of the plan. */
  readonly steps: Extent;
  /** Index of the segment; null: a single step. */
  readonly segment: number | null;
  readonly kernel: LayerKernel;
}

/** The steps of a plan, those of each segment together. */
function unitsOf(
  plan: Plan,
  { layers, kernels, constants, checked }: {
    readonly layers: readonly Layer[];
    /** The kernel of every step. */
    readonly kernels: readonly LayerKernel[];
    readonly constants: ConstantPool;
    readonly checked: boolean;
  },
): readonly Unit[] {
  return plan.steps.flatMap(({ segment: index }, step): Unit[] => {
    throwIfStopped();
    if (index === null) return [{ steps: [step, step + 1], segment: null, kernel: kernels[step] }];
    const segment = plan.segments[index];
    const { from, until } = segment;
    if (step !== from) return [];
    const parts = layers.slice(from, until).map((layer, i) => {
      const { step: { operator, name }, call, inputs: [input], outputs: [output] } = layer;
      const [, height, width] = (call!.sums === null ? output : input!).tensor.shape;
      return { operator, name, pixels: height * width, kernel: kernels[from + i] };
    });
    const vectors = hasVectors(layers[from]);
    const kernel = segmentKernel(segment, { index, parts, constants, checked, vectors });
    return [{ steps: [from, until], segment: index, kernel }];
  });
}
