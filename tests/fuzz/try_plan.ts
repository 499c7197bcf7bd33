// An edited plan, in an engine with checks and in one without.
import {
  type ConstantArray,
  createEngine,
  type Model,
  PlanError,
  randomFrame,
  run,
  runReference,
} from "tinyloom";
import type { PlanOfModel } from "./plan_edits.ts";

/**
 * Runs an edited plan.
 *
 * @throws {Error} it is not refused as a plan, and the bytes are wrong.
 */
export function tryPlan({ model, plan }: PlanOfModel): "refused" | "ran" {
  const { frame, right } = expected(model);
  for (const checked of [false, true]) {
    let found: readonly ConstantArray[];
    try {
      using engine = createEngine(model, { plan, checked });
      found = run(engine, frame);
    } catch (error) {
      if (error instanceof PlanError) return "refused";
      throw new Error(`${checked ? "checked" : "unchecked"}: ${error}`, { cause: error });
    }
    const same = right.map((values, i) => String(values) === String(found[i]));
    if (same.includes(false)) throw new Error(`${checked ? "checked" : "unchecked"}: wrong bytes`);
  }
  return "ran";
}

const known = new Map<Model, ReturnType<typeof compute>>();

function expected(model: Model): ReturnType<typeof compute> {
  const found = known.get(model) ?? compute(model);
  known.set(model, found);
  return found;
}

function compute(model: Model) {
  const frame = randomFrame(model, { seed: 5 });
  return { frame, right: runReference(model, frame).outputs };
}
