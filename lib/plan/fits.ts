import { isWeighted } from "../model/definition_of.ts";
import type { Model } from "../model/model.ts";
import { graphsOf, reachable } from "../model/subgraphs.ts";
import { constantsOf } from "../model/weights.ts";
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
  plan: Pick<Plan, "peakBytes" | "stateBytes" | "flashBytes" | "peak" | "scratch">,
  device: Device,
  { reserveBytes = 0 }: FitOptions = {},
): Fit {
  if (!(reserveBytes >= 0)) {
    throw new RangeError(`reserveBytes is ${reserveBytes}, needed a number of at least 0`);
  }
  const { peakBytes, stateBytes, flashBytes, peak, scratch } = plan;
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
 * Flash that a model needs when it is compiled, with the subgraphs that it runs: constants exactly, quantization parameters as a
 * requantizing kernel reads them (one multiplier and shift for each output channel), code as an
 * estimate. Constants that only tell about shapes and axes are compiled in and count as code.
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
  const graphs = graphsOf(model);
  const biases = new Set<Uint8Array | null>();
  const shapes: CodeShape[] = [];
  let scales = 0;
  const all = reachable(model).flatMap((graph) =>
    graphs[graph].operators.map((operator) => ({ operator, tensors: graphs[graph].tensors }))
  );
  for (const { operator, tensors } of all) {
    const { inputs, outputs } = operator;
    const isLayer = isWeighted(operator);
    const addBias = (input = -1) => input === -1 || biases.add(tensors[input].data);
    if (isLayer) addBias(inputs[2]);
    if (operator.op === "SVDF") addBias(inputs[3]);
    const [, height = 1, width = 1] = isLayer ? tensors[inputs[1]].shape : [];
    const stride = "strideH" in operator.attributes ? Number(operator.attributes.strideH) : 1;
    shapes.push({ op: operator.op, taps: [height, width], stride });
    const filter = isLayer ? tensors[inputs[1]] : null;
    const isQuantized = outputs.some((output) => (tensors[output].quantization) !== null);
    if (isQuantized) scales += Math.max(1, filter?.quantization?.scales.length ?? 1);
  }
  let weightsBytes = 0;
  let biasBytes = 0;
  for (const { data, dtype, quantization } of constantsOf(model)) {
    if (biases.has(data)) biasBytes += data!.length;
    else if (quantization !== null || dtype.startsWith("float")) weightsBytes += data!.length;
  }
  const codeBytes = codeEstimate(shapes);
  return { weightsBytes, biasBytes, quantizationBytes: SCALE_BYTES * scales, codeBytes };
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
