import { checkArguments, checkOptions } from "../check_arguments.ts";
import { isWeighted } from "../model/definition_of.ts";
import { isFolded, NOT_WORKED_OUT, withFolded } from "../model/folding.ts";
import type { Model, Subgraph } from "../model/model.ts";
import type { Operator } from "../model/operator.ts";
import { sizeBytes } from "../model/shape.ts";
import { reachable, withGraph } from "../model/subgraphs.ts";
import type { Tensor } from "../model/tensor.ts";
import type { Device } from "./devices.ts";
import type { Fit, FlashBytes } from "./fit.ts";
import type { Plan } from "./plan.ts";
import type { PlanOptions } from "./plan_options.ts";
import { MOST_BESIDE_BYTES } from "./scratch.ts";

/**
 * What a program needs beside the model.
 *
 * @category Planner
 */
export interface FitOptions {
  /** SRAM that the application keeps for itself, its own stack included; 0 if left out. */
  readonly reserveBytes?: number;
}

/**
 * Stack below `PREFIX_invoke` at most, of the C that `deploy` writes: more than the most that was
 * measured, 352 B of mcunet_vww1 in rolling segments (`deno run -A tests/mcu/sizes.ts`).
 */
const STACK_BYTES = 512;

/**
 * Whether the arena, the model's state, and the stack and the scratch memory of kernels in C fit the
 * device's SRAM beside what the application keeps, and the constants and code its Flash. Scratch memory
 * is what the plan says (see `planScratch`), the most that kernels take, 1 KiB, where it says nothing.
 * A plan with unknown parts is never said to fit.
 *
 * @throws {RangeError} for a reserve below 0.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { devices, fits, planMemory } from "tinyloom";
 *
 * const empty = planMemory({
 *   name: "", description: "", tensors: [], operators: [], inputs: [], outputs: [], metadata: [],
 *   signatures: [], otherSubgraphs: [], lost: [],
 * });
 * assert.ok(fits(empty, devices.rp2040).fits);
 * assert.ok(!fits(empty, devices.rp2040, { reserveBytes: 270_000 }).fits);
 * ```
 *
 * @category Planner
 */
export function fits(
  plan: Pick<Plan, "peakBytes" | "stateBytes" | "flashBytes" | "peak" | "scratch" | "unknown">,
  device: Device,
  options: FitOptions = {},
): Fit {
  checkOptions("fits", options, "reserveBytes");
  const { reserveBytes = 0 } = options;
  if (!(reserveBytes >= 0)) {
    throw new RangeError(`reserveBytes is ${reserveBytes}, needed a number of at least 0`);
  }
  const { peakBytes, stateBytes, flashBytes, peak, scratch, unknown } = plan;
  const scratchBytes = scratch?.besideBytes ?? MOST_BESIDE_BYTES;
  const { name, sramBytes, flashBytes: deviceFlash } = device;
  const at = peak === null
    ? ""
    : ` at operator ${peak.operator} ${peak.name}; live: ${
      peak.live.map((tensor) => `${tensor.name} ${bytes(tensor.sizeBytes)}`).join(" + ")
    }`;
  const needed = `peak ${bytes(peakBytes)}${stateBytes > 0 ? ` + state ${bytes(stateBytes)}` : ""}`;
  const beside = `stack ${bytes(STACK_BYTES)} + scratch ${bytes(scratchBytes)}${
    reserveBytes > 0 ? ` + reserve ${bytes(reserveBytes)}` : ""
  }`;
  const ownBytes = peakBytes + stateBytes;
  const allBytes = ownBytes + STACK_BYTES + scratchBytes + reserveBytes;
  if (allBytes > sramBytes) {
    const sum = ownBytes > sramBytes ? needed : `${needed} + ${beside}`;
    const reason = `${sum} > ${bytes(sramBytes)} SRAM (${name})${at}`;
    return { fits: false, reason: `does not fit: ${reason}` };
  }
  if (flashBytes > deviceFlash) {
    const reason = `${bytes(flashBytes)} of constants and code > ${bytes(deviceFlash)} Flash`;
    return { fits: false, reason: `does not fit: ${reason} (${name})` };
  }
  const sram = `${needed} of ${bytes(sramBytes)} SRAM, with ${beside}`;
  const flash = `${bytes(flashBytes)} of ${bytes(deviceFlash)} Flash`;
  if (unknown.length > 0) {
    const reason = `cannot tell whether it fits: not known are ${unknown.join("; ")}`;
    return { fits: false, reason: `${reason}; without them ${sram}, ${flash} (${name})${at}` };
  }
  return { fits: true, reason: `fits: ${sram}, ${flash} (${name})${at}` };
}

function bytes(count: number): string {
  return `${count.toLocaleString("en-US")} B`;
}

/** A plan but for what Flash and a device have to do with it. */
export type PlacedPlan = Omit<Plan, "flash" | "flashBytes" | "fit">;

/** Adds Flash, and whether the device has room. */
export function finishPlan(
  plan: PlacedPlan,
  model: Model,
  { device, reserveBytes }: Pick<PlanOptions, "device" | "reserveBytes">,
): Plan {
  const flash = flashBytes(model);
  const sized = { ...plan, flash, flashBytes: totalFlash(flash) };
  return { ...sized, fit: device === undefined ? null : fits(sized, device, { reserveBytes }) };
}

// Fitted to the code of 22 models for Cortex-M4, arm-none-eabi-gcc 12.2.1 -O3, 2026-11-30: code within
// 18 %, Flash as a whole within 4 %. `deno run -A tests/mcu/sizes.ts` measures and fits again.
const BASE_BYTES = 2_465;
const POINTWISE_BYTES = 269;
const CONVOLUTION_BYTES = 2_437;
const DEPTHWISE_BYTES = 231;
const DEPTHWISE_KERNEL_BYTES = 1_884;
const OTHER_BYTES = 401;

/** What an operator's code depends on. */
export interface CodeShape {
  /** TFLite's name of the operator. */
  readonly op: string;
  /** Rows and columns of its filter. */
  readonly taps: readonly [number, number];
  /** Rows from one window to the next. */
  readonly stride: number;
}

/** A multiplier and a shift, 4 bytes each. */
export const SCALE_BYTES = 8;

/**
 * Flash that a model needs when it is compiled, with the subgraphs that it runs: constants of every
 * type exactly, those that share their bytes once, quantization parameters as a requantizing kernel
 * reads them (one multiplier and shift for each output channel), code as an estimate.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { flashBytes } from "tinyloom";
 *
 * const flash = flashBytes({
 *   name: "", description: "", tensors: [], operators: [], inputs: [], outputs: [], metadata: [],
 *   signatures: [], otherSubgraphs: [], lost: [],
 * });
 * assert.equal(flash.weightsBytes, 0);
 * ```
 *
 * @category Planner
 */
export function flashBytes(model: Model): FlashBytes {
  checkArguments("flashBytes", { model });
  const shapes: CodeShape[] = [];
  const kept = new Map<unknown, Tensor>();
  const biases = new Set<unknown>();
  let scales = 0;
  for (const graph of reachable(model)) {
    const { tensors, operators, outputs } = withFolded(withGraph(model, graph));
    const running = operators.filter((operator) => !isFolded(operator, tensors));
    for (const index of keptConstants({ tensors, operators, outputs }, running)) {
      kept.set(bytesOf(tensors[index]), tensors[index]);
    }
    for (const operator of running) {
      const isLayer = isWeighted(operator);
      const bias = operator.inputs[isLayer ? 2 : operator.op === "SVDF" ? 3 : -1] ?? -1;
      if (bias !== -1) biases.add(bytesOf(tensors[bias]));
      shapes.push(codeShape(operator, tensors));
      const filter = isLayer ? tensors[operator.inputs[1]] : null;
      const isQuantized = operator.outputs.some((output) => tensors[output].quantization !== null);
      if (isQuantized) scales += Math.max(1, filter?.quantization?.scales.length ?? 1);
    }
  }
  let weightsBytes = 0;
  let biasBytes = 0;
  for (const [bytes, tensor] of kept) {
    const size = tensor.data === NOT_WORKED_OUT ? sizeBytes(tensor) : tensor.data!.length;
    if (biases.has(bytes)) biasBytes += size;
    else weightsBytes += size;
  }
  const codeBytes = codeEstimate(shapes);
  return { weightsBytes, biasBytes, quantizationBytes: SCALE_BYTES * scales, codeBytes };
}

/** What stands for the bytes of a constant: its array, or itself where that is not known yet. */
function bytesOf(tensor: Tensor): unknown {
  return tensor.data === NOT_WORKED_OUT ? tensor : tensor.data;
}

/** The constants of a graph but those that folded operators alone read. */
function keptConstants(
  { tensors, operators, outputs }: Pick<Subgraph, "tensors" | "operators" | "outputs">,
  running: readonly Operator[],
): readonly number[] {
  const gone = new Set(operators.flatMap(({ inputs }) => inputs));
  for (const index of [...running.flatMap(({ inputs }) => inputs), ...outputs]) gone.delete(index);
  return tensors.flatMap(({ data }, index) => data === null || gone.has(index) ? [] : index);
}

function codeShape(operator: Operator, tensors: readonly Tensor[]): CodeShape {
  const isLayer = isWeighted(operator);
  const [, height = 1, width = 1] = isLayer ? tensors[operator.inputs[1]].shape : [];
  const stride = "strideH" in operator.attributes ? Number(operator.attributes.strideH) : 1;
  return { op: operator.op, taps: [height, width], stride };
}

/**
 * Estimated bytes of code: what each operator takes by its kind, and each distinct filter and stride of
 * depthwise convolutions, whose kernels others share.
 */
export function codeEstimate(shapes: Iterable<CodeShape>): number {
  const kernels = new Set<string>();
  let bytes = BASE_BYTES;
  for (const { op, taps: [height, width], stride } of shapes) {
    if (op === "CONV_2D") bytes += height * width === 1 ? POINTWISE_BYTES : CONVOLUTION_BYTES;
    else if (op === "DEPTHWISE_CONV_2D") {
      bytes += DEPTHWISE_BYTES;
      kernels.add(`${height} ${width} ${stride}`);
    } else bytes += OTHER_BYTES;
  }
  return bytes + DEPTHWISE_KERNEL_BYTES * kernels.size;
}

/** The sum of its parts. */
function totalFlash(flash: FlashBytes): number {
  return flash.weightsBytes + flash.biasBytes + flash.quantizationBytes + flash.codeBytes;
}
