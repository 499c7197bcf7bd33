import type { StepRules } from "../offsets/offset_problem.ts";
import type { Granularity } from "../segment.ts";

/** A ring in a segment's workspace, or the sums of its global pool. */
export interface PartRing {
  /** Position of the step that fills it. */
  readonly position: number;
  /** In the workspace. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** Rows, or pixels where the unit is a pixel. */
  readonly units: number;
  /** Pixels of the widest window on it. */
  readonly columns: number;
  readonly mirrorPixels: number;
}

/** How the operators of a segment run. */
export interface SegmentForm {
  readonly kind: "rolling" | "patch";
  readonly unit: Granularity | null;
  readonly tiles: readonly [rows: number, columns: number];
  readonly rings: readonly PartRing[];
  readonly workspaceBytes: number;
}

/** Steps `[from, until)` in the order, run as one; a single one layer by layer, or a segment. */
export interface Part {
  readonly from: number;
  readonly until: number;
  /** No offsets need less while it runs. */
  readonly needBytes: number;
  /** Multiply-accumulates. */
  readonly macs: number;
  /** Calls of kernels, copies not counted. */
  readonly calls: number;
  readonly rules: StepRules;
  /** Null: layer by layer. */
  readonly form: SegmentForm | null;
}

/** The sums of a global pool as a block of the workspace. */
export function accumulator(position: number, sizeBytes: number): Omit<PartRing, "offsetBytes"> {
  return { position, sizeBytes, units: 1, columns: 1, mirrorPixels: 0 };
}
