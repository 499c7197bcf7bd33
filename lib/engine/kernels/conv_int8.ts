import type { Region, Value } from "../../kernel/kernel.ts";
import { start } from "../../kernel/kernel_builder.ts";
import { add, mul } from "../../kernel/values.ts";
import { channelFactors } from "../reference/arithmetic.ts";
import { outputRange } from "../reference/clamp.ts";
import { zeroPointOf } from "../reference/expect.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { type ConvTile, convTilesByCost } from "./conv_int8_cost.ts";
import { prepareClippedBias } from "./clipped_bias.ts";
import { callShape, type ConvShape, convShape } from "./conv_shape.ts";
import { tileFor } from "../select/kernel_choices.ts";
import { dotRun, type Sums } from "./dot_block.ts";
import { dotFormats, groupsOf, groupVectorBytes } from "./dot_format.ts";
import { narrowToInt8 } from "./narrow_sums.ts";
import { openKernel } from "./open_kernel.ts";
import { type ChannelBlock, channelBlocks, packWeights } from "./pack_weights.ts";
import { prepareRescale } from "./rescale.ts";
import { storeBytes } from "./store_bytes.ts";
import { numbersOf, productBounds } from "./weights.ts";
import { isClipped } from "./window_taps.ts";
import {
  type PixelTile,
  prepareWalk,
  splitRemarks,
  walkBlocks,
  walkWindow,
} from "./window_walk.ts";

/**
 * CONV_2D and FULLY_CONNECTED of int8: pixels by channels in registers, straight from the image
 * (its rows are runs of `Kw C` elements, no im2col), rescaled and stored as they are finished.
 */
export function convInt8(layer: Layer, given?: ConvTile): LayerKernel | null {
  const shape = shapeOf(layer);
  if (shape === null) return null;
  const tile = given ?? tileFor(layer, { kernel: "conv int8", tiles: convInt8Tiles(layer) });
  const format = dotFormats[tile.format];
  const { constants, inputs, outputs: [output] } = layer;
  const [input, weightsOperand, biasOperand] = inputs;
  const weights = numbersOf(weightsOperand!.tensor);
  const { window, channels, filters, depth } = shape;
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
    ...range.min >= outputZero ? { largestResult: range.max - outputZero } : {},
    mayDoubleWeights: format.weightBytes === 2,
    products: productBounds(weights, {
      channels: filters,
      most: Math.max(127 - zeroPoint, zeroPoint + 128),
    }),
  });
  const bias = prepareClippedBias(constants, {
    name: layer.name,
    window,
    bias: rescale.starts,
    perWeight: -(zeroPoint + format.offset) * rescale.weightFactor,
    tapSum: (o, p, q) =>
      sumOf(weights, ((o * kernelHeight + p) * kernelWidth + q) * channels, channels),
  });
  const blocks = channelBlocks(filters, tile.vectors);
  const isContiguous = window.dilationW === 1 || kernelWidth === 1;
  const whole = isContiguous ? kernelWidth * channels : channels;
  const runsPerRow = isContiguous ? 1 : kernelWidth;
  const place = (name: string, runLength: number) => {
    const runs = depth / runLength;
    const layout = { blocks, runs, runLength, factor: rescale.weightFactor, format };
    return constants.place(name, packWeights(weights, layout));
  };
  const main = place(`${layer.name}_weights`, whole);
  // A run over several taps can share a group between the last k of one tap and the first of the next.
  const needsTaps = isClipped(window) && isContiguous && kernelWidth > 1 &&
    channels % format.group !== 0;
  const taps = needsTaps ? place(`${layer.name}_taps`, channels) : main;
  const factors = constants.place(`${layer.name}_factors`, rescale.constants);

  const kernel = openKernel(layer);
  const { b } = kernel;
  const walk = prepareWalk(layer, { kernel, window, tile, channels: filters });

  walkWindow(walk, ({ pixels: count, x, mover, y, rows, columns }: PixelTile) => {
    const packed = columns === null ? main : taps;
    const runLength = columns === null ? whole : channels;
    const runs = columns === null ? runsPerRow : kernelWidth;
    const runGroups = groupsOf(format, runLength);
    const biases = b.let("biases", bias.listFor(b, { rows, columns }));

    walkBlocks(walk, blocks, (block, index) => {
      const bytesFor = (vectors: number) => runGroups * vectors * groupVectorBytes(format);
      const runBytes = bytesFor(block.vectors);
      const fullBytes = kernelHeight * runs * bytesFor(tile.vectors);
      const starts = b.let("starts", add(biases, mul(index, tile.vectors * 16)));
      const sums: Value[][] = Array.from({ length: count }, () => []);
      for (let v = 0; v < block.vectors; v++) {
        const at = { region: bias.region, address: starts, offsetBytes: 16 * v };
        const first = b.let(`sum0_${v}`, b.load("v128.load", at));
        sums.forEach((row, p) => row.push(p === 0 ? first : b.let(`sum${p}_${v}`, first)));
      }
      const w = b.let(
        "w",
        add(add(start(packed), mul(index, fullBytes)), mul(rows.from, runs * runBytes)),
      );
      const dot = (from: Value, pointer: Value) =>
        dotRun(b, {
          format,
          constants,
          sums,
          x: from,
          image: input!.region,
          strideBytes: window.strideW * channels,
          w: pointer,
          weights: packed,
          length: runLength,
        });
      const rowX = b.let("x_row", x);
      const goOn = mover(rowX);
      b.for("kh", { from: rows.from, until: rows.until }, () => {
        if (columns === null) {
          for (let run = 0; run < runs; run++) {
            dot(run === 0 ? rowX : b.let("x_run", add(rowX, run * window.dilationW * channels)), w);
          }
        } else {
          const wTap = b.let("w_tap", add(w, mul(columns.from, runBytes)));
          const xTap = b.let("x_tap", add(rowX, mul(columns.from, window.dilationW * channels)));
          b.for("kw", { from: columns.from, until: columns.until }, () => {
            dot(xTap, wTap);
            b.advance(xTap, window.dilationW * channels);
          });
          b.advance(w, runs * runBytes);
        }
        goOn();
      });
      const factor = b.let(
        "factors",
        add(start(factors), mul(index, rescale.groupBytes * tile.vectors)),
      );
      emitFinish(sums, block, b.let("y_block", add(y, mul(index, tile.vectors * 4))), (v) => ({
        region: factors,
        address: factor,
        offsetBytes: v * rescale.groupBytes,
      }));
    });
  });

  function emitFinish(
    sums: Sums,
    block: ChannelBlock,
    y: Value,
    at: (v: number) => { region: Region; address: Value; offsetBytes: number },
  ): void {
    const narrow = (vectors: readonly Value[]) =>
      narrowToInt8(constants, vectors, { zeroPoint: outputZero, range });
    const scaled: Value[][] = sums.map(() => []);
    for (let v = 0; v < block.vectors; v++) {
      rescale.apply(b, sums.map((row) => row[v]), at(v)).forEach((q, p) => scaled[p].push(q));
    }
    scaled.forEach((row, p) => {
      for (let v = 0; v < row.length; v += 4) {
        const bytes = b.let("bytes", narrow(row.slice(v, v + 4)));
        const place = { region: output.region, address: y, offsetBytes: p * filters + 4 * v };
        storeBytes(b, place, bytes, block.channels - 4 * v);
      }
    });
  }

  return {
    kernel: `conv int8 ${walk.pixels}x${tile.vectors * 4} ${format.name}`,
    remarks: [
      `tile pixels by ${walk.pixels}`,
      `tile channels by ${tile.vectors * 4}`,
      `unroll k by ${format.step}`,
      format.remark,
      ...splitRemarks(walk),
    ],
    code: [b.finish(layer.name), ...rescale.code],
    isParallel: walk.split !== "none",
  };
}

/** The ways in which a layer can be cut up, the one that should take the least time first. */
export function convInt8Tiles(layer: Layer): readonly ConvTile[] {
  const shape = shapeOf(layer);
  if (shape === null) return [];
  const { hasRelaxedDot, step } = layer;
  return convTilesByCost(callShape(layer, shape), {
    hasRelaxedDot,
    most: step.pixelsAtOnce ?? Infinity,
  });
}

function shapeOf(layer: Layer): ConvShape | null {
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
