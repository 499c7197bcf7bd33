import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { forRange, type IndexRange } from "../walk/index_range.ts";

/** Results of int32, `channels` to a pixel, and the tensor of 8-bit integers that they become. */
export interface Unfused {
  readonly accumulators: Region;
  readonly accumulatorsAddress: Value;
  readonly output: Region;
  readonly outputAddress: Value;
  readonly channels: Value;
  /** What is gone through. */
  readonly pixels: IndexRange;
  readonly range: IndexRange;
}

/** A pass over all elements: each `value` becomes another. */
export type Pass = (value: Value, channel: Value) => Value;

/**
 * What follows the sums where nothing is fused: one pass after the other over the int32 in memory, the
 * last of them into the output.
 */
export function emitPasses(b: KernelBuilder, unfused: Unfused, passes: readonly Pass[]): void {
  const { accumulators, accumulatorsAddress, output, outputAddress, channels } = unfused;
  passes.forEach((pass, i) => {
    forRange(b, { name: "pixel", range: unfused.pixels, isReverse: false }, (pixel) => {
      const line = b.let("line", mul(pixel, channels));
      forRange(b, { name: "channel", range: unfused.range, isReverse: false }, (channel) => {
        const index = b.let("index", add(line, channel));
        const at = { region: accumulators, address: add(accumulatorsAddress, mul(index, 4)) };
        const value = pass(b.load("i32.load", at), channel);
        if (i < passes.length - 1) b.store("i32.store", at, value);
        else {
          const place = { region: output, address: add(outputAddress, index) };
          b.store("i32.store8", place, value);
        }
      });
    });
  });
}
