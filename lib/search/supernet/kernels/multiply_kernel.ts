import type { KernelCode, Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, min, mul, sub, vectorOfF32 } from "../../../kernel/values.ts";
import { MEMORY, VECTOR_BYTES } from "./memory_region.ts";

/** How the left operand of a product lies in memory. */
export type LeftOperand = "rows" | "columns";

/**
 * Pixels worked on together, so that what is read of them again and again stays in the fastest cache:
 * rows of A in a product, rows of A and B in one with A transposed.
 */
const BLOCK_PIXELS = 64;

const TILE_ROWS = 4;

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
  const rowStep = left === "rows" ? aStride : 4;

  /** Pointers to rows that follow each other. */
  const apart = (
    count: number,
    { name, from, stride }: { readonly name: string; readonly from: Value; readonly stride: Value },
  ) => {
    const pointers = [b.let(`${name}0`, from)];
    for (let r = 1; r < count; r++) {
      pointers.push(b.let(`${name}${r}`, add(pointers[r - 1], stride)));
    }
    return pointers;
  };

  /** Adds `A B` of the steps `from` to `until` of the sums to a tile of C. */
  const tile = (
    place: {
      readonly i: Value;
      readonly j: Value;
      readonly rows: number;
      readonly vectors: number;
    },
    steps: { readonly from: Value | number; readonly until: Value; readonly adds: Value },
  ) => {
    const { i, j, rows, vectors } = place;
    const jBytes = mul(j, 4);
    const cRows = apart(rows, {
      name: "c",
      stride: cStride,
      from: add(add(c, jBytes), mul(i, cStride)),
    });
    const sums = cRows.map((_, r) =>
      Array.from({ length: vectors }, (_, v) => b.let(`sum${r}_${v}`, vectorOfF32(0)))
    );
    const at = (address: Value, v: number) => ({
      region: MEMORY,
      address,
      offsetBytes: v * VECTOR_BYTES,
    });
    b.if(steps.adds, () => {
      sums.forEach((row, r) =>
        row.forEach((sum, v) => b.set(sum, b.load("v128.load", at(cRows[r], v))))
      );
    });
    // In columns, the values of adjacent rows are adjacent: one pointer does for all.
    const first = left === "rows" ? mul(steps.from, 4) : mul(steps.from, aStride);
    const pointers = apart(left === "rows" ? rows : 1, {
      name: "a",
      stride: aStride,
      from: add(add(a, first), mul(i, rowStep)),
    });
    const bRow = b.let("b_row", add(add(right, jBytes), mul(steps.from, rightStride)));
    const advance = (unroll: number) => {
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
        if (left === "columns") b.advance(pointers[0], aStride);
      }
      if (left === "rows") {
        for (const pointer of pointers) b.advance(pointer, 4 * unroll);
      }
    };
    const fours = left === "rows"
      ? steps.until
      : b.let("fours", sub(steps.until, apply("i32.and", [sub(steps.until, steps.from), 3])));
    b.for("kk", { from: steps.from, until: fours, step: 4 }, () => advance(4));
    if (left === "columns") b.for("kk", { from: fours, until: steps.until }, () => advance(1));
    sums.forEach((row, r) => row.forEach((sum, v) => b.store("v128.store", at(cRows[r], v), sum)));
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
        (i) => tile({ i, j, rows: TILE_ROWS, vectors }, steps),
      );
      b.for(
        "i",
        { from: tiled, until: rowsUntil },
        (i) => tile({ i, j, rows: 1, vectors }, steps),
      );
    };
    const eights = b.let("eights", apply("i32.and", [n, -8]));
    b.for("j", { until: eights, step: 8 }, (j) => columns(j, 2));
    b.if(apply("i32.and", [n, 4]), () => columns(eights, 1));
  });
  return b.finish(name);
}
