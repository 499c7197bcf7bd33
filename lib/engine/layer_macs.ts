import { operatorMacs } from "../model/macs.ts";
import type { Engine, EngineLayer } from "./engine.ts";

/** What a layer does, and over what its operators need: more than 1 where a segment does it again. */
export function layerMacs(
  { model, plan }: Engine,
  { steps, segment }: EngineLayer,
): { readonly macs: number; readonly macFactor: number } {
  if (segment !== null) return plan.segments[segment];
  const { operator } = plan.steps[steps[0]];
  const macs = operatorMacs(model.operators[operator], model.tensors) ?? 0;
  return { macs, macFactor: 1 };
}
