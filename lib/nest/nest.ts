import type { Affine } from "./affine.ts";
import type { DType } from "./dtype.ts";
import type { Step } from "./step.ts";

/** An original dimension of the computation. A reduction axis does not appear in the target's index. */
export interface Axis {
  /** Variable of the axis. */
  readonly name: string;
  /** Number of points, from 0. */
  readonly extent: number;
  /** `space` if it indexes the target, else `reduction`. */
  readonly role: "space" | "reduction";
}

/** A dense row-major array that the nest reads or updates. */
export interface Tensor {
  /** Variable of the array. */
  readonly name: string;
  /** Element type. */
  readonly dtype: DType;
  /** Elements in each dimension, outermost first. */
  readonly shape: readonly number[];
  /** Whether the nest reads it or updates it. */
  readonly role: "input" | "output";
}

/**
 * One element of a tensor. With `outside` set, an index beyond the tensor reads that value instead
 * (zero padding of a convolution).
 */
export interface Access {
  /** Name of the tensor. */
  readonly tensor: string;
  /** One index for each dimension. */
  readonly index: readonly Affine[];
  /** Value of elements beyond the tensor; left out: there are none. */
  readonly outside?: number;
}

/** What is computed from the elements read; arithmetic happens in the target's dtype. */
export type Expr =
  | { readonly kind: "read"; readonly access: Access }
  | { readonly kind: "constant"; readonly value: number }
  | {
    readonly kind: "binary";
    readonly op: BinaryOp;
    readonly left: Expr;
    readonly right: Expr;
  };

/** Arithmetic that every back end knows; `shr` shifts an integer right by a constant, rounding down. */
export type BinaryOp = "add" | "sub" | "mul" | "min" | "max" | "shr";

/** `target (+)= value`, for every point of the axes. */
export interface Statement {
  /** The element that is updated. */
  readonly target: Access;
  /** `add` sums up, `max` keeps the largest, `set` overwrites. */
  readonly update: "add" | "max" | "set";
  /** What it is updated with. */
  readonly value: Expr;
  /** The number from which a sum or maximum starts; left out: from what the target holds. */
  readonly start?: number;
}

/**
 * One loop as scheduled. It walks its axis in units of `step`: 1 for the loop that reaches every
 * element, the tile size for a tile loop, whose tile the next inner loop of the same axis walks.
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
  /** `vector`: one iteration does as many elements as a 128-bit register holds; `dot`: pairs are multiplied and added by one instruction. */
  readonly mode: "serial" | "parallel" | "vector" | "dot";
}

/** A copy of a tensor's part in the order in which the loops inside `at` touch it. */
export interface Pack {
  /** The tensor that is copied; the output is also copied back. */
  readonly tensor: string;
  /** The loop in whose body the copy is made, or null for once before all loops. */
  readonly at: string | null;
  /** Element type of the copy. */
  readonly dtype: DType;
}

/** A loop nest: what is computed (`axes`, `tensors`, `body`) and how (`loops`, `packs`, `accumulateAt`). */
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
  /** The loop during which the target stays in registers, or null. */
  readonly accumulateAt: string | null;
  /** The schedule so far: replaying it on the plain nest gives this nest. */
  readonly steps: readonly Step[];
}
