import type { Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Layer, LayerKernel } from "../../layer.ts";
import { channelFactors } from "../../reference/arithmetic.ts";
import { outputRange } from "../../reference/clamp.ts";
import { zeroPointOf } from "../../reference/expect.ts";
import { pixelsTogether } from "../channelwise/channelwise.ts";
import { numbersOf, productBounds } from "../convolution/weights.ts";
import { depthwiseLanesBlock } from "../helium/depthwise_lanes_block.ts";
import { forRange, rangeOf } from "../walk/index_range.ts";
import { layerWindow, openKernel } from "../walk/open_kernel.ts";
import { type RowTile, type Walk, walkRowTiles } from "../walk/row_tiles.ts";
import { convDsp } from "./conv_dsp.ts";
import { byFilter } from "./conv_numbers.ts";
import { depthwise3Block } from "./depthwise3_block.ts";
import type { DepthwiseBlock, DepthwiseEmitter, DepthwiseLayer } from "./depthwise_block.ts";
import { depthwiseRowsDsp } from "./depthwise_rows_dsp.ts";
import { prepareFinish } from "./finish_sums.ts";
import { heldPixels, heldRowCount, heldRows } from "./held_results.ts";
import { scratchFor } from "./regions.ts";
import { tapsBlock } from "./taps_block.ts";

/** DEPTHWISE_CONV_2D of int8 for processors with a DSP extension: four channels at a time, row by row. */
export function depthwiseDsp(layer: Layer): LayerKernel | null {
  const { operator, inputs: [input], outputs: [output], step } = layer;
  if (operator.op !== "DEPTHWISE_CONV_2D") return null;
  if (input?.tensor.dtype !== "int8" || output.tensor.dtype !== "int8") return null;
  const window = layerWindow(layer)!;
  const channels = window.inputPixelBytes;
  if (channels === 1) return step.delayPixels > 0 ? null : convDsp(layer);
  if (channels % 4 !== 0 || window.outputPixelBytes !== channels) return null;
  if ((step.channelsAtOnce ?? 4) < 4 || layer.inputs[1]?.tensor.data == null) return null;
  const numbers = numbersOfLayer(layer, window);
  const lanes = firstBlock(layer, numbers, lanesBlocks(numbers));
  const twoRows = lanes === null ? depthwiseRowsDsp(numbers) : null;
  if (twoRows !== null) return twoRows;
  const found = lanes ??
    firstBlock(layer, numbers, [() => depthwise3Block(numbers), () => tapsBlock(numbers)]);
  if (found === null) return null;
  const { block, place: { pixels, pairs, held, rows } } = found;
  const packed = layer.constants.place(`${layer.name}_weights`, block.packed(), {
    alignmentBytes: 4,
  });
  const kernel = openKernel(layer);
  const { b, area } = kernel;
  const isReverse = area === null && step.direction === "reverse";
  const walk = {
    layer,
    window,
    area,
    pixels,
    isReverse,
    lines: rangeOf(0, window.batches * window.outputHeight),
    splitsWholeRows: false,
  };
  const target = held ?? output.region;
  const emitter = block.emitter({ b, pixels, pairs, weights: packed, output: target });
  const all = (tile: RowTile, y: Value) => {
    const count = channels / 4;
    const resultBytes = channels;
    if (!isReverse || step.form !== "overlap" || block.needsAllChannels) {
      return emitter.compute(tile, { x: tile.x, w: start(packed), y, count, resultBytes });
    }
    // Results may lie over elements of channels before them.
    const range = rangeOf(0, count);
    forRange(b, { name: "group", range, isReverse }, (group) => {
      const first = b.let("first", mul(group, 4));
      emitter.compute(tile, {
        x: b.let("x_group", add(tile.x, first)),
        w: b.let("w", add(start(packed), mul(group, block.groupBytes))),
        y: b.let("y_group", add(y, first)),
        count: 1,
        resultBytes,
      });
    });
  };
  const code = [];
  if (held === null) walkRowTiles(b, walk, (tile) => all(tile, tile.y));
  else if (rows > 0) {
    const ring = heldRows(b, { layer, window, held, rows, isReverse });
    walkRowTiles(b, walk, (tile) => {
      all(tile, ring.slot);
      ring.push(tile.y);
    });
    ring.drain();
    code.push(ring.code);
  } else {
    walkHeldGroups(walk, { b, block, emitter, held, weights: packed });
  }
  return {
    kernel: `depthwise int8 ${block.name}`,
    remarks: [`tile pixels by ${pixels}`, "tile channels by 4"],
    code: [b.finish(layer.name), ...emitter.code(), ...code],
    isParallel: false,
  };
}

/** Groups of four channels one after the other, some pixels of which are held back. */
function walkHeldGroups(
  walk: Walk,
  { b, block, emitter, held, weights }: {
    readonly b: KernelBuilder;
    readonly block: DepthwiseBlock;
    readonly emitter: DepthwiseEmitter;
    readonly held: Region;
    readonly weights: Region;
  },
): void {
  const { layer, window, isReverse } = walk;
  b.for("group", { until: window.inputPixelBytes / 4 }, (index) => {
    const first = b.let("first", mul(index, 4));
    const { push, drain } = heldPixels(b, { layer, window, held, first, isReverse });
    walkRowTiles(b, walk, (tile) => {
      emitter.compute(tile, {
        x: b.let("x_group", add(tile.x, first)),
        w: b.let("w", add(start(weights), mul(index, block.groupBytes))),
        y: start(held),
        count: 1,
        resultBytes: 4,
      });
      push(b.let("y_group", add(tile.y, first)), tile.count);
    });
    drain();
  });
}

type MakeBlock = () => DepthwiseBlock | null;

/** Blocks for Helium, from those that work in most memory to those in least. */
function lanesBlocks(numbers: DepthwiseLayer): readonly MakeBlock[] {
  if (numbers.layer.target !== "helium") return [];
  return Array.from({ length: numbers.channels }, (_, i) => () => (
    depthwiseLanesBlock(numbers, i + 1)
  ));
}

/** The first block that there is memory for. */
function firstBlock(layer: Layer, { window }: DepthwiseLayer, makers: readonly MakeBlock[]) {
  for (const make of makers) {
    const block = make();
    const place = block === null ? null : placeOf(layer, { window, block });
    if (block !== null && place !== null) return { block, place };
  }
  return null;
}

/** Pixels of a row that are computed together, and memory for their pairs and results held back. */
function placeOf(
  layer: Layer,
  { window, block }: { readonly window: SlidingWindow; readonly block: DepthwiseBlock },
): {
  readonly pixels: number;
  readonly pairs: Region;
  readonly held: Region | null;
  /** Whole rows that are held back; 0: pixels are. */
  readonly rows: number;
} | null {
  const { step, call } = layer;
  const isHeldBack = step.form === "in-place" && step.delayPixels > 0;
  const width = Math.min(window.outputWidth, call?.mostColumns ?? Infinity);
  const rows = isHeldBack ? heldRowCount(layer, window) : 0;
  const rowBytes = window.outputWidth * window.outputPixelBytes;
  const ways = [
    ...rows > 0 ? [{ parts: 1, rows }] : [],
    ...Array.from({ length: width }, (_, i) => ({ parts: i + 1, rows: 0 })),
  ];
  for (const { parts, rows } of ways) {
    const pixels = pixelsTogether(layer, Math.ceil(width / parts));
    if (rows > 0 && pixels < width) continue;
    if (rows === 0 && isHeldBack && block.needsAllChannels) continue;
    const pairsBytes = Math.ceil(block.pairsBytes(pixels) / 8) * 8;
    const heldBytes = rows > 0 ? (rows + 1) * rowBytes : isHeldBack ? 4 * pixels : 0;
    const scratch = scratchFor(layer, pairsBytes + heldBytes);
    if (scratch === null) continue;
    const pairs = { ...scratch, sizeBytes: pairsBytes };
    const offsetBytes = scratch.offsetBytes + pairsBytes;
    const held = isHeldBack ? { ...scratch, offsetBytes, sizeBytes: heldBytes } : null;
    return { pixels, pairs, held, rows };
  }
  return null;
}

function numbersOfLayer(layer: Layer, window: SlidingWindow): DepthwiseLayer {
  const { operator, inputs: [input, weightsOperand, biasOperand], outputs: [output] } = layer;
  const channels = window.inputPixelBytes;
  const weights = numbersOf(weightsOperand!.tensor);
  const inputZero = zeroPointOf(input!.tensor);
  const byChannel = byFilter(weights, channels);
  const taps = weights.length / channels;
  const given = biasOperand ? numbersOf(biasOperand.tensor) : new Int32Array(channels);
  const activation = operator.op === "DEPTHWISE_CONV_2D" ? operator.attributes.activation : "NONE";
  const outputZero = zeroPointOf(output.tensor);
  const sums = {
    factors: channelFactors({
      input: input!.tensor,
      weights: weightsOperand!.tensor,
      bias: biasOperand?.tensor,
      output: output.tensor,
      activation: "NONE",
      channelAxis: 3,
      biasType: "int32",
      isFullyConnected: false,
    }),
    bias: Array.from({ length: channels }, (_, c) => {
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += byChannel[c * taps + tap];
      return given[c] - inputZero * sum | 0;
    }),
    products: productBounds(byChannel, { channels, most: 255 }),
    outputZero,
    range: outputRange(activation, output.tensor),
  };
  const finish = prepareFinish({ ...sums, mayPack: true });
  const low = inputZero & 0xffff;
  return { layer, window, channels, weights, sums, finish, zeros: low | low << 16, outputZero };
}
