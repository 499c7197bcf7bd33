import type { Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import type { Step } from "../../../nest/nest.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import {
  depthwiseCuts,
  depthwiseSchedules,
  scheduledDepthwise,
} from "../../blocks/scheduled_depthwise.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import type { ChannelGroup } from "../channelwise/channel_blocks.ts";
import {
  channelwiseGroups,
  channelwiseRemarks,
  emitChannelwise,
  heldBackRemarks,
} from "../channelwise/channelwise.ts";
import type { FinishedPixel } from "../channelwise/pixel_store.ts";
import { numbersOf } from "../convolution/weights.ts";
import { prepareRescale } from "../requantize/prepare_rescale.ts";
import type { Rescale } from "../requantize/rescale.ts";
import { narrowToInt8 } from "../vectors/quantized_vectors.ts";
import { layerWindow, openKernel } from "../walk/open_kernel.ts";
import type { RowTile } from "../walk/row_tiles.ts";
import { clipsRows } from "../walk/window_taps.ts";
import { channelPlaces, factorsOf, packFamilies, sumsOf } from "./depthwise_numbers.ts";
import { tileSums } from "./depthwise_tile.ts";
import { groupsOfRow, groupsOfWindow, type WeightOrder } from "./pack_depthwise.ts";

/** The ways in which a layer can be scheduled, the one that should take the least time first. */
export function depthwiseInt8Schedules(layer: Layer): readonly (readonly Step[])[] {
  const shape = shapeOf(layer);
  return shape === null || shape.multiplier > 1 ? [] : depthwiseSchedules(layer, shape.window);
}

/**
 * DEPTHWISE_CONV_2D of int8: a tile of neighbouring pixels by eight channels in registers, pairs of
 * taps multiplied and added by one instruction, rescaled and stored as they are finished. How many
 * pixels and channels are computed together and whether taps are written out is what its schedule says.
 */
export function depthwiseInt8(layer: Layer): LayerKernel | null {
  const shape = shapeOf(layer);
  if (shape === null) return null;
  const { constants, inputs, outputs: [output] } = layer;
  const { window, channels, filters, multiplier, range } = shape;
  const [input, weightsOperand, biasOperand] = inputs;
  const weights = numbersOf(weightsOperand!.tensor);
  const zeroPoint = zeroPointOf(input!.tensor);
  const outputZero = zeroPointOf(output.tensor);
  const { kernelHeight, kernelWidth } = window;
  // Lanes that repeat an input channel are beyond what a nest says.
  const scheduled = multiplier > 1 ? null : scheduledDepthwise(layer, window);
  const { pixels, isUnrolled, split, channels: widest, lanes } = scheduled?.cut ??
    depthwiseCuts(layer, shape)[0];
  const families = channelwiseGroups(layer, { channels, multiplier, widest });
  const isQuads = layer.hasRelaxedDot;
  // Bytes are multiplied as x + 128, which is x with its highest bit turned.
  const offset = isQuads ? 128 : 0;
  const grouping = {
    size: isQuads ? 4 : 2,
    kernelHeight,
    kernelWidth,
    strideW: window.strideW,
  };
  const clips = clipsRows(window);
  const zero = zeroPoint + offset;
  const { bias, products } = sumsOf({ weights, filters, zero, bias: biasOperand?.tensor });
  const factors = factorsOf(layer);
  const places = channelPlaces(families, lanes);
  const rescale = prepareRescale(constants, {
    factors: places.map((o) => factors[o]),
    bias: places.map((o) => bias[o]),
    products: places.map((o) => products[o]),
    mayDoubleWeights: !isQuads,
    lanes,
    ...range.min >= outputZero ? { largestResult: range.max - outputZero } : {},
  });
  const order: WeightOrder = {
    kernelHeight,
    kernelWidth,
    row: clips || !isUnrolled ? groupsOfRow(grouping) : [],
    whole: isUnrolled ? groupsOfWindow(grouping) : [],
    zero,
    mayMiss: clips,
    lanes,
  };
  const groups = constants.place(`${layer.name}_rescale`, rescale.constants);
  const packed = packFamilies(layer, { weights, families, filters, order, rescale });
  const kernel = openKernel(layer);
  const { b } = kernel;
  const emit = prepareTile(layer, {
    b,
    window,
    packed,
    groups,
    rescale,
    order,
    outside: isQuads ? constants.splat8(zeroPoint) : constants.splat16(zeroPoint),
    flip: isQuads ? constants.splat8(-128) : null,
    outputZero,
    range,
  });
  emitChannelwise(kernel, layer, {
    window,
    families,
    pixels,
    split,
    splitsWholeRows: isUnrolled,
    emit,
  });
  const { width } = families[0];
  return {
    kernel: `depthwise int8 ${kernelHeight}x${kernelWidth} ${pixels}x${width} ${
      isQuads ? "dot u8" : "dot i16"
    }`,
    ...scheduled === null ? {} : { nest: scheduled.nest },
    remarks: [
      ...scheduled === null
        ? [...channelwiseRemarks(layer, { families, pixels, split }), `unroll kw by ${kernelWidth}`]
        : heldBackRemarks(layer, families),
      isQuads ? "dot four taps as uint8 by int8" : "dot pairs of taps as int16",
    ],
    code: [b.finish(layer.name), ...rescale.code],
    isParallel: split !== "none",
  };
}

/** What computes a tile of one group of channels, up to the vectors that are to be stored. */
function prepareTile(
  { constants, inputs: [input] }: Layer,
  { b, window, packed, groups, rescale, order, outside, flip, outputZero, range }: {
    readonly b: KernelBuilder;
    readonly window: SlidingWindow;
    readonly packed: ReturnType<typeof packFamilies>;
    /** Factors of all groups. */
    readonly groups: Region;
    readonly rescale: Rescale;
    readonly order: WeightOrder;
    /** What lies beside the image. */
    readonly outside: Value;
    /** Turns the highest bit of bytes; null: they are taken as they are. */
    readonly flip: Value | null;
    readonly outputZero: number;
    readonly range: { readonly min: number; readonly max: number };
  },
) {
  const filters = window.outputPixelBytes;
  return (at: RowTile, { family, index }: ChannelGroup): readonly FinishedPixel[] => {
    const { region, vectors, places, firstRescale, rescaleBytes } = packed.get(family)!;
    const w = b.let("w_group", add(start(region), mul(index, places.groupBytes)));
    const constantsAt = b.let(
      "rescale",
      add(start(groups, firstRescale), mul(index, rescaleBytes)),
    );
    const rescaleAt = (v: number) => ({
      region: groups,
      address: constantsAt,
      offsetBytes: v * rescale.groupBytes,
    });
    const sums = tileSums(b, {
      tile: at,
      window,
      bias: Array.from({ length: vectors }, (_, v) => rescale.bias(rescaleAt(v))),
      channels: {
        width: family.width,
        isSplat: family.isSplat,
        input: input!.region,
        w,
        weights: region,
        order,
        places,
        outside,
        flip,
      },
    });
    const scaled: Value[][] = sums.map(() => []);
    for (let v = 0; v < vectors; v++) {
      const column = rescale.apply(b, sums.map((row) => row[v]), rescaleAt(v));
      column.forEach((q, p) => scaled[p].push(q));
    }
    const together = 4 / vectors;
    const finished: FinishedPixel[] = [];
    for (let first = 0; first < scaled.length; first += together) {
      const some = scaled.slice(first, first + together);
      const narrow = narrowToInt8(constants, some.flat(), { zeroPoint: outputZero, range });
      const vector = b.let("bytes", narrow);
      some.forEach((_, p) => {
        const offsetBytes = (first + p) * filters;
        finished.push({ address: at.y, offsetBytes, vector, firstByte: p * vectors * 4 });
      });
    }
    return finished;
  };
}

function shapeOf(layer: Layer) {
  const { operator, inputs: [input, weights, bias], outputs: [output] } = layer;
  if (operator.op !== "DEPTHWISE_CONV_2D") return null;
  if (input?.tensor.dtype !== "int8" || output.tensor.dtype !== "int8") return null;
  if (weights?.tensor.data == null || bias && bias.tensor.data === null) return null;
  const window = layerWindow(layer)!;
  const channels = window.inputPixelBytes;
  const filters = window.outputPixelBytes;
  const range = outputRange(operator.attributes.activation, output.tensor);
  return { window, channels, filters, multiplier: filters / channels, range };
}
