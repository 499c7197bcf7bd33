import type { Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose } from "../../../kernel/values.ts";
import { outputPixels } from "../../../plan/read_extent.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer } from "../../layer.ts";

/**
 * Holds the last finished pixels of four channels back in the plan's ring, a word each. `push` takes
 * so many pixels that lie in `held`, the first of which belongs to `y`; `drain` stores those that
 * are left.
 */
export function heldPixels(
  b: KernelBuilder,
  { layer, window, held, first, isReverse }: {
    readonly layer: Layer;
    readonly window: SlidingWindow;
    readonly held: Region;
    /** Byte of a pixel at which the channels begin. */
    readonly first: Value;
    readonly isReverse: boolean;
  },
): { readonly push: (y: Value, count: number) => void; readonly drain: () => void } {
  const { step: { delayPixels: delay }, outputs: [{ region: output }] } = layer;
  const ring = layer.ring!;
  const pixelBytes = window.outputPixelBytes;
  const step = isReverse ? -pixelBytes : pixelBytes;
  const end = start(ring, 4 * delay);
  const slot = b.let("slot", start(ring));
  const left = b.let("left", delay);
  const next = () => {
    b.advance(slot, 4);
    b.set(slot, choose(apply("i32.eq", [slot, end]), start(ring), slot));
  };
  const release = (y: Value) => {
    const word = b.let("word", b.load("i32.load", { region: ring, address: slot }));
    b.store("i32.store", { region: output, address: y }, word);
  };
  return {
    push: (y, count) => {
      const due = b.let(
        "due",
        add(y, (isReverse ? (count - 1) * pixelBytes : 0) - delay * step),
      );
      const from = b.let("from", start(held, isReverse ? 4 * (count - 1) : 0));
      b.for("pixel", { until: count }, () => {
        const word = b.let("finished", b.load("i32.load", { region: held, address: from }));
        b.if(
          apply("i32.eqz", [left]),
          () => release(due),
          () => b.set(left, add(left, -1)),
        );
        b.store("i32.store", { region: ring, address: slot }, word);
        next();
        b.advance(due, step);
        b.advance(from, isReverse ? -4 : 4);
      });
    },
    drain: () => {
      const pixels = outputPixels(window);
      const waiting = Math.min(delay, pixels);
      if (pixels < delay) b.set(slot, start(ring));
      const from = isReverse ? waiting - 1 : pixels - waiting;
      const due = b.let("due", add(add(start(output), first), from * pixelBytes));
      b.for("waiting", { until: waiting }, () => {
        release(due);
        next();
        b.advance(due, step);
      });
    },
  };
}
