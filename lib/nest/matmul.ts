import { checkOptions } from "../check_arguments.ts";
import { defineNest } from "./define_nest.ts";
import { affine } from "./affine.ts";
import type { Nest } from "./nest.ts";

/**
 * Sizes and element type of a matrix product.
 *
 * @category Loop nests
 */
export interface MatmulOptions {
  /** Rows of A and C. */
  readonly m: number;
  /** Columns of A, rows of B. */
  readonly k: number;
  /** Columns of B and C. */
  readonly n: number;
  /** `f32`: all float32 (the default); `i8`: int8 operands, int32 sums. */
  readonly dtype?: "f32" | "i8";
}

/**
 * Matrix product as a loop nest: `C[i][j] += A[i][k] * B[k][j]`, loops i, j, k.
 *
 * A is `m x k`, B is `k x n`, C is `m x n`, all row-major. C is added to: zero it for a plain product.
 *
 * @throws {RangeError} a size is not a positive integer, or the tensors exceed 2 GiB.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, pseudocode } from "tinyloom";
 *
 * assert.equal(
 *   pseudocode(matmul({ m: 4, k: 8, n: 16 })),
 *   `for (i = 0; i < 4; i++)
 *   for (j = 0; j < 16; j++)
 *     for (k = 0; k < 8; k++)
 *       C[i][j] += A[i][k] * B[k][j]
 * `,
 * );
 * ```
 *
 * @category Loop nests
 */
export function matmul(options: MatmulOptions): Nest {
  checkOptions("matmul", options, "m k n dtype");
  const { m, k, n, dtype = "f32" } = options;
  if (dtype !== "f32" && dtype !== "i8") {
    throw new TypeError(`The dtype of a matmul must be "f32" or "i8", found ${dtype}`);
  }
  return defineNest({
    name: "matmul",
    shape: `${m}x${k}x${n}`,
    extents: { i: m, j: n, k },
    tensors: [
      { name: "A", dtype, shape: [m, k], role: "input" },
      { name: "B", dtype, shape: [k, n], role: "input" },
      { name: "C", dtype: dtype === "f32" ? "f32" : "i32", shape: [m, n], role: "output" },
    ],
    body: {
      target: { tensor: "C", index: [affine("i"), affine("j")] },
      update: "add",
      value: {
        kind: "binary",
        op: "mul",
        left: { kind: "read", access: { tensor: "A", index: [affine("i"), affine("k")] } },
        right: { kind: "read", access: { tensor: "B", index: [affine("k"), affine("j")] } },
      },
    },
  });
}
