import type { KernelCode, Region } from "../kernel/kernel.ts";
import type { Model } from "../model/model.ts";
import type { Operator, OperatorName } from "../model/operator.ts";
import type { Tensor } from "../model/tensor.ts";
import type { Nest, Step } from "../nest/nest.ts";
import type { PlanStep } from "../plan/plan.ts";
import type { Extent, SegmentRing } from "../plan/segment.ts";
import type { BlockLibrary } from "./blocks/block_library.ts";
import type { ConstantPool } from "./constant_pool.ts";
import type { KernelLibrary } from "./kernel_library.ts";
import type { ScalarOptions } from "./kernels/scalar/scalar_options.ts";

/** A tensor where the plan puts it. */
export interface PlacedTensor {
  /** Index in the model. */
  readonly index: number;
  readonly tensor: Tensor;
  /** Its bytes in the module's memory; of a tensor in a ring those of the ring. */
  readonly region: Region;
  /** How its rows and columns are found in a segment's ring; null: it lies there as a whole. */
  readonly ring: OperandRing | null;
}

/** A ring, and the columns that a pass has of its tensor: numbers where all passes have the same. */
export interface OperandRing {
  readonly ring: SegmentRing;
  readonly firstColumn: number | null;
  readonly columns: number | null;
  /** Where a pass's record has both, as two uint16. */
  readonly windowByte: number;
}

/** How a layer of a segment is called: again and again, each time for a rectangle. */
export interface SegmentCall {
  /** The columns of every call; null: they differ. */
  readonly columns: Extent | null;
  /** The most columns of a call. */
  readonly mostColumns: number;
  /** Sums of a global pool, which is called for rectangles of its input; null for all others. */
  readonly sums: Region | null;
}

/**
 * What kernels are written for: WebAssembly with its vectors of 16 bytes, the same in another language
 * (`host`), the processor that it runs on with vectors of its own (`native`), any processor with 32-bit registers (`portable`), or such a one with instructions on pairs
 * of int16 (`dsp`), or with Arm's vectors of 16 bytes beside them (`helium`).
 */
export type KernelTarget = "wasm" | "host" | "native" | "portable" | "dsp" | "helium";

/** Sizes of vectors. */
export type VectorBytes = 16 | 32 | 64;

/** Whether kernels may work in free bytes of the arena, and have instructions on pairs of int16. */
export function isArm({ target }: { readonly target: KernelTarget }): boolean {
  return target === "dsp" || target === "helium";
}

/** Whether kernels may compute with vectors of 16 bytes. */
export function hasVectors({ target }: { readonly target: KernelTarget }): boolean {
  return runsHere({ target }) || target === "host";
}

/** Whether kernels run in this process, in memory that is laid out for them. */
export function runsHere({ target }: { readonly target: KernelTarget }): boolean {
  return target === "wasm" || target === "native";
}

/** One step of the plan, as kernels are made from it. */
export interface Layer {
  /** Unique in the module, and an identifier: `layer7_conv_2d`. */
  readonly name: string;
  readonly model: Model;
  readonly operator: Operator;
  readonly step: PlanStep;
  /** What it reads, in the operator's order; null for an input that is left out. */
  readonly inputs: readonly (PlacedTensor | null)[];
  readonly outputs: readonly PlacedTensor[];
  /** What its operator keeps from run to run beside its tensors; null: nothing. */
  readonly kept: Region | null;
  /** Ring of an operator in place that holds finished pixels back. */
  readonly ring: Region | null;
  /** How a layer of a segment is called; null: once, for all of its output. */
  readonly call: SegmentCall | null;
  /** What the code is for. */
  readonly target: KernelTarget;
  /** Bytes of the widest vectors that it has. */
  readonly vectorBytes: VectorBytes;
  /** Threads that may work on it. */
  readonly threads: number;
  /** Whether `i32x4.relaxed_dot_i8x16_i7x16_add_s` multiplies int8 by uint8 exactly here. */
  readonly hasRelaxedDot: boolean;
  /** Weights and tables that its kernel needs. */
  readonly constants: ConstantPool;
  /** Memory beside the arena that it may work in. */
  readonly workspace: Region;
  /** Bytes of the arena that it may work in: nothing lies there meanwhile; null: there are none. */
  readonly free: Region | null;
  /** Functions that layers share where code is not generated for each of them. */
  readonly library: KernelLibrary;
  /** Blocks that layers have in common. */
  readonly blocks: BlockLibrary;
  /** The steps that its reader asks for; null: the kernel's own. */
  readonly schedule: readonly Step[] | null;
  /** How a scalar kernel of int8 is to be written in place of a fast one; null: the fast one. */
  readonly scalar: ScalarOptions | null;
}

/** The code of a layer. */
export interface LayerKernel {
  /** Which kernel was chosen: `conv2d int8 2x16 dot`. */
  readonly kernel: string;
  /**
   * What it computes as a nest, with the schedule that its code is made from; left out: it has no
   * nest of its own.
   */
  readonly nest?: Nest;
  /** What else is to be said of how it runs. */
  readonly remarks: readonly string[];
  /** Functions; the first is called with the thread's number, in a segment as `openKernel` says. */
  readonly code: readonly KernelCode[];
  /** Whether every thread is to call it, or the first alone. */
  readonly isParallel: boolean;
  /** A byte of the state that is not 0 behind a call that ends the run: what comes next is not called. */
  readonly end?: Region;
  /** What is thrown, and why, where its code refuses an input that it is not defined for: see `refuse`. */
  readonly refusal?: { readonly reason: string; readonly error: "EngineError" | "RangeError" };
}

/** Makes the code of a layer, or null if it is not one that this kernel is for. */
export type MakeKernel = (layer: Layer) => LayerKernel | null;

/** The operator of a layer, if it is of that kind. */
export function operatorOf<Name extends OperatorName>(
  { operator }: Layer,
  name: Name,
): Extract<Operator, { op: Name }> | null {
  return operator.op === name ? operator as Extract<Operator, { op: Name }> : null;
}
