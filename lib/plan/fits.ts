import type { Device } from "./devices.ts";
import type { Plan } from "./plan.ts";
import { MOST_BESIDE_BYTES } from "./scratch.ts";

/**
 * Whether a plan fits a device, and why or why not.
 *
 * @category Planner
 */
export interface Fit {
  /** Whether it does. */
  readonly fits: boolean;
  /** In words, with figures, the operator at the peak and what is alive there. */
  readonly reason: string;
}

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
