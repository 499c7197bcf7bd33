import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { flattenCalls } from "../../engine/flow/flatten_calls.ts";
import type { Model } from "../../model/model.ts";
import { elements, sizeBytes } from "../../model/shape.ts";
import type { Device } from "../../plan/devices.ts";
import type { Plan, PlanStep } from "../../plan/plan.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import type { PlanSegment } from "../../plan/segment.ts";
import type { DeployTargetName } from "../deploy_targets.ts";
import { estimateLatency, planUnitsOf, workOf } from "./estimate_latency.ts";

/**
 * What single operations take, in picojoules: orders of magnitude, from other chips than the devices here.
 *
 * @category Deployment
 */
export interface OperationEnergy {
  /** An int8 multiplication and an int32 addition. */
  readonly perMac: number;
  /** A byte from or to SRAM on the chip. */
  readonly perSramByte: number;
  /** A byte from Flash on the chip. */
  readonly perFlashByte: number;
  /** A byte from or to DRAM beside the chip, where there is one. */
  readonly perDramByte: number;
  /** Where each of them is from. */
  readonly source: string;
}

/**
 * Published energies of single operations. Multiply-accumulate 0.2 + 0.1 pJ; SRAM 20 pJ for 8 bytes of
 * 32 KB; DRAM 1.3 nJ for 8 bytes, the least of 1.3 to 2.6 (45 nm, 0.9 V). Flash is SRAM and what an
 * nRF52840 takes more when it runs from Flash: 0.5 mA at 3 V and 64 MHz, over 4 bytes a cycle.
 *
 * @category Deployment
 */
export const operationEnergy: OperationEnergy = {
  perMac: 0.3,
  perSramByte: 20 / 8,
  perFlashByte: 20 / 8 + (3.3 - 2.8) * 3e9 / 64e6 / 4,
  perDramByte: 1300 / 8,
  source:
    "Horowitz, Computing's Energy Problem (and What We Can Do About It), ISSCC 2014, 45 nm; " +
    "Flash: nRF52840 Product Specification, CPU running CoreMark from Flash 3.3 mA, from RAM 2.8 mA",
};

/**
 * Options of `energyOf`.
 *
 * @category Deployment
 */
export interface EnergyOptions {
  /** The microcontroller. */
  readonly device: Pick<Device, "core" | "clockMhz" | "activeMilliwatts">;
  /** How the model runs; layer by layer if left out. */
  readonly plan?: Plan;
  /** The processor that code is for; the device's if left out. */
  readonly target?: DeployTargetName;
  /** Time of one run where it is known; `estimateLatency` if left out. */
  readonly milliseconds?: number;
}

/**
 * Energy of one layer, or of a segment of layers that run together.
 *
 * @category Deployment
 */
export interface LayerEnergy {
  /** TFLite's name of the operator; `SEGMENT` for several that run together. */
  readonly operator: string;
  /** Multiply-accumulates, those done again included. */
  readonly macs: number;
  /** Bytes of activations that must be read and written, once for each time that they are computed. */
  readonly sramBytes: number;
  /** Bytes of constants that must be read: all of them for every micro-step of a segment. */
  readonly flashBytes: number;
  /** Arithmetic alone, by `operationEnergy`. */
  readonly macMicrojoules: number;
  /** Traffic of `sramBytes` alone. */
  readonly sramMicrojoules: number;
  /** Traffic of `flashBytes` alone. */
  readonly flashMicrojoules: number;
  /** The chip's active power over the layer's time; null where one of them is not known. */
  readonly microjoules: number | null;
}

/**
 * Energy of one run.
 *
 * @category Deployment
 */
export interface EnergyEstimate {
  /** Layers in order. */
  readonly layers: readonly LayerEnergy[];
  /** The chip's active power over the time of a run; null where one of them is not known. */
  readonly millijoules: number | null;
  /** Time that it is for; null where nothing is known of the processor. */
  readonly milliseconds: number | null;
  /** Power that it is for; null where the data sheet was not read. */
  readonly activeMilliwatts: number | null;
  /** Share by which the time may be off; 0 for a time that was given; null without one. */
  readonly timeErrorShare: number | null;
  /** What arithmetic and the least traffic alone would take: a chip that does nothing else. */
  readonly floorMillijoules: number;
}

/**
 * The energy of one run, in two ways that bound each other. From above: the active power of the data
 * sheet times the time, which is what a battery gives; nearly all of it goes into fetching, decoding and
 * clocking instructions. From below: multiply-accumulates and the bytes that must move, each times what
 * such an operation takes in silicon.
 *
 * @throws {RangeError} for an unknown target, or a time that is not a positive number.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { devices, energyOf, zoo } from "tinyloom";
 *
 * const { millijoules, floorMillijoules } = energyOf(zoo("mlperf-tiny-kws"), {
 *   device: devices.stm32l4r5,
 * });
 * assert.ok(millijoules! > 100 * floorMillijoules);
 * assert.equal(energyOf(zoo("mlperf-tiny-kws"), { device: devices.rp2040 }).millijoules, null);
 * ```
 *
 * @category Deployment
 */
export function energyOf(model: Model, options: EnergyOptions): EnergyEstimate {
  checkOptions("energyOf", options, "device plan target milliseconds");
  checkArguments("energyOf", { model });
  const { device, plan = planMemory(model), target } = options;
  const given = options.milliseconds;
  if (given !== undefined && !(given > 0 && Number.isFinite(given))) {
    throw new RangeError(`${given} ms, needed a positive number`);
  }
  const estimate = estimateLatency(model, { device, plan, target });
  const milliseconds = given ?? estimate.milliseconds;
  const { activeMilliwatts } = device;
  const millijoules = microjoulesOf(milliseconds, activeMilliwatts);
  const flat = flattenCalls(model, plan);
  let unit = 0;
  const layers = planUnitsOf(flat.plan).map(({ steps }): LayerEnergy => {
    const share = estimate.layers[unit++] / estimate.instructions;
    const { segment } = steps[0];
    const whole = segment === null ? null : flat.plan.segments[segment];
    const work = sumOf(steps.map((step) => trafficOf(flat.model, { step, segment: whole })));
    return {
      operator: whole === null ? flat.model.operators[steps[0].operator].op : "SEGMENT",
      ...work,
      macMicrojoules: work.macs * operationEnergy.perMac / 1e6,
      sramMicrojoules: work.sramBytes * operationEnergy.perSramByte / 1e6,
      flashMicrojoules: work.flashBytes * operationEnergy.perFlashByte / 1e6,
      microjoules: millijoules === null ? null : share * millijoules,
    };
  });
  return {
    layers,
    millijoules: millijoules === null ? null : millijoules / 1e3,
    milliseconds,
    activeMilliwatts,
    timeErrorShare: given === undefined ? estimate.cycleModel?.errorShare ?? null : 0,
    floorMillijoules: layers.reduce(
      (sum, layer) => sum + layer.macMicrojoules + layer.sramMicrojoules + layer.flashMicrojoules,
      0,
    ) / 1e3,
  };
}

/** Milliwatts over milliseconds; null where one of them is not known. */
export function microjoulesOf(
  milliseconds: number | null,
  activeMilliwatts: number | null,
): number | null {
  return milliseconds === null || activeMilliwatts === null
    ? null
    : milliseconds * activeMilliwatts;
}

type Traffic = Pick<LayerEnergy, "macs" | "sramBytes" | "flashBytes">;

/** What a step computes and moves, in a segment as often as its micro-steps do. */
function trafficOf(
  model: Model,
  { step, segment }: { readonly step: PlanStep; readonly segment: PlanSegment | null },
): Traffic {
  const { tensors, operators } = model;
  const { calls, share } = segment === null
    ? { calls: 1, share: 1 }
    : repeats(segment, { operator: step.operator, shape: tensors[step.outputs[0]].shape });
  const bytesOf = (indices: readonly number[], isConstant: boolean) =>
    indices.reduce((sum, index) => {
      if (index === -1 || (tensors[index].data !== null) !== isConstant) return sum;
      return sum + sizeBytes(tensors[index]);
    }, 0);
  return {
    macs: Math.round(workOf(model, step).macs * share),
    sramBytes: Math.round(share * bytesOf([...step.inputs, ...step.outputs], false)),
    flashBytes: calls * bytesOf(operators[step.operator].inputs, true),
  };
}

/** How often an operator of a segment is called, and how much of its output it computes, 1 for all. */
function repeats(
  { passes }: PlanSegment,
  { operator, shape }: { readonly operator: number; readonly shape: readonly number[] },
): { readonly calls: number; readonly share: number } {
  let [calls, pixels] = [0, 0];
  for (const { microSteps } of passes) {
    for (const micro of microSteps) {
      if (!("operator" in micro) || micro.operator !== operator) continue;
      calls++;
      pixels += (micro.rows[1] - micro.rows[0]) * (micro.columns[1] - micro.columns[0]);
    }
  }
  // A reduction is computed along with the rows that it reads.
  if (calls === 0) return { calls: 1, share: 1 };
  return { calls, share: pixels / elements(shape.slice(1, 3)) };
}

function sumOf(all: readonly Traffic[]): Traffic {
  return all.reduce((sum, each) => ({
    macs: sum.macs + each.macs,
    sramBytes: sum.sramBytes + each.sramBytes,
    flashBytes: sum.flashBytes + each.flashBytes,
  }));
}
