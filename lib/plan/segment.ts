import type { LoopDirection } from "./sliding_window.ts";

/**
 * What may be fused: `none` runs layer by layer; `patch` runs stages of operators tile by tile, with
 * halos computed anew (MCUNetV2, NeurIPS 2021); `rolling` computes rows or pixels on demand and keeps
 * a window of each tensor in a ring; `best` chooses among all of them.
 *
 * @category Planner
 */
export type FusionMode = "none" | "patch" | "rolling" | "best";

/**
 * What rolling segments compute at a time: whole rows, or single pixels where that saves memory.
 *
 * @category Planner
 */
export type Granularity = "row" | "pixel";

/**
 * Half-open range `[from, until)`, as a pair.
 *
 * @category Planner
 */
export type Extent = readonly [from: number, until: number];

/**
 * Where elements of a tensor inside a segment lie. Row r, column c of pass p, with `firstColumn` and
 * `columns` of the pass's window:
 *
 * - layout `rows`: `offsetBytes + (r mod rows) * rowBytes + (c - firstColumn) * pixelBytes`;
 * - layout `pixels`: `offsetBytes + ((r * columns + c - firstColumn) mod pixels) * pixelBytes`. The
 *   first `mirrorPixels` slots stand once more behind the last, so that a run of up to
 *   `mirrorPixels + 1` pixels of one row goes on where the ring ends: only the first one's slot is
 *   to be looked up. Copies keep the second ones up to date.
 *
 * @category Planner
 */
export interface SegmentRing {
  /** Index of the tensor. */
  readonly tensor: number;
  /** Id of its buffer, of kind `ring`. */
  readonly buffer: string;
  /** The buffer's place in the arena. */
  readonly offsetBytes: number;
  /** How elements are found. */
  readonly layout: "rows" | "pixels";
  /** Bytes of one pixel: all its channels. */
  readonly pixelBytes: number;
  /** Layout `rows`: rows that the ring holds; else 0. */
  readonly rows: number;
  /** Layout `rows`: bytes from one slot to the next; else 0. */
  readonly rowBytes: number;
  /** Layout `pixels`: pixels that the ring holds, mirror not counted; else 0. */
  readonly pixels: number;
  /** Layout `pixels`: pixels behind the ring that repeat its first ones. */
  readonly mirrorPixels: number;
}

/**
 * One call of a kernel: the rectangle of output rows and columns of an operator. It reads what its
 * windows reach of the inputs, clipped to the image; padding, that of folded PADs included
 * (`foldedPadding` of its step), is the kernel's. Every input row lies in one piece from the first
 * column that the call reads; rows lie where their tensor's ring, or buffer, has them, or outside of
 * the arena. Its output lies on nothing that it reads, so loops may run in any order; but for
 * element-wise operators, which may overwrite exactly the elements they read.
 *
 * @category Planner
 */
export interface ComputeStep {
  /** Index of the operator in the model. */
  readonly operator: number;
  /** Output rows. */
  readonly rows: Extent;
  /** Output columns. */
  readonly columns: Extent;
}

/**
 * One call of the kernel of a global pool (MEAN over rows and columns, AVERAGE_POOL_2D over the whole
 * image) at the end of a segment: it adds a rectangle of its input, elements as they are, to the
 * segment's sums, int32 for each channel. The last call rescales the sums to the output.
 *
 * @category Planner
 */
export interface ReduceStep {
  /** Index of the operator in the model. */
  readonly reduce: number;
  /** Input rows. */
  readonly rows: Extent;
  /** Input columns. */
  readonly columns: Extent;
  /** The first call sets the sums to zero before. */
  readonly isFirst: boolean;
  /** The last call stores the output afterwards. */
  readonly isLast: boolean;
}

/**
 * Bytes to copy within the arena: a pixel into the mirror behind its ring.
 *
 * @category Planner
 */
export interface CopyStep {
  /** Index of the tensor. */
  readonly copy: number;
  /** Address to read from. */
  readonly fromByte: number;
  /** Address to write to. */
  readonly toByte: number;
  /** Bytes. */
  readonly sizeBytes: number;
}

/**
 * One thing a segment does.
 *
 * @category Planner
 */
export type MicroStep = ComputeStep | ReduceStep | CopyStep;

/**
 * The columns of a tensor that one pass holds.
 *
 * @category Planner
 */
export interface PassWindow {
  /** Index of the tensor. */
  readonly tensor: number;
  /** Leftmost column. */
  readonly firstColumn: number;
  /** Columns. */
  readonly columns: number;
}

/**
 * A tile, or strip, of a segment's last output, with all that is computed for it.
 *
 * @category Planner
 */
export interface SegmentPass {
  /** Rows of the last output. */
  readonly rows: Extent;
  /** Columns of the last output. */
  readonly columns: Extent;
  /** Columns of every tensor in a ring. */
  readonly windows: readonly PassWindow[];
  /** What to do, in order. */
  readonly microSteps: readonly MicroStep[];
}

/**
 * Operators that run together. What they read from before the segment and what they leave for later
 * are whole tensors in buffers of their own; everything in between exists in rings only.
 *
 * @category Planner
 */
export interface PlanSegment {
  /** `rolling`: rows or pixels on demand; `patch`: every operator once for each tile. */
  readonly kind: "rolling" | "patch";
  /** First step. */
  readonly from: number;
  /** First step behind it. */
  readonly until: number;
  /** Of rolling segments what is computed at a time; null for patches. */
  readonly granularity: Granularity | null;
  /** Tiles of the last output: rows and columns of them; rolling segments have strips, 1 x q. */
  readonly tiles: readonly [rows: number, columns: number];
  /** Whether rows come from the top or from the bottom (and pixels from the right). */
  readonly direction: LoopDirection;
  /** Whole tensors that it reads. */
  readonly inputs: readonly number[];
  /** Whole tensors that it writes. */
  readonly outputs: readonly number[];
  /** Tensors in between. */
  readonly rings: readonly SegmentRing[];
  /** Address of a global pool's sums; null without one. */
  readonly sumsByte: number | null;
  /** Start of the stretch of the arena that holds the rings and sums. */
  readonly workspaceByte: number;
  /** Its size. */
  readonly workspaceBytes: number;
  /** Multiply-accumulates, those done again included. */
  readonly macs: number;
  /** Those over the ones that its operators need layer by layer. */
  readonly macFactor: number;
  /** Everything it does. */
  readonly passes: readonly SegmentPass[];
}

/** How a segment runs, in short. */
export function segmentForm({ kind, granularity, tiles: [rows, columns] }: PlanSegment): string {
  if (kind === "patch") return `${rows} x ${columns} patches`;
  return `rolling ${granularity}s${columns === 1 ? "" : ` in ${columns} strips`}`;
}
