import type { Model } from "../model/model.ts";
import type { Device } from "./devices.ts";
import { fits } from "./fits.ts";
import { flashBytes, totalFlash } from "./flash_bytes.ts";
import type { Plan } from "./plan.ts";

/** A plan but for what Flash and a device have to do with it. */
export type PlacedPlan = Omit<Plan, "flash" | "flashBytes" | "fit">;

/** Adds Flash, and whether the device has room. */
export function finishPlan(plan: PlacedPlan, model: Model, device: Device | undefined): Plan {
  const flash = flashBytes(model);
  const sized = { ...plan, flash, flashBytes: totalFlash(flash) };
  return { ...sized, fit: device === undefined ? null : fits(sized, device) };
}
