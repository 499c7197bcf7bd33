import type { Value } from "../../codegen/kernel/kernel.ts";
import type { KernelBuilder } from "../../codegen/kernel/kernel_builder.ts";
import { add, apply, constant, max, min, mul, sub } from "../../codegen/kernel/values.ts";
import { windowOf } from "../../plan/overlap_rules.ts";
import type { SlidingWindow } from "../../plan/sliding_window.ts";
import type { Layer } from "../layer.ts";

/** How a layer slides over its input, with the PAD operators that it does itself; null: it does not. */
export function windowOfLayer({ model, operator, step }: Layer): SlidingWindow | null {
  const { foldedPadding, inputs: [input] } = step;
  const folded = foldedPadding === null ? null : { padding: foldedPadding, input };
  return windowOf(model, operator, folded);
}

/** Integers `[from, until)` known when the kernel runs. */
export interface Range {
  readonly from: Value;
  readonly until: Value;
}

/** A bound known now. */
export function asRange(value: number): Value {
  return constant(value);
}

/** What one of `threads` threads does of `count` pieces. */
export function share(thread: Value, count: number, threads: number): Range {
  const bound = (t: Value) => apply("i32.div_u", [mul(t, count), threads]);
  return { from: bound(thread), until: bound(add(thread, 1)) };
}

/** A loop over a range, downwards if `isReverse`. */
export function loop(
  b: KernelBuilder,
  name: string,
  { from, until }: Range,
  isReverse: boolean,
  body: (index: Value) => void,
): void {
  if (isReverse) b.for(name, { from: sub(until, 1), until: sub(from, 1), step: -1 }, body);
  else b.for(name, { from, until }, body);
}

/** First tap that falls on the image, of a window that begins at `begin`. */
export function tapFrom(begin: Value, dilation: number): Value {
  const missing = add(sub(0, begin), dilation - 1);
  return max(0, dilation === 1 ? missing : apply("i32.div_s", [missing, dilation]));
}

/** The tap after the last one that falls on the image. */
export function tapUntil(begin: Value, extent: number, dilation: number, taps: number): Value {
  const reach = add(sub(extent, begin), dilation - 1);
  return min(taps, dilation === 1 ? reach : apply("i32.div_s", [reach, dilation]));
}

/** Whether windows reach beyond the image's upper or lower end. */
export function clipsRows(window: SlidingWindow): boolean {
  const { top, outputHeight, strideH, kernelHeight, dilationH, inputHeight } = window;
  const last = (outputHeight - 1) * strideH - top + (kernelHeight - 1) * dilationH;
  return top > 0 || last >= inputHeight;
}

/** Whether windows reach beyond the image anywhere. */
export function isClipped(window: SlidingWindow): boolean {
  const { from, until } = insideColumns(window, window.outputWidth, false);
  return clipsRows(window) || from > 0 || until < window.outputWidth;
}

/** Columns of the output whose windows lie within the image from left to right. */
export function insideColumns(
  window: SlidingWindow,
  width: number,
  isFlat: boolean,
): { readonly from: number; readonly until: number } {
  if (isFlat) return { from: 0, until: width };
  const { left, strideW, kernelWidth, dilationW, inputWidth } = window;
  const from = Math.min(width, Math.ceil(left / strideW));
  const reach = inputWidth + left - (kernelWidth - 1) * dilationW - 1;
  const until = Math.max(from, Math.min(width, Math.floor(reach / strideW) + 1));
  return reach < 0 ? { from, until: from } : { from, until };
}
