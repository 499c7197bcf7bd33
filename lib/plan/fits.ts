import type { Device } from "./devices.ts";
import type { Plan } from "./plan.ts";

/** Whether a plan fits a device, and why or why not. */
export interface Fit {
  /** Whether it does. */
  readonly fits: boolean;
  /** In words, with figures, the operator at the peak and what is alive there. */
  readonly reason: string;
}

/**
 * Whether the arena and the model's state fit the device's SRAM and the constants and code its Flash. What else a program
 * keeps in SRAM (stack, drivers) is not in it.
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
 * ```
 */
export function fits(
  plan: Pick<Plan, "peakBytes" | "stateBytes" | "flashBytes" | "peak">,
  device: Device,
): Fit {
  const { peakBytes, stateBytes, flashBytes, peak } = plan;
  const { name, sramBytes, flashBytes: deviceFlash } = device;
  const at = peak === null
    ? ""
    : ` at operator ${peak.operator} ${peak.name}; live: ${
      peak.live.map((tensor) => `${tensor.name} ${bytes(tensor.sizeBytes)}`).join(" + ")
    }`;
  const needed = `peak ${bytes(peakBytes)}${stateBytes > 0 ? ` + state ${bytes(stateBytes)}` : ""}`;
  if (peakBytes + stateBytes > sramBytes) {
    const reason = `${needed} > ${bytes(sramBytes)} SRAM (${name})${at}`;
    return { fits: false, reason: `does not fit: ${reason}` };
  }
  if (flashBytes > deviceFlash) {
    const reason = `${bytes(flashBytes)} of constants and code > ${bytes(deviceFlash)} Flash`;
    return { fits: false, reason: `does not fit: ${reason} (${name})` };
  }
  const sram = `${needed} of ${bytes(sramBytes)} SRAM`;
  const flash = `${bytes(flashBytes)} of ${bytes(deviceFlash)} Flash`;
  return { fits: true, reason: `fits: ${sram}, ${flash} (${name})${at}` };
}

function bytes(count: number): string {
  return `${count.toLocaleString("en-US")} B`;
}
