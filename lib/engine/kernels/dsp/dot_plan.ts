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

/** Pairs of channels of a single pixel that registers hold sums for. */
const MOST_PAIRS = 3;

/** The plan that memory allows; null if there is none for a window of one pixel. */
export function planDots(
  layer: Layer,
  { window, depth, filters }: ConvNumbers,
): DotPlan | null {
  const { kernelHeight, kernelWidth } = window;
  const all = outputPixels(window);
  const isOneTap = kernelHeight * kernelWidth === 1 && !isClipped(window);
  const most = layer.call?.mostColumns ?? (isOneTap ? all : window.outputWidth);
  const padded = Math.ceil(depth / 4) * 4;
  const columnBytes = (pixels: number) => isOneTap ? 0 : Math.ceil(pixels * padded / 8) * 8;
  const pairs = all === 1 && filters > 2 ? MOST_PAIRS : 1;
  for (const largest of [4, 2, 1]) {
    if (largest > most && largest > 1) continue;
    const own = columnBytes(largest);
    for (const isWide of largest === 4 ? [true] : [true, false]) {
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
        // Two pixels leave registers for the sums of two pairs of channels.
        pairs: largest === 2 && isWide && filters % 4 === 0 ? 2 : pairs,
        columns: isOneTap ? null : part(0, own),
      };
    }
  }
  return null;
}
