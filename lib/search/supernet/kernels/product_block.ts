import { affine } from "../../../nest/affine.ts";
import { defineNest } from "../../../nest/define_nest.ts";
import type { Access, Expr, Nest } from "../../../nest/nest.ts";
import type { Step } from "../../../nest/step.ts";
import { applySteps } from "../../../schedule/apply_steps.ts";

/** How the left operand of a product lies in memory. */
export type LeftOperand = "rows" | "columns";

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
export function stepsOf(left: LeftOperand): readonly number[] {
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
