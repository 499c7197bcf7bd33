import type { Padding } from "./attributes.ts";

/**
 * One dimension of a window that slides over an image.
 *
 * @category Models
 */
export interface WindowExtent {
  /** Extent of the input. */
  readonly input: number;
  /** Taps of the window. */
  readonly filter: number;
  /** Steps from one window to the next. */
  readonly stride: number;
  /** Steps from one tap to the next; 1 if left out. */
  readonly dilation?: number;
  /** How windows meet the border. */
  readonly padding: Padding;
}

/**
 * Where windows lie along one dimension, as TensorFlow defines it: `output` windows, the first of
 * which starts `before` elements in front of the input (and the last ends up to `after` behind it).
 *
 * SAME: `ceil(input / stride)` windows, the odd element of padding goes behind. VALID: only windows
 * that lie within the input.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { windowExtent } from "tinyloom";
 *
 * const window = windowExtent({ input: 96, filter: 3, stride: 2, padding: "SAME" });
 * assert.deepEqual(window, { output: 48, before: 0, after: 1 });
 * ```
 *
 * @category Models
 */
export function windowExtent(
  window: WindowExtent,
): { readonly output: number; readonly before: number; readonly after: number } {
  const { input, filter, stride, dilation = 1, padding } = window;
  const reach = (filter - 1) * dilation + 1;
  if (padding === "VALID") {
    return { output: Math.max(0, Math.ceil((input - reach + 1) / stride)), before: 0, after: 0 };
  }
  const output = Math.ceil(input / stride);
  const total = Math.max(0, (output - 1) * stride + reach - input);
  const before = Math.floor(total / 2);
  return { output, before, after: total - before };
}
