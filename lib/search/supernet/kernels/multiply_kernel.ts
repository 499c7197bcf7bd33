import type { KernelCode, Value } from "../../../codegen/kernel/kernel.ts";
import { KernelBuilder } from "../../../codegen/kernel/kernel_builder.ts";
import { add, apply, mul, vectorOfF32 } from "../../../codegen/kernel/values.ts";
import { MEMORY, VECTOR_BYTES } from "./memory_region.ts";

/** How the left operand of a product lies in memory. */
export type LeftOperand = "rows" | "columns";

/**
 * `C = A B` or `C += A B` of float32, with A in rows (`m` rows of `k`, which is a multiple of 4) or in
 * columns (`k` rows of `m`: A transposed, as the gradient of weights needs it). `n` is a multiple of 4.
 * Strides are bytes from one row in memory to the next. Four rows by eight columns of C stay in
 * registers.
 */
export function multiplyKernel(name: string, left: LeftOperand): KernelCode {
  const b = new KernelBuilder();
  const [a, aStride, right, rightStride, c, cStride, m, k, n, accumulates] = [
    "a",
    "a_stride",
    "b",
    "b_stride",
    "c",
    "c_stride",
    "m",
    "k",
    "n",
    "accumulates",
  ].map((each) => b.parameter(each));
  const unroll = left === "rows" ? 4 : 1;
  const rowStep = left === "rows" ? aStride : 4;

  const tile = (i: Value, j: Value, { rows, vectors }: { rows: number; vectors: number }) => {
    const jBytes = mul(j, 4);
    const cRows = Array.from(
      { length: rows },
      (_, r) => b.let(`c${r}`, add(add(c, jBytes), mul(add(i, r), cStride))),
    );
    const sums = cRows.map((_, r) =>
      Array.from({ length: vectors }, (_, v) => b.let(`sum${r}_${v}`, vectorOfF32(0)))
    );
    const at = (address: Value, v: number) => ({
      region: MEMORY,
      address,
      offsetBytes: v * VECTOR_BYTES,
    });
    b.if(accumulates, () => {
      sums.forEach((row, r) =>
        row.forEach((sum, v) => b.set(sum, b.load("v128.load", at(cRows[r], v))))
      );
    });
    // In columns, the values of adjacent rows are adjacent: one pointer does for all.
    const pointers = Array.from(
      { length: left === "rows" ? rows : 1 },
      (_, r) => b.let(`a${r}`, add(a, mul(add(i, r), rowStep))),
    );
    const bRow = b.let("b_row", add(right, jBytes));
    b.for("kk", { until: k, step: unroll }, () => {
      for (let u = 0; u < unroll; u++) {
        const row = Array.from(
          { length: vectors },
          (_, v) => b.let(`b${v}`, b.load("v128.load", at(bRow, v))),
        );
        for (let r = 0; r < rows; r++) {
          const place = left === "rows"
            ? { address: pointers[r], offsetBytes: u * 4 }
            : { address: pointers[0], offsetBytes: r * 4 };
          const x = b.let("x", b.load("v128.load32_splat", { region: MEMORY, ...place }));
          for (let v = 0; v < vectors; v++) {
            b.set(
              sums[r][v],
              apply("f32x4.add", [sums[r][v], apply("f32x4.mul", [x, row[v]])]),
            );
          }
        }
        b.advance(bRow, rightStride);
      }
      for (const pointer of pointers) b.advance(pointer, left === "rows" ? 4 * unroll : aStride);
    });
    sums.forEach((row, r) => row.forEach((sum, v) => b.store("v128.store", at(cRows[r], v), sum)));
  };

  const columns = (j: Value, vectors: number) => {
    const fours = b.let("fours", apply("i32.and", [m, -4]));
    b.for("i", { until: fours, step: 4 }, (i) => tile(i, j, { rows: 4, vectors }));
    b.for("i", { from: fours, until: m }, (i) => tile(i, j, { rows: 1, vectors }));
  };
  const eights = b.let("eights", apply("i32.and", [n, -8]));
  b.for("j", { until: eights, step: 8 }, (j) => columns(j, 2));
  b.if(apply("i32.and", [n, 4]), () => columns(eights, 1));
  return b.finish(name);
}
