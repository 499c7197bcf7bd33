import type { Affine } from "./affine.ts";
import type { DType } from "./dtype.ts";
import type { Step } from "./step.ts";

/** An original dimension of the computation. A reduction axis does not appear in the target's index. */
export interface Axis {
  readonly name: string;
  readonly extent: number;
  readonly role: "space" | "reduction";
}

/** A dense row-major array that the nest reads or updates. */
export interface Tensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly role: "input" | "output";
}

/**
 * One element of a tensor. With `outside` set, an index beyond the tensor reads that value instead
 * (zero padding of a convolution).
 */
export interface Access {
  readonly tensor: string;
  readonly index: readonly Affine[];
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

/** Arithmetic that every back end knows. */
export type BinaryOp = "add" | "sub" | "mul" | "min" | "max";

/** `target (+)= value`, for every point of the axes. */
export interface Statement {
  readonly target: Access;
  readonly update: "add" | "max" | "set";
  readonly value: Expr;
}

/**
 * One loop as scheduled. It walks its axis in units of `step`: 1 for the loop that reaches every
 * element, the tile size for a tile loop, whose tile the next inner loop of the same axis walks.
 */
export interface Loop {
  readonly name: string;
  readonly axis: string;
  readonly step: number;
  /** Copies of the body per iteration; `"full"` leaves no loop at all. */
  readonly unroll: number | "full";
  /** `vector`: one iteration does as many elements as a 128-bit register holds; `dot`: pairs are multiplied and added by one instruction. */
  readonly mode: "serial" | "parallel" | "vector" | "dot";
}

/** A copy of a tensor's part in the order in which the loops inside `at` touch it. */
export interface Pack {
  readonly tensor: string;
  /** The loop in whose body the copy is made, or null for once before all loops. */
  readonly at: string | null;
  readonly dtype: DType;
}

/** A loop nest: what is computed (`axes`, `tensors`, `body`) and how (`loops`, `packs`, `accumulateAt`). */
export interface Nest {
  readonly name: string;
  /** The sizes as people write them, such as `640x12800x640`. */
  readonly shape: string;
  readonly axes: readonly Axis[];
  readonly tensors: readonly Tensor[];
  readonly body: Statement;
  /** Outermost first. */
  readonly loops: readonly Loop[];
  readonly packs: readonly Pack[];
  /** The loop during which the target stays in registers, or null. */
  readonly accumulateAt: string | null;
  /** The schedule so far: replaying it on the plain nest gives this nest. */
  readonly steps: readonly Step[];
}
