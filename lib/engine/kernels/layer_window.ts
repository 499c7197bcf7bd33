import { windowOf } from "../../plan/overlap_rules.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { Layer } from "../layer.ts";

/** The window with which a layer walks over its first input, folded padding included. */
export function layerWindow({ model, operator, step }: Layer): SlidingWindow | null {
  const { foldedPadding: padding, inputs: [input] } = step;
  return windowOf(model, operator, padding === null ? null : { padding, input });
}
