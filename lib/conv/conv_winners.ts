import type { Table } from "../npm/arrow.ts";
import { type ConvTimingRow, convTimingRows } from "./bench_conv.ts";

/**
 * The fastest variant of a layer.
 *
 * @category Convolution
 */
export interface ConvWinner {
  /** The layer. */
  readonly shape: string;
  /** Element type. */
  readonly dtype: string;
  /** Multiply-accumulates of the plain loops. */
  readonly macs: number;
  /** The fastest variant. */
  readonly winner: string;
  /** Its multiply-accumulates of the plain loops, in 10^9 a second. */
  readonly gmacPerS: number;
  /** Bytes that it needs besides input, weights and output. */
  readonly scratchBytes: number;
  /** The next fastest variant; null if there is no other. */
  readonly next: string | null;
  /** How many times faster the winner is than the next; null if there is no other. */
  readonly lead: number | null;
}

/**
 * The fastest variant of each layer of a timing record, by minimum.
 *
 * @throws {TypeError} if the table is no timing record of layers.
 *
 * @category Convolution
 */
export function convWinners(table: Table): readonly ConvWinner[] {
  const groups = Map.groupBy(convTimingRows(table), ({ shape, dtype }) => `${shape} ${dtype}`);
  return [...groups.values()].map((rows) => winnerOf(rows));
}

function winnerOf(rows: readonly ConvTimingRow[]): ConvWinner {
  const [first, second] = rows.toSorted((a, b) => a.minNs - b.minNs);
  const { shape, dtype, macs, kernel, gmacPerS, scratchBytes } = first;
  return {
    shape,
    dtype,
    macs,
    winner: kernel,
    gmacPerS,
    scratchBytes,
    next: second?.kernel ?? null,
    lead: second ? second.minNs / first.minNs : null,
  };
}
