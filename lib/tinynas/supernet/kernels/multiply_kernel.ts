import { recordBlock } from "../../../codegen/record_block.ts";
import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, min, mul, sub } from "../../../kernel/values.ts";
import { defineNest } from "../../../nest/define_nest.ts";
import type { Access, Expr, Nest, Step } from "../../../nest/nest.ts";
import { affine } from "../../../nest/affine.ts";
import { applySteps } from "../../../schedule/apply_steps.ts";
import {
  forBlocks,
  load,
  MEMORY,
  single,
  store,
  type VectorBlock,
  type VectorBytes,
  zeros,
} from "./vectors.ts";

/**
 * Pixels worked on together, so that what is read of them again and again stays in the fastest cache:
 * rows of A in a product, rows of A and B in one with A transposed.
 */
const BLOCK_PIXELS = 64;

/**
 * Rows of tiles, the most first: with two vectors of a row as many sums as registers hold beside what is
 * multiplied, of 16 with vectors of 16 or 32 bytes, of 32 with vectors of 64.
 */
const TILE_ROWS: Readonly<Record<VectorBytes, readonly number[]>> = {
  16: [4, 1],
  32: [4, 1],
  64: [8, 4, 1],
};

/** A tile of C, and the steps of its sums. */
interface Tile {
  readonly i: Value;
  /** Bytes before its first column. */
  readonly j: Value;
  readonly rows: number;
  readonly block: VectorBlock;
  readonly from: Value | number;
  readonly until: Value;
  /** Whether the sums go on from what C holds. */
  readonly adds: Value;
}

/**
 * `C = A B` or `C += A B` of float32, with A in rows (`m` rows of `k`, which is a multiple of 4) or in
 * columns (`k` rows of `m`: A transposed, as the gradient of weights needs it). `n` is a multiple of 4.
 * Strides are bytes from one row in memory to the next. Tiles of C are the blocks of a scheduled nest,
 * see {@link productBlock}: with vectors of 16 bytes, four rows by eight columns stay in registers.
 */
export function multiplyKernel(
  name: string,
  left: LeftOperand,
  widest: VectorBytes,
): KernelCode {
  const b = new KernelBuilder();
  const parameters = ["a", "a_stride", "b", "b_stride", "c", "c_stride", "m", "k", "n"];
  const [a, aStride, right, rightStride, c, cStride, m, k, n] = parameters
    .map((each) => b.parameter(each));
  const accumulates = b.parameter("accumulates");

  const tile = ({ i, j, rows, block: { bytes, count }, from, until, adds }: Tile) => {
    const lanes = bytes / 4;
    const cRows = rowsOf(b, {
      name: "c",
      from: add(add(c, j), mul(i, cStride)),
      stride: cStride,
    }, rows);
    const at = (row: number, vector: number) => (
      { address: cRows[row], offsetBytes: vector * bytes }
    );
    const starts = cRows.map(() =>
      Array.from({ length: count }, () => b.let("start", zeros(bytes)))
    );
    b.if(adds, () => {
      starts.forEach((row, r) => row.forEach((start, v) => b.set(start, load(at(r, v), bytes))));
    });
    const first = add(
      a,
      add(mul(from, left === "rows" ? 4 : aStride), mul(i, left === "rows" ? aStride : 4)),
    );
    const by = (stride: Value) => (pointer: Value) => () => b.advance(pointer, stride);
    recordBlock(b, productBlock(left, { rows, columns: count * lanes, lanes }), {
      buffers: {
        A: left === "rows"
          ? { region: MEMORY, rows: rowsOf(b, { name: "a", from: first, stride: aStride }, rows) }
          : { region: MEMORY, pointer: first },
        B: { region: MEMORY, pointer: add(add(right, j), mul(from, rightStride)) },
      },
      extents: { k: { sizes: stepsOf(left), value: sub(until, from) } },
      moves: { B: { k: by(rightStride) }, ...left === "columns" ? { A: { k: by(aStride) } } : {} },
      isCompact: true,
      start: ({ coordinates: { i, j } }) => starts[i][j / lanes],
      finish: (sums) => {
        for (const { coordinates: { i, j }, value } of sums) {
          store(b, at(i, j / lanes), value);
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
    const pair = { bytes: widest, count: 2 };
    forBlocks(b, { until: mul(n, 4), blocks: [pair, ...single(widest)] }, (j, block) => {
      let first: Value | number = rowsFrom;
      for (const rows of TILE_ROWS[widest]) {
        const rest = apply("i32.and", [sub(rowsUntil, first), rows - 1]);
        const tiled = rows === 1 ? rowsUntil : b.let("tiled", sub(rowsUntil, rest));
        b.for(
          "i",
          { from: first, until: tiled, step: rows },
          (i) => tile({ i, j, rows, block, ...steps }),
        );
        first = tiled;
      }
    });
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
  /** A multiple of the lanes. */
  readonly columns: number;
  /** Elements of a vector; 4 if left out. */
  readonly lanes?: number;
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
export function productBlock(
  left: LeftOperand,
  { rows, columns, lanes = 4 }: ProductTile,
): Nest {
  const access = (tensor: string, ...index: readonly string[]): Access => (
    { tensor, index: index.map((axis) => affine(axis)) }
  );
  const read = (access: Access): Expr => ({ kind: "read", access });
  const steps: readonly Step[] = [
    { op: "reorder", order: ["k", "i", "j"] },
    { op: "unroll", axis: "i", factor: "full" },
    { op: "unroll", axis: "j", factor: "full" },
    { op: "vectorize", axis: "j", lanes },
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
