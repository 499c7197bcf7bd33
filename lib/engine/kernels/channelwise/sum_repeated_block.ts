import type { Region, Value } from "../../../kernel/kernel.ts";
import { type At, type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, mul, sub } from "../../../kernel/values.ts";
import type { SlidingWindow } from "../../../plan/sliding_window.ts";
import type { Terms } from "../../blocks/channelwise_nest.ts";
import { isWhole } from "../walk/index_range.ts";
import { columnTaps } from "../walk/window_taps.ts";
import type { PixelTile } from "../walk/window_walk.ts";
import type { ChannelBlock } from "./channel_blocks.ts";

/** An operator that makes each output channel from one input channel: what it does with a window. */
export interface ChannelwiseOperator {
  /** Its name in the kernel's. */
  readonly name: string;
  /** Output channels made from an input channel. */
  readonly multiplier: number;
  /** What becomes of the elements of a window. */
  readonly update: "add" | "max";
  /** What elements are in that: see `channelwiseNest`. */
  readonly terms: Terms;
  /** Weights `[tap][channel]`, and biases; null: there are none. */
  readonly weights: Float32Array | null;
  readonly biases: Float32Array | null;
  /** Vectors of constants for every block of channels: one of each for every tap, others behind. */
  readonly constants: ((blocks: readonly ChannelBlock[]) => Region) | null;
  /** Vectors of constants behind those of the taps. */
  readonly constantsBehind: number;
  /** What a sum starts from; `isCut`: some taps are not on the image. */
  readonly initial: (isCut: boolean) => Value;
  /** The sum with one element more. */
  readonly combine: (sum: Value, x: Value, weight: Value) => Value;
  /** The output's elements; `behind(i)` loads a constant behind those of the taps. */
  readonly finish: (
    sum: Value,
    window: { readonly taps: Value; readonly behind: (index: number) => Value },
  ) => Value;
}

/** What all tiles have in common. */
export interface ChannelwiseContext {
  readonly b: KernelBuilder;
  readonly window: SlidingWindow;
  readonly operator: ChannelwiseOperator;
  readonly weights: Region;
  readonly input: Region;
  /** Channels in a block. */
  readonly size: number;
}

/**
 * The output's elements of a block, by vector and pixel, where several channels are made from each of
 * the input. Lanes that repeat a channel are beyond what a nest says: all others are blocks of one.
 */
export function sumRepeatedBlock(
  { b, window, operator, weights, input, size }: ChannelwiseContext,
  { tile, block, number }: {
    readonly tile: PixelTile;
    readonly block: ChannelBlock;
    readonly number: Value;
  },
): readonly (readonly Value[])[] {
  const { kernelHeight, kernelWidth, inputPixelBytes } = window;
  const { columns, taps } = columnTaps(window, tile);
  const { rows, pixels, rowBytes } = tile;
  const tapBytes = block.vectors * 16;
  const constantsBytes = (kernelHeight * kernelWidth + operator.constantsBehind) *
    Math.ceil(size / 4) * 16;
  const w = b.let("w", add(start(weights), mul(number, constantsBytes)));
  const inputBytes = inputChannelBytes(number, operator.multiplier, size);
  const leftBytes = (columns[0]?.column ?? 0) * inputPixelBytes;
  const x = b.let(
    "x_at",
    add(tile.x, add(inputBytes, leftBytes)),
  );
  const wRow = b.let("w_row", add(w, mul(rows.from, kernelWidth * tapBytes)));
  const hasAllRows = isWhole(rows, kernelHeight);
  const sums = Array.from(
    { length: block.vectors },
    (_, v) =>
      Array.from({ length: pixels }, (_, p) => {
        const isCut = !hasAllRows || taps[p] < kernelWidth;
        return b.let(`sum${p}_${v}`, operator.initial(isCut));
      }),
  );

  const emitRow = (xBytes: number, wBytes: number) => {
    const loaded = new Map<number, Value>();
    const weight = (tap: number, v: number): Value => {
      const key = tap * block.vectors + v;
      const offsetBytes = wBytes + key * 16;
      const known = loaded.get(key) ??
        b.let("w4", b.load("v128.load", { region: weights, address: wRow, offsetBytes }));
      loaded.set(key, known);
      return known;
    };
    for (const { column, uses } of columns) {
      const offsetBytes = xBytes + column * inputPixelBytes - leftBytes;
      for (let v = 0; v < block.vectors; v++) {
        const count = Math.min(4, block.channels - v * 4);
        const at = { region: input, address: x, offsetBytes };
        const x4 = b.let(
          "x4",
          loadRepeated(b, at, { repeats: operator.multiplier, skipped: v * 4, count }),
        );
        for (const { pixel, tap } of uses) {
          const sum = sums[v][pixel];
          b.set(sum, operator.combine(sum, x4, weight(tap, v)));
        }
      }
    }
  };
  if (
    hasAllRows && rowBytes !== null &&
    kernelHeight * columns.length * block.vectors <= MOST_UNROLLED
  ) {
    for (let kh = 0; kh < kernelHeight; kh++) emitRow(kh * rowBytes, kh * kernelWidth * tapBytes);
  } else {
    const goOn = tile.mover(x);
    b.for("kh", { from: rows.from, until: rows.until }, () => {
      emitRow(0, 0);
      goOn();
      b.advance(wRow, kernelWidth * tapBytes);
    });
  }
  return sums.map((row, v) => {
    const behind = (index: number) => {
      const offsetBytes = (kernelHeight * kernelWidth + index) * tapBytes + v * 16;
      return b.let("w4", b.load("v128.load", { region: weights, address: w, offsetBytes }));
    };
    const height = sub(rows.until, rows.from);
    return row.map((sum, p) => operator.finish(sum, { taps: mul(height, taps[p]), behind }));
  });
}

/** Byte of a pixel at which the input channels of a block begin. */
function inputChannelBytes(number: Value, multiplier: number, size: number): Value {
  if (size % multiplier === 0) return mul(number, size / multiplier * 4);
  return mul(apply("i32.div_u", [number, multiplier / size]), 4);
}

/** Vectors of a row of loads written out one after the other; more of them become a loop. */
const MOST_UNROLLED = 160;

/**
 * The first float `repeats` times, then the next one, and so on: of that row the elements from
 * `skipped` on, four or the first `count` of these.
 */
function loadRepeated(
  b: KernelBuilder,
  at: At,
  { repeats, skipped, count }: {
    readonly repeats: number;
    readonly skipped: number;
    readonly count: number;
  },
): Value {
  const indexOf = (lane: number) => Math.floor((skipped + lane) / repeats);
  const place = (index: number) => ({ ...at, offsetBytes: (at.offsetBytes ?? 0) + index * 4 });
  let vector = b.load("v128.load32_splat", place(indexOf(0)));
  for (let lane = 1; lane < count; lane++) {
    if (indexOf(lane) === indexOf(0)) continue;
    vector = apply("f32x4.replace_lane", [vector, b.load("f32.load", place(indexOf(lane)))], [
      lane,
    ]);
  }
  return vector;
}
