import type { Region } from "../../../kernel/kernel.ts";
import { outputPixels } from "../../../plan/read_extent.ts";
import type { Layer } from "../../layer.ts";
import { isClipped } from "../window_taps.ts";
import type { ConvNumbers } from "./conv_numbers.ts";
import { wideBytes } from "./dot_function.ts";
import { scratchFor } from "./scratch.ts";

/** How many pixels a convolution computes together, and where it works. */
export interface DotPlan {
  /** Numbers of pixels, the largest first, 1 the last, each with memory for widened elements or null. */
  readonly sizes: readonly { readonly pixels: number; readonly scratch: Region | null }[];
  /** Pairs of channels computed together. */
  readonly pairs: number;
  /** Where windows are laid out one after the other; null: they lie so in the image. */
  readonly columns: Region | null;
}

/**
 * The most pixels, whether their elements are widened in memory, and pairs of channels that registers
 * hold sums for: the fewest instructions first. A product takes 0.81, 0.94, 1.19, 1.17 and 1.25, to
 * which single pixels add more for laying out their windows.
 */
const WAYS = [
  { largest: 4, isWide: true, pairs: 1 },
  { largest: 2, isWide: true, pairs: 2 },
  { largest: 2, isWide: false, pairs: 1 },
  { largest: 1, isWide: true, pairs: 3 },
  { largest: 1, isWide: false, pairs: 3 },
] as const;

/** The plan that memory allows; null if there is none for a window of one pixel. */
export function planDots(
  layer: Layer,
  { window, depth, filters }: ConvNumbers,
): DotPlan | null {
  const { kernelHeight, kernelWidth } = window;
  const isOneTap = kernelHeight * kernelWidth === 1 && !isClipped(window);
  const most = layer.call?.mostColumns ??
    (isOneTap ? outputPixels(window) : window.outputWidth);
  const padded = Math.ceil(depth / 4) * 4;
  for (const { largest, isWide, pairs } of WAYS) {
    if (largest > most && largest > 1) continue;
    const own = isOneTap ? 0 : Math.ceil(largest * padded / 8) * 8;
    const bytes = own + (isWide ? wideBytes(largest, depth) : 0);
    const place = bytes === 0 ? null : scratchFor(layer, bytes);
    if (bytes > 0 && place === null) continue;
    const part = (offsetBytes: number, sizeBytes: number): Region => ({
      ...place!,
      offsetBytes: place!.offsetBytes + offsetBytes,
      sizeBytes,
    });
    const scratch = isWide ? part(own, bytes - own) : null;
    return {
      sizes: [4, 2, 1].filter((pixels) => pixels <= largest)
        .map((pixels) => ({ pixels, scratch })),
      // A block of channels that is not whole has code of its own.
      pairs: filters < 2 * pairs || largest === 2 && filters % 4 !== 0 ? 1 : pairs,
      columns: isOneTap ? null : part(0, own),
    };
  }
  return null;
}
