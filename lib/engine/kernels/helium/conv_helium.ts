import type { Region, Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add } from "../../../kernel/values.ts";
import { outputPixels } from "../../../plan/sliding_window.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { type ConvNumbers, convNumbers } from "../dsp/conv_numbers.ts";
import { tileParts, windowGather } from "../dsp/gather_windows.ts";
import { roleOf, scratchFor } from "../dsp/regions.ts";
import { openKernel } from "../walk/open_kernel.ts";
import { walkWindow } from "../walk/walk_window.ts";
import { isClipped } from "../walk/window_taps.ts";
import { type PixelTile, prepareWalk } from "../walk/window_walk.ts";
import { loopOf, readsFirst } from "./dot_block.ts";
import { dotGroupFunction, dotGroupName } from "./dot_group_function.ts";
import { prepareVectorFinish } from "./finish_vectors.ts";
import {
  channelBytes,
  type DotStep,
  dotSteps,
  GROUP,
  groupBytes,
  packGroups,
} from "./pack_weights.ts";

/**
 * CONV_2D and FULLY_CONNECTED of int8 for processors with Helium, and DEPTHWISE_CONV_2D of one channel:
 * sums over vectors of elements, four pixels or four channels at a time.
 */
export function convHelium(layer: Layer): LayerKernel | null {
  const numbers = convNumbers(layer);
  const steps = numbers === null ? null : dotSteps(numbers.depth);
  if (numbers === null || steps === null) return null;
  const place = placeOf(layer, numbers, steps);
  if (place === null) return null;
  const { sizes, columns } = place;
  const { window, filters, depth, weights, sums } = numbers;
  const finish = prepareVectorFinish(sums);
  const { constants, library, step, inputs: [input], outputs: [output] } = layer;
  const packed = constants.place(
    `${layer.name}_weights`,
    packGroups(weights, { channels: filters, depth, steps, finish }),
    { alignmentBytes: 4 },
  );
  const end = start(packed, Math.floor(filters / GROUP) * groupBytes(steps, finish));
  const regions = {
    input: columns === null ? roleOf("input", input!.region) : roleOf("columns", columns),
    output: roleOf("output", output.region),
    weights: roleOf("weights", packed),
  };
  const functions = new Map(sizes.map((pixels) => {
    const shape = { pixels, steps, restChannels: filters % GROUP, finish };
    return [pixels, library.share(dotGroupFunction(shape, regions), dotGroupName(shape))];
  }));
  const kernel = openKernel(layer);
  const { b } = kernel;
  // Pixels are read before results are stored, or copied: they may be computed together in any plan.
  const walk = prepareWalk({ ...layer, step: { ...step, pixelsAtOnce: null } }, {
    kernel,
    window,
    tile: { pixels: sizes[0], vectors: 1 },
    channels: filters,
    border: columns === null ? "counted" : "tiles",
  });
  const gather = columns === null ? null : windowGather(layer, { kernel, numbers, columns });
  const used = new Set<1 | 4>();
  const call = (pixels: 1 | 4, { x, y, pixelBytes }: {
    readonly x: Value;
    readonly y: Value;
    readonly pixelBytes: number;
  }) => {
    used.add(pixels);
    const name = functions.get(pixels)!.name;
    const { turns } = loopOf(steps);
    const sizes = [pixelBytes, filters, channelBytes(steps), turns];
    b.call(name, [x, y, start(packed), end, sums.outputZero, ...sizes]);
  };
  walkWindow(walk, (tile: PixelTile) => {
    const parts = tileParts(tile.pixels, sizes);
    for (const { pixels, at } of walk.isReverse ? parts.toReversed() : parts) {
      const y = add(tile.y, at * filters);
      if (gather === null) {
        const pixelBytes = window.strideW * window.inputPixelBytes;
        call(pixels, { x: add(tile.x, at * pixelBytes), y, pixelBytes });
      } else {
        gather.emit(tile, { pixels, at });
        call(pixels, { x: start(columns!), y, pixelBytes: gather.pixelBytes });
      }
    }
  });
  return {
    kernel: `conv int8 ${sizes[0]}x${GROUP} helium ${finish.key}`,
    remarks: [
      `tile pixels by ${sizes[0]}`,
      `tile channels by ${GROUP}`,
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

/** DEPTHWISE_CONV_2D of one channel, which is a convolution. */
export function oneChannelHelium(layer: Layer): LayerKernel | null {
  const { step, inputs: [input] } = layer;
  return input?.tensor.shape.at(-1) === 1 && step.delayPixels === 0 ? convHelium(layer) : null;
}

/** How many pixels are computed together, the most first, and where windows are laid out; null: nowhere. */
function placeOf(
  layer: Layer,
  { window, depth }: ConvNumbers,
  steps: readonly DotStep[],
): { readonly sizes: readonly (1 | 4)[]; readonly columns: Region | null } | null {
  const { kernelHeight, kernelWidth } = window;
  const { step: { form }, call } = layer;
  const all = outputPixels(window);
  const isOneTap = kernelHeight * kernelWidth === 1 && !isClipped(window);
  const most = call?.mostColumns ?? (isOneTap ? all : window.outputWidth);
  // Results may lie over elements of their own pixels, which are read for every group of channels.
  const isOver = (form === "overlap" || form === "in-place") && !readsFirst(steps);
  const padded = Math.ceil(depth / 4) * 4;
  for (const largest of [4, 1] as const) {
    if (largest > most && largest > 1) continue;
    const sizes = ([4, 1] as const).filter((pixels) => pixels <= largest);
    if (isOneTap && !isOver) return { sizes, columns: null };
    const columns = scratchFor(layer, Math.ceil(largest * padded / 8) * 8);
    if (columns !== null) return { sizes, columns };
  }
  return null;
}
