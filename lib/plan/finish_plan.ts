import type { Model } from "../model/model.ts";
import { fits } from "./fits.ts";
import { flashBytes, totalFlash } from "./flash_bytes.ts";
import type { Plan } from "./plan.ts";
import type { PlanOptions } from "./plan_options.ts";

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
