import type { Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, mul, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import { ChannelwiseBlocks } from "../../blocks/channelwise_blocks.ts";
import type { ScheduledChannelwise } from "../../blocks/scheduled_channelwise.ts";
import type { Layer } from "../../layer.ts";
import { isWhole } from "../walk/index_range.ts";
import { columnTaps } from "../walk/window_taps.ts";
import type { PixelTile } from "../walk/window_walk.ts";
import type { ChannelBlock } from "./channel_blocks.ts";
import { type ChannelwiseOperator, sumRepeatedBlock } from "./sum_repeated_block.ts";

/** Gives the output's elements of a block, by vector and pixel. */
export type SumBlock = (place: {
  readonly tile: PixelTile;
  readonly block: ChannelBlock;
  readonly number: Value;
}) => readonly (readonly Value[])[];

/** Sums by the layer's schedule, finished. */
export function scheduledSums(
  b: KernelBuilder,
  { layer, scheduled: { nest, cut, walk }, operator, blocks }: {
    readonly layer: Layer;
    readonly scheduled: ScheduledChannelwise;
    readonly operator: ChannelwiseOperator;
    readonly blocks: readonly ChannelBlock[];
  },
): SumBlock {
  const { name, constants, blocks: library, inputs: [input] } = layer;
  const { window } = walk;
  const image = input!.region;
  const { weights, biases } = operator;
  const products = new ChannelwiseBlocks({
    ...{ name, constants, library, scheduled: nest, cut, blocks, weights, window, image },
  });
  const region = biases && constants.place(`${name}_bias`, filledUp(biases));
  const blockBytes = blocks[0].channels * 4;
  return ({ tile, block, number }) => {
    const { columns, taps } = columnTaps(window, tile);
    const { rows } = tile;
    const isCut = (pixel: number) =>
      !isWhole(rows, window.kernelHeight) || taps[pixel] < window.kernelWidth;
    const from = (pixel: number) => operator.initial(isCut(pixel));
    const sums = products.record(b, { tile, columns, block, number, start: from });
    const address = region && b.let("bias", add(start(region), mul(number, blockBytes)));
    const height = sub(rows.until, rows.from);
    return Array.from({ length: block.vectors }, (_, v) => {
      const behind = () =>
        b.let(
          "bias4",
          b.load("v128.load", { region: region!, address: address!, offsetBytes: v * 16 }),
        );
      return sums.map((row, pixel) => (
        operator.finish(row[v], { taps: mul(height, taps[pixel]), behind })
      ));
    });
  };
}

/** Sums of channels that are made from the same input channel, several from each. */
export function repeatedSums(
  b: KernelBuilder,
  { layer, window, operator, blocks, size }: {
    readonly layer: Layer;
    readonly window: SlidingWindow;
    readonly operator: ChannelwiseOperator;
    readonly blocks: readonly ChannelBlock[];
    readonly size: number;
  },
): SumBlock {
  const weights = operator.constants!(blocks);
  const input = layer.inputs[0]!.region;
  return (place) => sumRepeatedBlock({ b, window, operator, weights, input, size }, place);
}

/** Floats with room behind them for the lanes of a last vector. */
function filledUp(values: Float32Array): Uint8Array {
  const filled = new Float32Array(values.length + 4);
  filled.set(values);
  return new Uint8Array(filled.buffer);
}
