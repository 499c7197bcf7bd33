import { vectorType } from "../../../kernel/instruction.ts";
import { start } from "../../../kernel/kernel_builder.ts";
import { add, mul, widened } from "../../../kernel/values.ts";
import type { Step } from "../../../nest/nest.ts";
import { ScheduleError } from "../../../schedule/loops.ts";
import { ConvBlocks } from "../../blocks/conv_blocks.ts";
import type { ConvArithmetic } from "../../blocks/conv_nest.ts";
import { ownSteps, scheduledConv } from "../../blocks/scheduled_conv.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { channelFactors } from "../../reference/arithmetic.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { blocksOfChannels } from "../channelwise/channel_blocks.ts";
import { prepareRescale } from "../requantize/prepare_rescale.ts";
import { openKernel } from "../walk/open_kernel.ts";
import { walkBlocks, walkWindow } from "../walk/walk_window.ts";
import type { PixelTile } from "../walk/window_walk.ts";
import { prepareClippedBias } from "./clipped_bias.ts";
import {
  type ConvTile,
  convTilesByCost,
  type DotFormat,
  dotFormatOf,
  dotFormats,
} from "./conv_int8_cost.ts";
import { prepareFinish } from "./finish_conv.ts";
import { nativeConvTiles } from "./native_conv_cost.ts";
import { callShape, type ConvLayerShape, convShape } from "./conv_shape.ts";
import { numbersOf, productBounds } from "./weights.ts";

/**
 * CONV_2D and FULLY_CONNECTED of int8: pixels by channels in registers, straight from the image
 * (its rows are runs of `Kw C` elements, no im2col), rescaled and stored as they are finished.
 */
export function convInt8(layer: Layer): LayerKernel | null {
  const shape = shapeOf(layer);
  if (shape === null) return null;
  const kernel = openKernel(layer);
  const { b } = kernel;
  const steps = layer.schedule ?? stepsOf(layer, shape, tilesOf(layer, shape)[0]);
  const format = dotFormatOf(steps);
  if (format.group === 4 && !layer.hasRelaxedDot) {
    throw new ScheduleError(
      "it multiplies fours, which this machine or option relaxedDot does not do exactly; " +
        "multiply pairs",
    );
  }
  const { constants, inputs: [input] } = layer;
  const { filters, depth } = shape;
  const { nest, cut, walk } = scheduledConv(layer, {
    kernel,
    shape,
    arithmetic: arithmeticOf(format),
    border: BORDER,
    steps,
    vectorBytes: layer.vectorBytes,
  });
  const { lanes } = cut;
  const { weights, rescale, bias, outputZero, range } = numbersOfLayer(layer, {
    ...{ shape, format, lanes },
  });
  const vectors = cut.channels / lanes;
  const blocks = blocksOfChannels(filters, cut.channels, { lanes });
  const factors = constants.place(`${layer.name}_factors`, rescale.constants);
  const filled = new Int16Array(Math.ceil(filters / lanes) * lanes * depth);
  for (let i = 0; i < weights.length; i++) filled[i] = weights[i] * rescale.weightFactor;
  const products = new ConvBlocks({
    name: layer.name,
    constants,
    library: layer.blocks,
    scheduled: nest,
    walk: cut,
    blocks,
    values: filled,
    depth,
    window: walk.window,
    elementBytes: 1,
    image: input!.region,
  });

  const emitFinish = prepareFinish(layer, { b, rescale, filters, lanes, outputZero, range });
  walkWindow(walk, (tile: PixelTile) => {
    const biases = b.let("biases", bias.listFor(b, tile));
    walkBlocks(walk, blocks, (block, index) => {
      const starts = b.let("starts", add(biases, mul(index, cut.channels * 4)));
      const firsts = Array.from({ length: block.vectors }, (_, v) => {
        const at = { region: bias.region, address: starts, offsetBytes: 4 * lanes * v };
        return b.let("start", widened(b.load("v128.load", at), vectorType(4 * lanes)));
      });
      const sums = products.record(b, {
        tile,
        vectors: block.vectors,
        index,
        start: (_, v) => firsts[v],
      });
      const factor = b.let(
        "factors",
        add(start(factors), mul(index, rescale.groupBytes * vectors)),
      );
      const y = b.let("y_block", add(tile.y, mul(index, cut.channels)));
      emitFinish(sums, { block, y, factors, factor });
    });
  });

  return {
    kernel: `conv int8 ${walk.pixels}x${cut.channels} ${format.name}`,
    nest,
    remarks: [format.remark],
    code: [b.finish(layer.name), ...rescale.code],
    isParallel: walk.split !== "none",
  };
}

/** The layer's weights, what sums start from, and how they are rescaled. */
function numbersOfLayer(
  layer: Layer,
  { shape, format, lanes }: {
    readonly shape: ConvLayerShape;
    readonly format: DotFormat;
    readonly lanes: number;
  },
) {
  const { constants, inputs, outputs: [output] } = layer;
  const [input, weightsOperand, biasOperand] = inputs;
  const weights = numbersOf(weightsOperand!.tensor);
  const { window, channels, filters } = shape;
  const { kernelHeight, kernelWidth } = window;
  const zeroPoint = zeroPointOf(input!.tensor);
  const outputZero = zeroPointOf(output.tensor);
  const range = outputRange(shape.activation, output.tensor);
  const rescale = prepareRescale(constants, {
    factors: factorsOf(layer),
    bias: biasOperand
      ? Array.from(numbersOf(biasOperand.tensor))
      : new Array<number>(filters).fill(0),
    isBiasElsewhere: true,
    lanes,
    ...range.min >= outputZero ? { largestResult: range.max - outputZero } : {},
    mayDoubleWeights: format.weights === "i16",
    products: productBounds(weights, {
      channels: filters,
      most: Math.max(127 - zeroPoint, zeroPoint + 128),
    }),
  });
  const bias = prepareClippedBias(constants, {
    name: layer.name,
    window,
    bias: rescale.starts,
    lanes,
    perWeight: -(zeroPoint + format.offset) * rescale.weightFactor,
    tapSum: (o, p, q) =>
      sumOf(weights, ((o * kernelHeight + p) * kernelWidth + q) * channels, channels),
  });
  return { weights, rescale, bias, outputZero, range };
}

/** The ways in which a layer can be scheduled, the one that should take the least time first. */
export function convInt8Schedules(layer: Layer): readonly (readonly Step[])[] {
  const shape = shapeOf(layer);
  if (shape === null) return [];
  return tilesOf(layer, shape).map((tile) => stepsOf(layer, shape, tile));
}

const BORDER = "counted";

function tilesOf(layer: Layer, shape: ConvLayerShape): readonly ConvTile[] {
  const { hasRelaxedDot, step, vectorBytes, target } = layer;
  const most = step.pixelsAtOnce ?? Infinity;
  const called = callShape(layer, shape);
  // Vectors of 16 bytes are those of WebAssembly, whose costs are known better.
  return target === "native" && (hasRelaxedDot || vectorBytes > 16)
    ? nativeConvTiles(called, { most, vectorBytes, format: hasRelaxedDot ? "quads" : "pairs" })
    : convTilesByCost(called, { hasRelaxedDot, most });
}

function stepsOf(layer: Layer, shape: ConvLayerShape, tile: ConvTile): readonly Step[] {
  const format = dotFormats[tile.format];
  return ownSteps(layer, { shape, arithmetic: arithmeticOf(format), border: BORDER, tile, format });
}

function arithmeticOf({ offset }: DotFormat): ConvArithmetic {
  return { dtype: "i8", sumDtype: "i32", offset };
}

function shapeOf(layer: Layer): ConvLayerShape | null {
  const { inputs: [input, weights], outputs: [output] } = layer;
  if (input?.tensor.dtype !== "int8" || output.tensor.dtype !== "int8") return null;
  const shape = convShape(layer);
  if (shape === null) return null;
  return weights!.tensor.quantization!.zeroPoints.some((point) => point !== 0) ? null : shape;
}

function factorsOf({ operator, inputs, outputs: [output] }: Layer) {
  const [input, weights, bias] = inputs;
  return channelFactors({
    input: input!.tensor,
    weights: weights!.tensor,
    bias: bias?.tensor,
    output: output.tensor,
    activation: "NONE",
    channelAxis: 0,
    biasType: "int32",
    isFullyConnected: operator.op === "FULLY_CONNECTED",
  });
}

function sumOf(values: ArrayLike<number>, first: number, count: number): number {
  let sum = 0;
  for (let i = first; i < first + count; i++) sum += values[i];
  return sum;
}
