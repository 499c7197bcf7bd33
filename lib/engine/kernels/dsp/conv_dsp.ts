import type { Region, Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add } from "../../../kernel/values.ts";
import { outputPixels } from "../../../plan/sliding_window.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { openKernel } from "../walk/open_kernel.ts";
import { walkWindow } from "../walk/walk_window.ts";
import { isClipped } from "../walk/window_taps.ts";
import { type PixelTile, prepareWalk } from "../walk/window_walk.ts";
import { type ConvNumbers, convNumbers } from "./conv_numbers.ts";
import { dotFunction, dotName, wideBytes } from "./dot_function.ts";
import { prepareFinish, type SumFinish } from "./finish_sums.ts";
import { tileParts, windowGather } from "./gather_windows.ts";
import { roleOf, scratchFor } from "./regions.ts";

/**
 * CONV_2D and FULLY_CONNECTED of int8 for processors with a DSP extension, and DEPTHWISE_CONV_2D of one
 * channel: up to four pixels by two channels in registers.
 */
export function convDsp(layer: Layer): LayerKernel | null {
  const given = convNumbers(layer);
  if (given === null) return null;
  const numbers = { ...given, finish: prepareFinish(given.sums) };
  const { window, filters, finish } = numbers;
  const plan = planDots(layer, numbers);
  if (plan === null) return null;
  const { constants, step, outputs: [output] } = layer;
  const packed = constants.place(
    `${layer.name}_weights`,
    packPairs(numbers.weights, { ...numbers, channels: filters, pairs: plan.pairs }),
    { alignmentBytes: 4 },
  );
  const end = start(packed, wholeBlocksBytes({ ...numbers, channels: filters, pairs: plan.pairs }));
  const functions = functionsOf(layer, numbers, { ...plan, packed });
  const kernel = openKernel(layer);
  const { b } = kernel;
  // What a function reads it reads before it stores: pixels may be computed together in any plan.
  const walk = prepareWalk({ ...layer, step: { ...step, pixelsAtOnce: null } }, {
    kernel,
    window,
    tile: { pixels: plan.sizes[0].pixels, vectors: 1 },
    channels: filters,
    border: plan.columns === null ? "counted" : "tiles",
    splitsWholeRows: false,
  });
  const gather = plan.columns === null
    ? null
    : windowGather(layer, { kernel, numbers, columns: plan.columns });
  const used = new Set<number>();
  const zero = zeroPointOf(output.tensor);
  const call = (pixels: number, x: Value, y: Value, pixelBytes: number) => {
    used.add(pixels);
    const { scratch } = plan.sizes.find((each) => each.pixels === pixels)!;
    b.call(functions.get(pixels)!.name, [
      x,
      y,
      start(packed),
      end,
      pixelBytes,
      numbers.depth - numbers.depth % 4,
      filters,
      zero,
      ...scratch === null ? [] : [start(scratch)],
    ]);
  };
  walkWindow(walk, (tile: PixelTile) => {
    const parts = tileParts(tile.pixels, plan.sizes.map(({ pixels }) => pixels));
    for (const { pixels, at } of walk.isReverse ? parts.toReversed() : parts) {
      const y = add(tile.y, at * filters);
      if (gather === null) {
        const pixelBytes = window.strideW * window.inputPixelBytes;
        call(pixels, add(tile.x, at * pixelBytes), y, pixelBytes);
      } else {
        gather.emit(tile, { pixels, at });
        call(pixels, start(plan.columns!), y, gather.pixelBytes);
      }
    }
  });
  return {
    kernel: `conv int8 ${plan.sizes[0].pixels}x${2 * plan.pairs} dsp ${finish.key}`,
    remarks: [
      `tile pixels by ${plan.sizes[0].pixels}`,
      `tile channels by ${2 * plan.pairs}`,
      ...gather === null ? [] : ["im2col of a tile"],
    ],
    code: [
      b.finish(layer.name),
      ...[...used].map((pixels) => functions.get(pixels)!),
      ...gather?.code() ?? [],
    ],
    isParallel: false,
  };
}

function functionsOf(
  layer: Layer,
  { depth, filters, finish }: ConvNumbers & { readonly finish: SumFinish },
  { sizes, pairs, columns, packed }: DotPlan & {
    readonly packed: ReturnType<Layer["constants"]["place"]>;
  },
) {
  const { inputs: [input], outputs: [output] } = layer;
  return new Map(sizes.map(({ pixels, scratch }) => {
    const dot = {
      pixels,
      pairs,
      isWide: scratch !== null,
      depth,
      restChannels: filters % (2 * pairs),
      finish,
    };
    const code = dotFunction(dot, {
      input: columns === null ? roleOf("input", input!.region) : roleOf("columns", columns),
      output: roleOf("output", output.region),
      weights: roleOf("weights", packed),
      wide: scratch === null ? null : roleOf("wide", scratch),
    });
    return [pixels, layer.library.share(code, dotName(dot))];
  }));
}

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
function planDots(
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

/** What weights of pairs of channels are packed from. */
export interface PairsLayout {
  readonly channels: number;
  /** Pairs of channels computed together. */
  readonly pairs: number;
  /** Products of a sum. */
  readonly depth: number;
  readonly finish: SumFinish;
}

/** Bytes of all whole blocks of pairs. */
function wholeBlocksBytes(
  { channels, pairs, depth, finish: { words } }: PairsLayout,
): number {
  const pairBytes = 8 + 2 * Math.ceil(depth / 4) * 4 + 8 * words;
  return Math.floor(channels / (2 * pairs)) * pairs * pairBytes;
}

/**
 * Weights in the order in which they are read. For every block of pairs of channels: what their sums
 * start from, words of four weights, their constants. Of every four products k each pair of channels c
 * and d has a word with even k, `c[k] d[k] c[k + 2] d[k + 2]`, and behind those of all pairs one with
 * odd k: the even bytes of a word are a pair for c, the odd ones for d, as those of four elements of a
 * pixel are.
 */
function packPairs(
  weights: ArrayLike<number>,
  { channels, pairs, depth, finish }: PairsLayout,
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const words = (values: readonly number[]) =>
    bytes.push(...new Uint8Array(Int32Array.from(values, (each) => each | 0).buffer));
  const weightOf = (channel: number, k: number) => (
    channel < channels && k < depth ? weights[channel * depth + k] : 0
  );
  for (let first = 0; first < channels; first += 2 * pairs) {
    const block = Array.from({ length: 2 * pairs }, (_, i) => first + i)
      .filter((each) => each < channels + channels % 2);
    words(block.map((each) => each < channels ? finish.starts[each] : 0));
    for (let k = 0; k < depth; k += 4) {
      for (const half of [k, k + 1]) {
        for (let c = 0; c < block.length; c += 2) {
          for (const inner of [half, half + 2]) {
            bytes.push(weightOf(block[c], inner) & 0xff, weightOf(block[c + 1], inner) & 0xff);
          }
        }
      }
    }
    for (const each of block) if (each < channels) words(finish.wordsOf(each));
  }
  return Uint8Array.from(bytes);
}
