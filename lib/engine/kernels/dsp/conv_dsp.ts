import type { Value } from "../../../kernel/kernel.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add } from "../../../kernel/values.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { openKernel } from "../open_kernel.ts";
import { tileParts } from "../tile_parts.ts";
import { type PixelTile, prepareWalk, walkWindow } from "../window_walk.ts";
import { type ConvNumbers, convNumbers } from "./conv_numbers.ts";
import { dotFunction, dotName } from "./dot_function.ts";
import { type DotPlan, planDots } from "./dot_plan.ts";
import { prepareFinish, type SumFinish } from "./finish_sums.ts";
import { windowGather } from "./gather_windows.ts";
import { packPairs, wholeBlocksBytes } from "./pack_pairs.ts";
import { roleOf } from "./role_of.ts";

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
