import type { ColumnKind } from "../../measure/arrow_column.ts";

/**
 * One schedule of a layer's kernel, measured.
 *
 * @category Engine
 */
export interface TuneKernelsRow {
  /** First layer of that kind in the plan. */
  readonly layer: number;
  /** What makes it that kind. */
  readonly key: string;
  /** The kernel. */
  readonly kernel: string;
  /** Its schedule, as JSON. */
  readonly schedule: string;
  /** Place in the order that the cost model expects, from 1. */
  readonly expected: number;
  /** The least disturbed sample. */
  readonly minNs: number;
  /** What it took under the load there was. */
  readonly medianNs: number;
  /** 10^9 multiply-accumulates a second, from the minimum. */
  readonly gmacPerS: number;
  /** Whether it is taken from now on. */
  readonly isChosen: boolean;
}

/** Columns of the table. */
export const tuneColumns: Readonly<Record<keyof TuneKernelsRow, ColumnKind>> = {
  layer: "int32",
  key: "name",
  kernel: "name",
  schedule: "name",
  expected: "int32",
  minNs: "float64",
  medianNs: "float64",
  gmacPerS: "float64",
  isChosen: "boolean",
};
