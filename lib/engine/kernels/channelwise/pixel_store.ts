import type { Region, Value } from "../../../kernel/kernel.ts";
import { type At, type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { vectorType } from "../../../kernel/instruction.ts";
import { add, apply, choose, constant, widened } from "../../../kernel/values.ts";

/** Channels of finished pixels, stored: at once, or held back in a ring first. */
export type PixelStore = (pixels: readonly FinishedPixel[]) => void;

/** A group of channels of a pixel. */
export interface FinishedPixel {
  /** Pointer to the group in the output, with `offsetBytes`. */
  readonly address: Value;
  readonly offsetBytes: number;
  /** The vector that holds them, and from which byte on. */
  readonly vector: Value;
  readonly firstByte: number;
}

const STORES = {
  8: "v128.store64_lane",
  4: "v128.store32_lane",
  2: "v128.store16_lane",
  1: "v128.store8_lane",
} as const;

const LOADS = {
  16: "v128.load",
  8: "v128.load64_zero",
  4: "v128.load32_zero",
  2: "v128.load16_splat",
  1: "v128.load8_splat",
} as const;

/** Loads `width` bytes, a power of two, as the first of a vector, or all of a wide one. */
export function loadPart(b: KernelBuilder, at: At, width: number): Value {
  if (width > 16) return widened(b.load("v128.load", at), vectorType(width));
  return b.load(LOADS[width as keyof typeof LOADS], at);
}

/** Stores `width` bytes of a vector, a power of two, from a multiple of it on. */
function storePart(
  b: KernelBuilder,
  at: At,
  { vector, firstByte, width }: {
    readonly vector: Value;
    readonly firstByte: number;
    readonly width: number;
  },
): void {
  if (width >= 16) return b.store("v128.store", at, vector);
  b.store(STORES[width as keyof typeof STORES], at, vector, firstByte / width);
}

/** Stores pixels as they are finished. */
export function storeAtOnce(b: KernelBuilder, output: Region, width: number): PixelStore {
  return (pixels) => {
    for (const { address, offsetBytes, vector, firstByte } of pixels) {
      storePart(b, { region: output, address, offsetBytes }, { vector, firstByte, width });
    }
  };
}

/**
 * Holds `delay` finished pixels of a group of channels back in a ring. `drain` stores those that are
 * left when the last of `pixels` pixels is finished.
 */
export function holdBack(
  b: KernelBuilder,
  { output, ring, width, delay, pixels, pixelBytes, isReverse }: {
    readonly output: Region;
    readonly ring: Region;
    readonly width: number;
    readonly delay: number;
    readonly pixels: number;
    readonly pixelBytes: number;
    readonly isReverse: boolean;
  },
): { readonly store: PixelStore; readonly drain: (first: Value) => void } {
  const end = start(ring, delay * width);
  const slot = b.let("slot", start(ring));
  const finished = b.let("finished", 0);
  const step = isReverse ? -pixelBytes : pixelBytes;
  const next = () => {
    b.set(slot, add(slot, width));
    b.set(slot, choose(apply("i32.eq", [slot, end]), start(ring), slot));
  };
  const release = (address: Value) => {
    const vector = b.let("held", loadPart(b, { region: ring, address: slot }, width));
    storePart(b, { region: output, address }, { vector, firstByte: 0, width });
  };
  const store: PixelStore = (group) => {
    for (const each of isReverse ? group.toReversed() : group) {
      const isDue = apply("i32.ge_s", [finished, delay]);
      const { address, offsetBytes, vector, firstByte } = each;
      b.if(isDue, () => release(b.let("due", add(address, offsetBytes - delay * step))));
      storePart(b, { region: ring, address: slot }, { vector, firstByte, width });
      next();
      b.advance(finished, 1);
    }
  };
  const drain = (first: Value) => {
    const left = Math.min(delay, pixels);
    if (pixels < delay) b.set(slot, start(ring));
    const from = isReverse ? left - 1 : pixels - left;
    const due = b.let("due", add(first, from * pixelBytes));
    b.for("left", { until: left }, () => {
      release(due);
      next();
      b.advance(due, constant(step));
    });
  };
  return { store, drain };
}
