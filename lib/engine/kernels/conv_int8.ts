import type { Region, Value } from "../../codegen/kernel/kernel.ts";
import { KernelBuilder, start } from "../../codegen/kernel/kernel_builder.ts";
import { add, apply, mul } from "../../codegen/kernel/values.ts";
import { outputPixels } from "../../plan/read_extent.ts";
import { channelFactors } from "../reference/arithmetic.ts";
import { outputRange } from "../reference/clamp.ts";
import { zeroPointOf } from "../reference/expect.ts";
import type { Layer, LayerKernel } from "../layer.ts";
import { type ConvShape, convShape } from "./conv_shape.ts";
import { dotRun, type Sums } from "./dot_block.ts";
import { type ChannelBlock, channelBlocks, packWeights } from "./pack_weights.ts";
import { prepareRescale } from "./rescale.ts";
import { storeBytes } from "./store_bytes.ts";
import { numbersOf, productBounds } from "./weights.ts";
import { isClipped } from "./window_taps.ts";
import {
  type PixelTile,
  prepareWalk,
  type RegisterTile,
  splitRemarks,
  walkBlocks,
  walkWindow,
} from "./window_walk.ts";

/** Measured: 8 sums with 2 broadcasts for 4 vectors of weights; a single pixel wants more channels. */
function tileFor({ window, filters }: ConvShape): RegisterTile {
  const isSingle = outputPixels(window) === 1;
  return isSingle && filters >= 32 ? { pixels: 1, vectors: 8 } : { pixels: 2, vectors: 4 };
}

/**
 * CONV_2D and FULLY_CONNECTED of int8: pixels by channels in registers, straight from the image
 * (its rows are runs of `Kw C` elements, no im2col), rescaled and stored as they are finished.
 */
export function convInt8(layer: Layer, given?: RegisterTile): LayerKernel | null {
  const shape = shapeOf(layer);
  if (shape === null) return null;
  const tile = given ?? tileFor(shape);
  const { constants, inputs, outputs: [output] } = layer;
  const [input, weightsOperand, biasOperand] = inputs;
  const weights = numbersOf(weightsOperand!.tensor);
  const { window, channels, filters, depth } = shape;
  const zeroPoint = zeroPointOf(input!.tensor);
  const bias = biasOperand
    ? Array.from(numbersOf(biasOperand.tensor))
    : new Array<number>(filters).fill(0);
  const clips = isClipped(window);
  const folded = clips
    ? bias
    : bias.map((start, o) => start - zeroPoint * sumOf(weights, o, depth));
  // Weights that are read once a run cost memory traffic only.
  const weightBytes = outputPixels(window) === 1 ? 1 : 2;
  const rescale = prepareRescale(constants, {
    factors: factorsOf(layer),
    bias: folded,
    mayDoubleWeights: weightBytes === 2,
    products: productBounds(weights, { channels: filters, most: clips ? 255 : 128 }),
  });
  const blocks = channelBlocks(filters, tile.vectors);
  const { kernelHeight, kernelWidth } = window;
  const isContiguous = window.dilationW === 1 || kernelWidth === 1;
  const whole = isContiguous ? kernelWidth * channels : channels;
  const runsPerRow = isContiguous ? 1 : kernelWidth;
  const place = (name: string, runLength: number) => {
    const runs = depth / runLength;
    const layout = { blocks, runs, runLength, factor: rescale.weightFactor };
    return constants.place(name, packWeights(weights, { ...layout, elementBytes: weightBytes }));
  };
  const main = place(`${layer.name}_weights`, whole);
  // Runs of an odd number of elements pair the last of one tap with the first of the next.
  const needsTaps = clips && kernelWidth > 1 && isContiguous && channels % 2 === 1;
  const taps = needsTaps ? place(`${layer.name}_taps`, channels) : main;
  const groups = constants.place(`${layer.name}_rescale`, rescale.constants);

  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const walk = prepareWalk(layer, { window, tile, channels: filters, thread });
  const range = outputRange(shape.activation, output.tensor);
  const outputZero = zeroPointOf(output.tensor);
  const lineBytes = window.inputWidth * channels;
  const zero = clips && zeroPoint !== 0 ? constants.splat16(zeroPoint) : null;

  walkWindow(b, walk, ({ pixels: count, x, y, rows, columns }: PixelTile) => {
    const packed = columns === null ? main : taps;
    const runLength = columns === null ? whole : channels;
    const runs = columns === null ? runsPerRow : kernelWidth;
    const pairs = Math.ceil(runLength / 2);

    const emitBlock = (block: ChannelBlock, index: Value | number) => {
      const pairBytes = block.vectors * 8 * weightBytes;
      const blockBytes = kernelHeight * runs * pairs * pairBytes;
      const fullBytes = kernelHeight * runs * pairs * tile.vectors * 8 * weightBytes;
      const wBlock = add(start(packed), mul(index, fullBytes));
      const group = b.let(
        "group",
        add(start(groups), mul(index, rescale.groupBytes * tile.vectors)),
      );
      const at = (v: number) => ({
        region: groups,
        address: group,
        offsetBytes: v * rescale.groupBytes,
      });
      const sums: Value[][] = Array.from({ length: count }, () => []);
      for (let v = 0; v < block.vectors; v++) {
        const first = b.let(`sum0_${v}`, rescale.bias(at(v)));
        sums.forEach((row, p) => row.push(p === 0 ? first : b.let(`sum${p}_${v}`, first)));
      }
      const group_ = {
        region: input!.region,
        pixels: count,
        strideBytes: window.strideW * channels,
        weightBytes,
        zeroPoint: zero,
      } as const;
      const rowBytes = blockBytes / kernelHeight;
      const dot = (from: Value, w: Value, length: number) =>
        dotRun(b, { sums, x: from, w, weights: packed, group: group_, length });
      const w = b.let("w", add(wBlock, mul(rows.from, rowBytes)));
      const rowX = b.let("x_row", add(x, mul(rows.from, window.dilationH * lineBytes)));
      b.for("kh", { from: rows.from, until: rows.until }, () => {
        if (columns === null) {
          for (let run = 0; run < runs; run++) {
            dot(add(rowX, run * window.dilationW * channels), w, runLength);
          }
        } else {
          const tapBytes = pairs * pairBytes;
          const wTap = b.let("w_tap", add(w, mul(columns.from, tapBytes)));
          const xTap = b.let("x_tap", add(rowX, mul(columns.from, window.dilationW * channels)));
          b.for("kw", { from: columns.from, until: columns.until }, () => {
            dot(xTap, wTap, runLength);
            b.advance(xTap, window.dilationW * channels);
          });
          b.advance(w, rowBytes);
        }
        b.advance(rowX, window.dilationH * lineBytes);
      });
      const yBlock = b.let("y_block", add(y, mul(index, tile.vectors * 4)));
      emitFinish(sums, block, yBlock, at);
    };

    walkBlocks(b, walk, blocks, emitBlock);
  });

  function emitFinish(
    sums: Sums,
    block: ChannelBlock,
    y: Value,
    at: (v: number) => { region: Region; address: Value; offsetBytes: number },
  ): void {
    const scaled: Value[][] = sums.map(() => []);
    for (let v = 0; v < block.vectors; v++) {
      rescale.apply(b, sums.map((row) => row[v]), at(v)).forEach((q, p) => scaled[p].push(q));
    }
    scaled.forEach((row, p) => {
      for (let v = 0; v < row.length; v += 4) {
        const bytes = b.let("bytes", narrowed(row.slice(v, v + 4)));
        const place = { region: output.region, address: y, offsetBytes: p * filters + 4 * v };
        storeBytes(b, place, bytes, block.channels - 4 * v);
      }
    });
  }

  /** Up to four vectors of int32 as bytes of the output: zero point added, clamped. */
  function narrowed(vectors: readonly Value[]): Value {
    const [first, second] = [vectors.slice(0, 2), vectors.slice(2)].map(([low, high]) => {
      if (low === undefined) return null;
      const narrow = apply("i16x8.narrow_i32x4_s", [low, high ?? low]);
      return apply("i16x8.add_sat_s", [narrow, constants.splat16(outputZero)]);
    });
    const half = second ?? b.let("half", first!);
    const bytes = apply("i8x16.narrow_i16x8_s", [second === null ? half : first!, half]);
    const raised = range.min > -128
      ? apply("i8x16.max_s", [bytes, constants.splat8(range.min)])
      : bytes;
    return range.max < 127 ? apply("i8x16.min_s", [raised, constants.splat8(range.max)]) : raised;
  }

  return {
    kernel: `conv int8 ${walk.pixels}x${tile.vectors * 4} dot`,
    schedule: [
      `tile pixels by ${walk.pixels}`,
      `tile channels by ${tile.vectors * 4}`,
      "unroll k by 8",
      "dot pairs of k",
      ...splitRemarks(walk),
    ],
    code: [b.finish(layer.name), ...rescale.code],
    isParallel: walk.split !== "none",
  };
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

function sumOf(weights: ArrayLike<number>, channel: number, depth: number): number {
  let sum = 0;
  for (let i = channel * depth; i < (channel + 1) * depth; i++) sum += weights[i];
  return sum;
}
