import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, partsOf } from "../../../kernel/values.ts";
import type { Sums } from "../../blocks/record_conv_block.ts";
import type { Layer } from "../../layer.ts";
import type { ChannelBlock } from "../channelwise/channel_blocks.ts";
import type { Rescale } from "../requantize/rescale.ts";
import { storeBytes } from "../vectors/bytes.ts";
import { narrowToInt8 } from "../vectors/quantized_vectors.ts";

/** What rescales, narrows and stores the sums of a block: the epilogue. */
export function prepareFinish(
  { constants, outputs: [output] }: Layer,
  { b, rescale, filters, lanes, outputZero, range }: {
    readonly b: KernelBuilder;
    readonly rescale: Rescale;
    readonly filters: number;
    /** Channels of a vector. */
    readonly lanes: number;
    readonly outputZero: number;
    readonly range: { readonly min: number; readonly max: number };
  },
) {
  const narrow = (vectors: readonly Value[]) =>
    narrowToInt8(constants, vectors, { zeroPoint: outputZero, range });
  return (
    sums: Sums,
    { block, y, factors, factor }: {
      readonly block: ChannelBlock;
      /** Where the block's results go. */
      readonly y: Value;
      readonly factors: Region;
      /** Where the block's factors lie. */
      readonly factor: Value;
    },
  ): void => {
    const at = (v: number) => ({
      region: factors,
      address: factor,
      offsetBytes: v * rescale.groupBytes,
    });
    const scaled: Value[][] = sums.map(() => []);
    for (let v = 0; v < block.vectors; v++) {
      rescale.apply(b, sums.map((row) => row[v]), at(v)).forEach((q, p) => scaled[p].push(q));
    }
    const store = (pixel: number, channel: number, bytes: Value) => {
      const offsetBytes = pixel * filters + channel;
      const count = Math.min(Math.max(16, lanes), block.channels - channel);
      storeBytes(b, { region: output.region, address: y, offsetBytes }, bytes, count);
    };
    if (lanes > 4) return storeWide(b, scaled, { lanes, narrow, store });
    scaled.forEach((row, p) => {
      for (let v = 0; v < row.length; v += 4) {
        store(p, 4 * v, b.let("bytes", narrow(row.slice(v, v + 4))));
      }
    });
  };
}

/**
 * Stores wide vectors: four pixels are narrowed together, after which each part has four channels of
 * each; dealt out, the bytes of each pixel lie side by side.
 */
function storeWide(
  b: KernelBuilder,
  scaled: readonly (readonly Value[])[],
  { lanes, narrow, store }: {
    readonly lanes: number;
    readonly narrow: (vectors: readonly Value[]) => Value;
    readonly store: (pixel: number, channel: number, bytes: Value) => void;
  },
): void {
  for (let v = 0; v < scaled[0].length; v++) {
    for (let first = 0; first < scaled.length; first += 4) {
      const some = scaled.slice(first, first + 4).map((row) => row[v]);
      const dealt = partsOf(b.let("bytes", apply("i32x4.deal", [narrow(some)])));
      some.forEach((_, p) => {
        const part = dealt[Math.floor(p * lanes / 16)];
        const bytes = p * lanes % 16 === 0
          ? part
          : apply("i8x16.shuffle", [part, part], UPPER_HALF);
        store(first + p, lanes * v, bytes);
      });
    }
  }
}

const UPPER_HALF = Array.from({ length: 16 }, (_, i) => 8 + i % 8);
