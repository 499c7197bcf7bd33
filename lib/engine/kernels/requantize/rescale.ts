import { vectorType } from "../../../kernel/instruction.ts";
import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, loadOf } from "../../../kernel/kernel_builder.ts";
import { widened } from "../../../kernel/values.ts";
import {
  multiplyByQuantizedMultiplier,
  type QuantizedMultiplier,
} from "../../../model/fixed_point.ts";

/** Turns sums of int32 into the output's scale, the channels of a vector at a time. */
export interface Rescale {
  /** Bytes of constants for a vector of channels: bias, multiplier, and what else the factors need. */
  readonly groupBytes: number;
  /** The constants of all channels, one group after the other. */
  readonly constants: Uint8Array;
  /** 2: the kernel is to use weights twice as large, so that sums come doubled; else 1. */
  readonly weightFactor: 1 | 2;
  /** Functions that the kernel must bring along. */
  readonly code: readonly KernelCode[];
  /** The sum to start from of every channel: the bias, times `weightFactor`. */
  readonly starts: readonly number[];
  /** The same from memory, unless biases lie elsewhere. */
  readonly bias: (at: GroupAt) => Value;
  /**
   * The rescaled sums of one group of channels, without the zero point: gemmlowp's double rounding,
   * exactly as `multiplyByQuantizedMultiplier`.
   */
  readonly apply: (b: KernelBuilder, sums: readonly Value[], at: GroupAt) => Value[];
}

/** What is known of the sums. */
export interface RescaleOptions {
  /** One for every channel. */
  readonly factors: readonly QuantizedMultiplier[];
  /** Start of every sum, bias included. */
  readonly bias: readonly number[];
  /** No sum of products, bias left out, is larger in absolute value, channel by channel. */
  readonly products: readonly number[];
  /** Whether biases are kept elsewhere than with the other constants. */
  readonly isBiasElsewhere?: boolean;
  /** Whether the kernel can double its weights, which saves doubling the sums. */
  readonly mayDoubleWeights?: boolean;
  /**
   * Where the output holds no results below 0: the largest that it tells from the next one. Those
   * below 0 may come out as any other then.
   */
  readonly largestResult?: number;
  /** Channels of a vector: 4 if left out, 8 or 16. */
  readonly lanes?: number;
}

/**
 * The same results with milder factors: channels that are always 0, and dead ones (no weights but 0),
 * whose result is known, often ask for extreme shifts.
 */
export function withoutExtremes(
  { factors, bias, products }: Pick<RescaleOptions, "factors" | "bias" | "products">,
): {
  readonly factors: readonly QuantizedMultiplier[];
  readonly bias: readonly number[];
  readonly bounds: readonly number[];
} {
  const bounds = products.map((product, c) => product + Math.abs(bias[c]));
  const isZero = factors.map(({ multiplier, shift }, c) => (
    shift < 0 && bounds[c] * multiplier / 2 ** 31 + 1 < 2 ** (-shift - 1)
  ));
  const living = factors.filter((_, c) => products[c] > 0 && !isZero[c]);
  const shift = Math.max(0, ...living.map((factor) => -factor.shift));
  const mild = factors.map((factor, c) => {
    if (isZero[c]) return { factor: { multiplier: 0, shift: -shift }, start: 0 };
    if (products[c] > 0 || shift > 20) return { factor, start: bias[c] };
    const result = multiplyByQuantizedMultiplier(bias[c] | 0, factor);
    // result * 2^(shift + 1) * 2^30 / 2^31 / 2^shift, far beyond int8 at the most.
    const start = Math.max(-512, Math.min(512, result)) * 2 ** (shift + 1);
    return { factor: { multiplier: 2 ** 30, shift: shift === 0 ? 0 : -shift }, start };
  });
  return {
    factors: mild.map(({ factor }) => factor),
    bias: mild.map(({ start }) => start),
    bounds: mild.map(({ start }, c) => products[c] + Math.abs(start)),
  };
}

/** Where the constants of a group are. */
export interface GroupAt {
  readonly region: Region;
  readonly address: Value;
  readonly offsetBytes: number;
}

/** Columns of int32, one for each channel, as vectors of channels side by side. */
export function interleave(columns: readonly (readonly number[])[], lanes: number): Uint8Array {
  const channels = Math.max(...columns.map(({ length }) => length));
  const values = new Int32Array(Math.ceil(channels / lanes) * columns.length * lanes);
  for (let c = 0; c < channels; c++) {
    columns.forEach((each, i) => {
      values[(Math.floor(c / lanes) * columns.length + i) * lanes + c % lanes] = each[c];
    });
  }
  return new Uint8Array(values.buffer);
}

/** What loads a column of a group, for vectors of so many channels. */
export function columnLoader(lanes: number): (at: GroupAt, index: number) => Value {
  const type = vectorType(4 * lanes);
  return ({ region, address, offsetBytes }, index) => {
    const at = { region, address, offsetBytes: offsetBytes + 4 * lanes * index };
    return widened(loadOf("v128.load", at), type);
  };
}
