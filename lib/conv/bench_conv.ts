import { measuringNames } from "../measure/measure_options.ts";
import { checkArguments, checkOptions } from "../check_arguments.ts";
import { countArithmetic } from "../analyze/count_arithmetic.ts";
import { memoryUse } from "../analyze/footprint.ts";
import { bench, type BenchOptions, type BenchRecipe } from "../measure/bench.ts";
import { type ColumnKind, tableMetadata } from "../measure/table_rows.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { timingColumns, type TimingRow, timingRows } from "../measure/timing_row.ts";
import type { Computation } from "../nest/pipeline.ts";
import type { Table } from "../npm/arrow.ts";
import { type ConvShape, convShapeText } from "./conv_shape.ts";
import { type ConvVariantName, convVariants } from "./conv_variants.ts";

/**
 * One variant of one layer: a row of the timing record, and what it takes and does.
 *
 * @category Convolution
 */
export interface ConvTimingRow extends TimingRow {
  /** Bytes that every run needs besides input, weights and output. */
  readonly scratchBytes: number;
  /** Bytes that are prepared from the weights, once. */
  readonly preparedBytes: number;
  /** Products of two elements in one run. */
  readonly multiplications: number;
}

/**
 * The record's columns and how they are stored.
 *
 * @category Convolution
 */
export const convTimingColumns: Readonly<Record<keyof ConvTimingRow, ColumnKind>> = {
  ...timingColumns,
  scratchBytes: "float64",
  preparedBytes: "float64",
  multiplications: "float64",
};

/**
 * How to time the variants of layers.
 *
 * @category Convolution
 */
export interface BenchConvOptions extends Omit<BenchOptions, "inputs" | "threads"> {
  /** Variants that are timed where they fit; default all. */
  readonly variants?: readonly ConvVariantName[];
}

/**
 * Times the variants of a layer, or of several one after the other, each with the time budget that
 * the options give. Variants that do not fit a layer are left out.
 *
 * @throws {Error} a variant's output is wrong.
 * @throws {RangeError} none of the variants fits a layer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { benchConv, convTimingRows } from "tinyloom";
 *
 * const shape = { height: 6, width: 6, inChannels: 8, outChannels: 8, kernel: [3, 3] } as const;
 * const table = await benchConv(shape, {
 *   variants: ["implicit", "winograd2"], budgetMs: 50, settleMs: 0,
 * });
 * const [implicit, winograd2] = convTimingRows(table);
 * assert.equal(implicit.multiplications / winograd2.multiplications, 2.25);
 * ```
 *
 * @category Convolution
 */
export async function benchConv(
  shapes: ConvShape | readonly ConvShape[],
  options: BenchConvOptions = {},
): Promise<Table> {
  checkOptions("benchConv", options, "variants baseline fma peaks", measuringNames);
  const { variants, ...benching } = options;
  const rows: ConvTimingRow[] = [];
  let metadata: Readonly<Record<string, unknown>> = {};
  for (const shape of isList(shapes) ? shapes : [shapes]) {
    if (options.signal?.aborted) break;
    const all = convVariants({ ...shape, fma: options.fma }) as Record<string, Computation>;
    const chosen = Object.entries(all).filter(([name]) =>
      variants?.includes(name as ConvVariantName) ?? true
    );
    if (chosen.length === 0) {
      throw new RangeError(
        `None of ${variants?.join(", ")} fits ${convShapeText(shape)}, only ${
          Object.keys(all).join(", ")
        }`,
      );
    }
    const { table } = await bench(inOrder(chosen, variants), benching);
    metadata = rows.length === 0 ? tableMetadata(table) : metadata;
    for (const row of timingRows(table)) rows.push({ ...row, ...costs(all[row.kernel]) });
  }
  const { fma = true } = options;
  const recipe: BenchRecipe = {
    ...{ fma, seeded: true, problems: [] },
    layers: isList(shapes) ? shapes : [shapes],
  };
  return tableFromRows(rows.map((row) => ({ ...row })), {
    columns: convTimingColumns,
    metadata: { ...metadata, recipe },
  });
}

/**
 * The rows of a timing record of layers.
 *
 * @throws {TypeError} if the table lacks a column of the record.
 *
 * @category Convolution
 */
export function convTimingRows(table: Table): readonly ConvTimingRow[] {
  checkArguments("convTimingRows", { table });
  const missing = Object.keys(convTimingColumns).filter((name) =>
    name !== "outliers" && table.getChild(name) === null
  );
  if (missing.length > 0) {
    throw new TypeError(
      `Not a timing record of layers: it lacks the columns ${missing.join(", ")}`,
    );
  }
  return timingRows(table) as readonly ConvTimingRow[];
}

function costs(computation: Computation) {
  const { scratchBytes, preparedBytes } = memoryUse(computation);
  const { multiplications } = countArithmetic(computation);
  return { scratchBytes, preparedBytes, multiplications };
}

// As the caller lists them: the first is the baseline.
function inOrder(
  chosen: readonly (readonly [string, Computation])[],
  variants: readonly string[] | undefined,
): readonly (readonly [string, Computation])[] {
  if (!variants) return chosen;
  return chosen.toSorted(([a], [b]) => variants.indexOf(a) - variants.indexOf(b));
}

function isList(shapes: ConvShape | readonly ConvShape[]): shapes is readonly ConvShape[] {
  return Array.isArray(shapes);
}

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
  checkArguments("convWinners", { table });
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
