import type { Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, mul } from "../../../kernel/values.ts";
import type { ElementType } from "./element_type.ts";

/** Where finished pixels of one channel wait, and where they go. */
export interface DelayedStore {
  readonly output: Region;
  readonly ring: Region | null;
  readonly type: ElementType;
  /** Pixels that are held back. */
  readonly delay: number;
  /** The channel's element in the first pixel stored; the next ones are `stepBytes` apart. */
  readonly first: Value;
  readonly stepBytes: Value;
}

/**
 * Stores the pixels of a channel one after the other, each when `delay` later ones are finished: the
 * ring has the element of pixel t in slot t modulo delay.
 */
export function delayedStore(b: KernelBuilder, to: DelayedStore): {
  readonly push: (value: Value) => void;
  readonly flush: () => void;
} {
  const { output, ring, type: { load, store, bytes }, delay, first, stepBytes } = to;
  const y = b.let("y_next", first);
  const emit = (value: Value) => {
    b.store(store, { region: output, address: y }, value);
    b.advance(y, stepBytes);
  };
  if (delay === 0 || ring === null) return { push: emit, flush: () => {} };
  const [slot, held] = [b.let("slot", 0), b.let("held", 0)];
  const at = () => ({ region: ring, address: b.let("at", add(start(ring), mul(slot, bytes))) });
  const next = () => {
    const following = b.let("next", add(slot, 1));
    const isEnd = apply("i32.eq", [following, delay]);
    b.set(slot, choose(isEnd, 0, following));
  };
  return {
    push: (value) => {
      const place = at();
      const isFull = apply("i32.eq", [held, delay]);
      b.if(isFull, () => emit(b.load(load, place)), () => b.advance(held, 1));
      b.store(store, place, value);
      next();
    },
    // As many pixels as the delay are left: there are more pixels than that.
    flush: () =>
      b.for("left", { until: delay }, () => {
        emit(b.load(load, at()));
        next();
      }),
  };
}
