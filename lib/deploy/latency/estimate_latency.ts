import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { isWeighted } from "../../model/definition_of.ts";
import { flattenCalls } from "../../engine/flow/flatten_calls.ts";
import { operatorMacs } from "../../model/macs.ts";
import type { Model } from "../../model/model.ts";
import { elements } from "../../model/shape.ts";
import type { Device } from "../../plan/devices.ts";
import type { Plan, PlanStep } from "../../plan/plan.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import { isWindowOperator } from "../../plan/sliding_window.ts";
import { deployTarget, type DeployTargetName, targetOf } from "../deploy_targets.ts";
import {
  type CycleModel,
  cycleModels,
  type InstructionCosts,
  instructionCosts,
  instructionsOf,
  layerKind,
  type LayerWork,
} from "./instruction_costs.ts";

/**
 * Options of `estimateLatency`.
 *
 * @category Deployment
 */
export interface EstimateLatencyOptions {
  /** The microcontroller. */
  readonly device: Pick<Device, "core" | "clockMhz">;
  /** How the model runs; layer by layer if left out. */
  readonly plan?: Plan;
  /** The processor that code is for; the device's if left out. */
  readonly target?: DeployTargetName;
}

/**
 * How long a model takes, as far as a linear model tells.
 *
 * @category Deployment
 */
export interface LatencyEstimate {
  /** Instructions of one run. */
  readonly instructions: number;
  /** Instructions of each step of the plan, or segment, in order. */
  readonly layers: readonly number[];
  /** Cycles; null where nothing is known of the processor. */
  readonly cycles: number | null;
  /** Time of one run; null where nothing is known of the processor. */
  readonly milliseconds: number | null;
  /** How the cycles come from the instructions, and how far off they may be. */
  readonly cycleModel: CycleModel | null;
}

/**
 * How long a model takes in C on a microcontroller: instructions by layer from its multiply-accumulates
 * and elements, by coefficients for each kind of operator that were fitted to instruction counts of
 * this back end's own kernels, then cycles by a mean of the processor.
 *
 * Steps of subgraphs are layers where they run: both branches of IF count, and one turn of WHILE.
 *
 * @throws {RangeError} for an unknown target.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { devices, estimateLatency, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const { milliseconds } = estimateLatency(model, { device: devices.nano33ble });
 * const faster = estimateLatency(model, { device: devices.stm32h743 });
 * assert.ok(faster.milliseconds! < milliseconds!);
 * assert.equal(estimateLatency(model, { device: devices.rp2040 }).milliseconds, null);
 * ```
 *
 * @category Deployment
 */
export function estimateLatency(model: Model, options: EstimateLatencyOptions): LatencyEstimate {
  checkOptions("estimateLatency", options, "device plan target");
  checkArguments("estimateLatency", { model });
  const { device, plan = planMemory(model), target = targetOf(device) } = options;
  const costs = costsOf(target);
  const flat = flattenCalls(model, plan);
  const layers = planUnitsOf(flat.plan).map(({ steps, macFactor }) => {
    const sum = steps.reduce(
      (all, step) => all + instructionsOf(workOf(flat.model, step), costs),
      0,
    );
    return Math.round(macFactor === null ? sum : sum * macFactor * costs.fusedFactor);
  });
  const instructions = layers.reduce((sum, each) => sum + each, 0);
  return { instructions, layers, ...timeOf(instructions, { target, clockMhz: device.clockMhz }) };
}

/** Cycles and time of a number of instructions. */
export function timeOf(
  instructions: number,
  { target, clockMhz }: { readonly target: DeployTargetName; readonly clockMhz: number | null },
): Pick<LatencyEstimate, "cycles" | "milliseconds" | "cycleModel"> {
  const cycleModel = cycleModels[target];
  if (cycleModel === null) return { cycles: null, milliseconds: null, cycleModel };
  const cycles = Math.round(instructions * cycleModel.cyclesPerInstruction);
  const milliseconds = clockMhz === null ? null : cycles / (1000 * clockMhz);
  return { cycles, milliseconds, cycleModel };
}

/** Costs of the kernels that a target has. */
export function costsOf(target: DeployTargetName): InstructionCosts {
  const { kernels } = deployTarget(target);
  if (kernels === "host") return instructionCosts.portable;
  // Not fitted yet: vectors take a half or less of what the DSP extension takes.
  return instructionCosts[kernels === "cortex-m55" ? "cortex-m4" : kernels];
}

/** A step that runs by itself, or the steps of a segment with what they do again. */
export interface PlanUnit {
  readonly steps: readonly PlanStep[];
  /** Null for a step by itself. */
  readonly macFactor: number | null;
}

/** What runs at a time, in order. */
export function planUnitsOf({ steps, segments }: Plan): readonly PlanUnit[] {
  return steps.flatMap((step, i): PlanUnit[] => {
    if (step.segment === null) return [{ steps: [step], macFactor: null }];
    const { from, until, macFactor } = segments[step.segment];
    return i === from ? [{ steps: steps.slice(from, until), macFactor }] : [];
  });
}

/** Channels that depthwise kernels for DSP extensions compute together. */
const CHANNELS = 4;

/** What a step does. */
export function workOf(model: Model, step: PlanStep): LayerWork {
  const { operator, inputs, outputs } = step;
  const { tensors, operators } = model;
  const { op, inputs: [, filter] } = operators[operator];
  const sizes = (of: readonly number[]) =>
    of.reduce((sum, each) => {
      const isRead = each !== -1 && tensors[each].data === null;
      return isRead ? sum + elements(tensors[each].shape) : sum;
    }, 0);
  const isConvolution = isWindowOperator(operators[operator]) && isWeighted(operators[operator]);
  const [, height, width, inputChannels] = isConvolution ? tensors[filter].shape : [1, 1, 1, 1];
  const kind = layerKind(op, { taps: height * width, inputChannels });
  const isNarrow = kind === "depthwise" && (step.channelsAtOnce ?? CHANNELS) < CHANNELS;
  return {
    kind: isNarrow ? "depthwise by channels" : kind,
    macs: operatorMacs(operators[operator], tensors) ?? 0,
    outputs: sizes(outputs),
    inputs: sizes(inputs),
  };
}
