import { shown } from "../host.ts";
import type { Nest, Step } from "../nest/nest.ts";
import { checkLegal } from "./legality.ts";

/** The nest with some parts changed and the step that changed them recorded, if that is legal. */
export function withStep(nest: Nest, step: Step, changes: Partial<Nest>): Nest {
  const changed = { ...nest, ...changes, steps: [...nest.steps, step] };
  checkLegal(changed);
  return shown(changed, "nest");
}
