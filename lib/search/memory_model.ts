import type { PlanOptions } from "../plan/plan_options.ts";
import { type TechniqueName, techniqueNames } from "../plan/techniques.ts";

/**
 * How the memory of a network is planned.
 *
 * @category Search
 */
export const memoryModels = {
  layers: "inputs and outputs of the operator that runs, and what a later one still reads",
  "in-place": "the same, and depthwise convolutions overwrite their input, as in TinyEngine",
  overlap: "every technique of the planner, operator by operator",
  rolling: "every technique, and operators that run together row by row",
} as const;

/**
 * Name of a way to plan memory.
 *
 * @category Search
 */
export type MemoryModelName = keyof typeof memoryModels;

/** The planner's options for a memory model. */
export function planOptionsOf(memory: MemoryModelName): PlanOptions {
  const without = (...names: readonly TechniqueName[]) =>
    techniqueNames.filter((name) => !names.includes(name));
  switch (memory) {
    case "layers":
      return { techniques: without("in-place-depthwise", "overlap") };
    case "in-place":
      return { techniques: without("overlap") };
    case "overlap":
      return {};
    case "rolling":
      return { fusion: "rolling" };
  }
}

/**
 * Refuses an unknown name.
 *
 * @throws {RangeError} for one.
 */
export function checkMemoryModel(name: string): void {
  if (Object.hasOwn(memoryModels, name)) return;
  const known = Object.keys(memoryModels).join(", ");
  throw new RangeError(`memory "${name}", needed one of ${known}`);
}
