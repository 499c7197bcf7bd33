import { vectorType } from "../../../kernel/instruction.ts";
import type { Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, loadOf } from "../../../kernel/kernel_builder.ts";
import {
  add,
  apply,
  constant,
  type Operand,
  sub,
  vectorOfF32,
  widened,
} from "../../../kernel/values.ts";

/**
 * Bytes of the widest vectors of a kernel: 16 in WebAssembly, natively what the processor has. Lanes are
 * channels, and none is ever added to another: results are the same bits with vectors of any width.
 */
export type VectorBytes = 16 | 32 | 64;

/** All of the memory: kernels of training get addresses as parameters. */
export const MEMORY: Region = {
  name: "memory",
  space: "memory",
  offsetBytes: 0,
  sizeBytes: 0,
  check: null,
};

/** Bytes of the vectors that everything is a multiple of. */
export const LEAST_BYTES = 16;

/** Where a vector lies: an address, and bytes behind it. */
export interface VectorPlace {
  readonly address: Value;
  readonly offsetBytes?: number;
}

/** What memory holds there. */
export function load(at: VectorPlace, bytes: VectorBytes): Value {
  return widened(loadOf("v128.load", { region: MEMORY, ...at }), vectorType(bytes));
}

/** Stores a vector of any width. */
export function store(b: KernelBuilder, at: VectorPlace, value: Value): void {
  b.store("v128.store", { region: MEMORY, ...at }, value);
}

/** Zeros, for sums: every other constant is a vector of 16 bytes, which wider operands repeat. */
export function zeros(bytes: VectorBytes): Value {
  if (bytes === LEAST_BYTES) return vectorOfF32(0);
  return widened(apply("f32x4.splat", [constant(0, "f32")]), vectorType(bytes));
}

export const times = (a: Value, b: Value): Value => apply("f32x4.mul", [a, b]);
export const plus = (a: Value, b: Value): Value => apply("f32x4.add", [a, b]);
export const minus = (a: Value, b: Value): Value => apply("f32x4.sub", [a, b]);

/** Vectors side by side that are worked on together. */
export interface VectorBlock {
  readonly bytes: VectorBytes;
  readonly count: number;
}

/** Blocks of one vector, the widest first. */
export function single(widest: VectorBytes): readonly VectorBlock[] {
  return ([64, 32, 16] as const).filter((bytes) => bytes <= widest)
    .map((bytes) => ({ bytes, count: 1 }));
}

/**
 * Goes over bytes, a multiple of 16 of them: as many of the first block as fit, then of the next for what
 * is left, and so on; the last is one vector of 16 bytes.
 */
export function forBlocks(
  b: KernelBuilder,
  { from = 0, until, blocks }: {
    readonly from?: Operand;
    readonly until: Value;
    readonly blocks: readonly VectorBlock[];
  },
  body: (at: Value, block: VectorBlock) => void,
): void {
  let first = from;
  for (const block of blocks) {
    const step = block.bytes * block.count;
    const end = step === LEAST_BYTES
      ? until
      : b.let("whole", add(first, apply("i32.and", [sub(until, first), -step])));
    b.for("at", { from: first, until: end, step }, (at) => body(at, block));
    first = end;
  }
}
