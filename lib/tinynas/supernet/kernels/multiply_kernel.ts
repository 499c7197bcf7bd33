import { recordBlock } from "../../../codegen/record_block.ts";
import type { KernelCode, Region, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, min, mul, sub, vectorOfF32 } from "../../../kernel/values.ts";
import { defineNest } from "../../../nest/define_nest.ts";
import type { Access, Expr, Nest, Step } from "../../../nest/nest.ts";
import { affine } from "../../../nest/affine.ts";
import { applySteps } from "../../../schedule/apply_steps.ts";

/**
 * Pixels worked on together, so that what is read of them again and again stays in the fastest cache:
 * rows of A in a product, rows of A and B in one with A transposed.
 */
const BLOCK_PIXELS = 64;

const TILE_ROWS = 4;

/** A tile of C, and the steps of its sums. */
interface Tile {
  readonly i: Value;
  readonly j: Value;
  readonly rows: number;
  readonly vectors: number;
  readonly from: Value | number;
  readonly until: Value;
  /** Whether the sums go on from what C holds. */
  readonly adds: Value;
}

/**
 * `C = A B` or `C += A B` of float32, with A in rows (`m` rows of `k`, which is a multiple of 4) or in
 * columns (`k` rows of `m`: A transposed, as the gradient of weights needs it). `n` is a multiple of 4.
 * Strides are bytes from one row in memory to the next. Tiles of C are the blocks of a scheduled nest,
 * see {@link productBlock}: four rows by eight columns stay in registers.
 */
export function multiplyKernel(name: string, left: LeftOperand): KernelCode {
  const b = new KernelBuilder();
  const parameters = ["a", "a_stride", "b", "b_stride", "c", "c_stride", "m", "k", "n"];
  const [a, aStride, right, rightStride, c, cStride, m, k, n] = parameters
    .map((each) => b.parameter(each));
  const accumulates = b.parameter("accumulates");

  const tile = ({ i, j, rows, vectors, from, until, adds }: Tile) => {
    const jBytes = mul(j, 4);
    const cRows = rowsOf(b, {
      name: "c",
      from: add(add(c, jBytes), mul(i, cStride)),
      stride: cStride,
    }, rows);
    const at = (row: number, vector: number) => (
      { region: MEMORY, address: cRows[row], offsetBytes: vector * VECTOR_BYTES }
    );
    const starts = cRows.map(() =>
      Array.from({ length: vectors }, () => b.let("start", vectorOfF32(0)))
    );
    b.if(adds, () => {
      starts.forEach((row, r) =>
        row.forEach((start, v) => b.set(start, b.load("v128.load", at(r, v))))
      );
    });
    const first = add(
      a,
      add(mul(from, left === "rows" ? 4 : aStride), mul(i, left === "rows" ? aStride : 4)),
    );
    const by = (stride: Value) => (pointer: Value) => () => b.advance(pointer, stride);
    recordBlock(b, productBlock(left, { rows, columns: vectors * 4 }), {
      buffers: {
        A: left === "rows"
          ? { region: MEMORY, rows: rowsOf(b, { name: "a", from: first, stride: aStride }, rows) }
          : { region: MEMORY, pointer: first },
        B: { region: MEMORY, pointer: add(add(right, jBytes), mul(from, rightStride)) },
      },
      extents: { k: { sizes: stepsOf(left), value: sub(until, from) } },
      moves: { B: { k: by(rightStride) }, ...left === "columns" ? { A: { k: by(aStride) } } : {} },
      isCompact: true,
      start: ({ coordinates: { i, j } }) => starts[i][j / 4],
      finish: (sums) => {
        for (const { coordinates: { i, j }, value } of sums) {
          b.store("v128.store", at(i, j / 4), value);
        }
      },
    });
  };

  const pixels = left === "rows" ? m : k;
  b.for("from", { until: pixels, step: BLOCK_PIXELS }, (from) => {
    const until = b.let("until", min(add(from, BLOCK_PIXELS), pixels));
    const [rowsFrom, rowsUntil] = left === "rows" ? [from, until] : [0, m];
    const steps = left === "rows" ? { from: 0, until: k, adds: accumulates } : {
      from,
      until,
      adds: b.let("adds", apply("i32.or", [accumulates, from])),
    };
    const columns = (j: Value, vectors: number) => {
      const rest = apply("i32.and", [sub(rowsUntil, rowsFrom), TILE_ROWS - 1]);
      const tiled = b.let("tiled", sub(rowsUntil, rest));
      b.for(
        "i",
        { from: rowsFrom, until: tiled, step: TILE_ROWS },
        (i) => tile({ i, j, rows: TILE_ROWS, vectors, ...steps }),
      );
      b.for(
        "i",
        { from: tiled, until: rowsUntil },
        (i) => tile({ i, j, rows: 1, vectors, ...steps }),
      );
    };
    const eights = b.let("eights", apply("i32.and", [n, -8]));
    b.for("j", { until: eights, step: 8 }, (j) => columns(j, 2));
    b.if(apply("i32.and", [n, 4]), () => columns(eights, 1));
  });
  return b.finish(name);
}

/** Pointers to rows that follow each other. */
function rowsOf(
  b: KernelBuilder,
  { name, from, stride }: { readonly name: string; readonly from: Value; readonly stride: Value },
  count: number,
): readonly Value[] {
  const pointers = [b.let(`${name}0`, from)];
  for (let r = 1; r < count; r++) pointers.push(b.let(`${name}${r}`, add(pointers[r - 1], stride)));
  return pointers;
}

/** How the left operand of a product lies in memory. */
type LeftOperand = "rows" | "columns";

/** A tile of a product that stays in registers. */
export interface ProductTile {
  readonly rows: number;
  /** A multiple of 4. */
  readonly columns: number;
}

/** More steps than any sum of a product has. */
const MOST_STEPS = 16384;

/**
 * Steps that the sums of a product may have: of A in rows multiples of 4, so that the loop over them
 * is written out four times without a rest.
 */
function stepsOf(left: LeftOperand): readonly number[] {
  const unit = left === "rows" ? 4 : 1;
  return Array.from({ length: MOST_STEPS / unit }, (_, i) => MOST_STEPS - i * unit);
}

/**
 * A tile of a product as a scheduled nest, with A in rows or in columns:
 *
 * ```text
 * for (k) for (i unrolled) for (j unrolled, vectorized) C[i][j] += A[i][k] * B[k][j]
 * ```
 */
export function productBlock(left: LeftOperand, { rows, columns }: ProductTile): Nest {
  const access = (tensor: string, ...index: readonly string[]): Access => (
    { tensor, index: index.map((axis) => affine(axis)) }
  );
  const read = (access: Access): Expr => ({ kind: "read", access });
  const steps: readonly Step[] = [
    { op: "reorder", order: ["k", "i", "j"] },
    { op: "unroll", axis: "i", factor: "full" },
    { op: "unroll", axis: "j", factor: "full" },
    { op: "vectorize", axis: "j" },
    { op: "accumulate", at: "k" },
  ];
  const plain = defineNest({
    name: "product",
    extents: { i: rows, j: columns, k: MOST_STEPS },
    tensors: [
      {
        name: "A",
        dtype: "f32",
        shape: left === "rows" ? [rows, MOST_STEPS] : [MOST_STEPS, rows],
        role: "input",
      },
      { name: "B", dtype: "f32", shape: [MOST_STEPS, columns], role: "input" },
      { name: "C", dtype: "f32", shape: [rows, columns], role: "output" },
    ],
    body: {
      target: access("C", "i", "j"),
      update: "add",
      value: {
        kind: "binary",
        op: "mul",
        left: read(left === "rows" ? access("A", "i", "k") : access("A", "k", "i")),
        right: read(access("B", "k", "j")),
      },
    },
  });
  return applySteps(plain, steps);
}

/** All of the memory: kernels of training get addresses as parameters. */
export const MEMORY: Region = {
  name: "memory",
  space: "memory",
  offsetBytes: 0,
  sizeBytes: 0,
  check: null,
};

/** Bytes of one vector of four float32. */
export const VECTOR_BYTES = 16;
