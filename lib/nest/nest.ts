import type { Affine } from "./affine.ts";
import type { NestDtype } from "./dtype.ts";

/**
 * An original dimension of the computation. A reduction axis does not appear in the target's index.
 *
 * @category Loop nests
 */
export interface Axis {
  /** Variable of the axis. */
  readonly name: string;
  /** Number of points, from 0. */
  readonly extent: number;
  /** `space` if it indexes the target, else `reduction`. */
  readonly role: "space" | "reduction";
}

/**
 * A dense row-major array that the nest reads or updates.
 *
 * @category Loop nests
 */
export interface Tensor {
  /** Variable of the array. */
  readonly name: string;
  /** Element type. */
  readonly dtype: NestDtype;
  /** Elements in each dimension, outermost first. */
  readonly shape: readonly number[];
  /** Whether the nest reads it or updates it. */
  readonly role: "input" | "output";
}

/**
 * One element of a tensor. With `outside` set, an index beyond the tensor reads that value instead
 * (zero padding of a convolution).
 *
 * @category Loop nests
 */
export interface Access {
  /** Name of the tensor. */
  readonly tensor: string;
  /** One index for each dimension. */
  readonly index: readonly Affine[];
  /** Value of elements beyond the tensor; left out: there are none. */
  readonly outside?: number;
}

/**
 * What is computed from the elements read; arithmetic happens in the dtype of the sums.
 *
 * @category Loop nests
 */
export type Expr =
  | { readonly kind: "read"; readonly access: Access }
  | { readonly kind: "constant"; readonly value: number }
  /** What an element of the target has been summed up to; only where it is finished. */
  | { readonly kind: "sum" }
  /**
   * `value * multiplier * 2 ** (shift - 31)` on int32, rounded as gemmlowp does: how a quantized
   * network scales its sums (TFLite's MultiplyByQuantizedMultiplier); only where a sum is finished.
   */
  | {
    readonly kind: "requantize";
    readonly value: Expr;
    /** From int32: 0, or in [2^30, 2^31). */
    readonly multiplier: Access;
    /** From int32: left shift if positive, right shift if negative. */
    readonly shift: Access;
  }
  | {
    readonly kind: "binary";
    readonly op: BinaryOp;
    readonly left: Expr;
    readonly right: Expr;
  };

/**
 * Arithmetic that every back end knows; `shr` shifts an integer right by a constant, rounding down.
 *
 * @category Loop nests
 */
export type BinaryOp = "add" | "sub" | "mul" | "min" | "max" | "shr";

/**
 * `target (+)= value`, for every point of the axes.
 *
 * @category Loop nests
 */
export interface Statement {
  /** The element that is updated. */
  readonly target: Access;
  /** `add` sums up, `max` keeps the largest, `set` overwrites. */
  readonly update: "add" | "max" | "set";
  /** What it is updated with. */
  readonly value: Expr;
  /** The number from which a sum or maximum starts; left out: from what the target holds. */
  readonly start?: number;
  /** Dtype of the sums, in which all arithmetic happens; left out: the target's. */
  readonly sum?: NestDtype;
  /**
   * What an element is set to once its sum is complete (an epilogue: bias, scale, clamp). It may read
   * tensors that axes of the target index. The sums never lie in memory, so it needs `start`.
   */
  readonly finish?: Expr;
}

/**
 * One loop as scheduled. It walks its axis in units of `step`: 1 for the loop that reaches every
 * element, the tile size for a tile loop, whose tile the next inner loop of the same axis walks.
 *
 * @category Loop nests
 */
export interface Loop {
  /** Variable of the loop. */
  readonly name: string;
  /** The axis that it walks. */
  readonly axis: string;
  /** Elements of the axis in one iteration, before vectors and unrolling. */
  readonly step: number;
  /** Copies of the body per iteration; `"full"` leaves no loop at all. */
  readonly unroll: number | "full";
  /** `vector`: one iteration does as many elements as a register holds; `dot`: groups of two or four are multiplied and added by one instruction. */
  readonly mode: "serial" | "parallel" | "vector" | "dot";
  /** Elements in a register; left out: as many as 128 bits hold. */
  readonly lanes?: number;
}

/**
 * A copy of a tensor's part in the order in which the loops inside `at` touch it.
 *
 * @category Loop nests
 */
export interface Pack {
  /** The tensor that is copied; the output is also copied back. */
  readonly tensor: string;
  /** The loop in whose body the copy is made, or null for once before all loops. */
  readonly at: string | null;
  /** Element type of the copy. */
  readonly dtype: NestDtype;
}

/**
 * Neighbours of an input that are loaded at once and stay in a register.
 *
 * @category Loop nests
 */
export interface Staged {
  /** The tensor that they are of. */
  readonly tensor: string;
  /** The loop in whose body they are loaded: as many as one iteration covers. */
  readonly at: string;
}

/**
 * Elements of a tensor that are asked for before they are used.
 *
 * @category Loop nests
 */
export interface Prefetched {
  /** The tensor that they are of; of a packed one they are the copy's. */
  readonly tensor: string;
  /** The loop in whose body they are asked for: all that a later iteration uses. */
  readonly at: string;
  /** How many iterations later. */
  readonly ahead: number;
}

/**
 * A loop nest: what is computed (`axes`, `tensors`, `body`) and how (`loops`, `packs`, `staged`,
 * `prefetched`, `accumulateAt`).
 *
 * @category Loop nests
 */
export interface Nest {
  /** What it computes. */
  readonly name: string;
  /** The sizes as people write them, such as `640x12800x640`. */
  readonly shape: string;
  /** Dimensions of the computation, in the order of the plain loops. */
  readonly axes: readonly Axis[];
  /** All inputs, and the output. */
  readonly tensors: readonly Tensor[];
  /** The statement for one point of the axes. */
  readonly body: Statement;
  /** Outermost first. */
  readonly loops: readonly Loop[];
  /** Copies in the order in which they are declared. */
  readonly packs: readonly Pack[];
  /** Inputs that are loaded several elements at a time. */
  readonly staged: readonly Staged[];
  /** Tensors whose elements are asked for ahead of their use. */
  readonly prefetched: readonly Prefetched[];
  /** The loop during which the target stays in registers, or null. */
  readonly accumulateAt: string | null;
  /** The schedule so far: replaying it on the plain nest gives this nest. */
  readonly steps: readonly Step[];
}

/**
 * One transformation of a schedule, as plain JSON: it prints, caches, replays and travels.
 *
 * @category Loop nests
 */
export type Step =
  | { readonly op: "reorder"; readonly order: readonly string[] }
  | {
    readonly op: "tile";
    readonly sizes: Readonly<Record<string, number>>;
    readonly names?: Readonly<Record<string, string>>;
  }
  | { readonly op: "unroll"; readonly axis: string; readonly factor: number | "full" }
  | {
    readonly op: "vectorize";
    readonly axis: string;
    readonly dot?: string;
    readonly reduction?: true;
    readonly lanes?: number;
  }
  | { readonly op: "parallel"; readonly axis: string }
  | {
    readonly op: "pack";
    readonly tensor: string;
    readonly at: string | null;
    readonly dtype?: NestDtype;
  }
  | { readonly op: "stage"; readonly tensor: string; readonly at: string }
  | {
    readonly op: "prefetch";
    readonly tensor: string;
    readonly at: string;
    readonly ahead?: number;
  }
  | { readonly op: "accumulate"; readonly at: string };
