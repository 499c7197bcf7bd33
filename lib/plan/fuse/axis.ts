import type { Extent } from "../segment.ts";
import type { SlidingWindow } from "../sliding_window.ts";
import type { Axis } from "./image_step.ts";

/** A window, one dimension at a time. */
export function windowAxes(window: SlidingWindow): { readonly rows: Axis; readonly columns: Axis } {
  return {
    rows: {
      input: window.inputHeight,
      output: window.outputHeight,
      stride: window.strideH,
      before: window.top,
      reach: (window.kernelHeight - 1) * window.dilationH + 1,
    },
    columns: {
      input: window.inputWidth,
      output: window.outputWidth,
      stride: window.strideW,
      before: window.left,
      reach: (window.kernelWidth - 1) * window.dilationW + 1,
    },
  };
}

/** The same windows seen from the other end. */
export function flipped(axis: Axis): Axis {
  const { input, output, stride, before, reach } = axis;
  return { ...axis, before: (output - 1) * stride + reach - before - input };
}

/** First input element that windows from `at` on read, clipped to the image. */
export function firstRead({ input, stride, before }: Axis, at: number): number {
  return Math.min(input, Math.max(0, at * stride - before));
}

/** End of the input elements that windows up to `at`, included, read, clipped to the image. */
export function endRead({ input, stride, before, reach }: Axis, at: number): number {
  return Math.min(input, Math.max(0, at * stride - before + reach));
}

/** The part of the input that a range of the output is computed from; empty ranges stay empty. */
export function inputExtent(axis: Axis, [from, until]: Extent): Extent {
  if (from >= until) return [0, 0];
  const first = firstRead(axis, from);
  const end = endRead(axis, until - 1);
  return first < end ? [first, end] : [0, 0];
}

/** The smallest range that holds both. */
export function joined(a: Extent, b: Extent): Extent {
  if (a[0] >= a[1]) return b;
  if (b[0] >= b[1]) return a;
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}
