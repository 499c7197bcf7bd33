import type { Region, Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, vectorOfI32 } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";
import { loadBytes } from "../vectors/bytes.ts";
import { CHUNK, type ProductType, type WeightSource } from "./add_products.ts";

/** Columns of a matrix as it lies in memory. */
export interface MatrixColumns {
  readonly dtype: ProductType;
  readonly region: Region;
  /** Pointer to the first column's first element. */
  readonly address: Value;
  /** Columns, in vectors of four; in the last one some may be missing. */
  readonly columns: number;
  /** From an element of a row or column to the next, whichever does not lie side by side. */
  readonly apartBytes: number;
  /** Taken away from every element. */
  readonly zeroPoint: number;
}

/** Columns whose elements lie side by side row by row: `w[k][column]`. */
export function rowSource(pool: ConstantPool, matrix: MatrixColumns): WeightSource {
  const { dtype, region, address, columns, apartBytes } = matrix;
  const isFloat = dtype === "float32";
  return {
    address,
    chunkBytes: CHUNK * apartBytes,
    open: (b, { at, from, count }) => {
      const place = (k: number, column: number): At => (
        { region, address: at, offsetBytes: k * apartBytes + column * (isFloat ? 4 : 1) }
      );
      if (isFloat) {
        return (k) =>
          vectorsOf(columns).map((v) => {
            const some = Math.min(4, columns - 4 * v);
            return b.let("w4", loadBytes(b, place(k, 4 * v), 4 * some));
          });
      }
      return (k) => {
        const rows = [k, k + 1].map((row) =>
          row < from + count
            ? wideColumns(b, pool, { matrix, place: (column) => place(row, column) })
            : null
        );
        return vectorsOf(columns).map((v) => {
          const [low, high] = rows.map((row) => row?.[v >> 1] ?? vectorOfI32(0));
          return b.let("w4", apply("i8x16.shuffle", [low, high], v % 2 === 0 ? LOW : HIGH));
        });
      };
    },
  };
}

/** Columns whose elements lie side by side: `w[column][k]`; four by four they are transposed. */
export function columnSource(pool: ConstantPool, matrix: MatrixColumns): WeightSource {
  const { dtype, region, address, columns, apartBytes } = matrix;
  const isFloat = dtype === "float32";
  // Elements of four bytes: a float32, or two int8 widened.
  const [width, elementBytes] = isFloat ? [1, 4] : [2, 1];
  return {
    address,
    chunkBytes: CHUNK * elementBytes,
    open: (b, { at, from, count }) => {
      const known = new Map<number, readonly (readonly Value[])[]>();
      const four = (first: number): readonly (readonly Value[])[] => {
        const some = Math.min(4 * width, from + count - first);
        return vectorsOf(columns).map((v) => {
          const lines = [0, 1, 2, 3].map((lane) => {
            const column = Math.min(4 * v + lane, columns - 1);
            const offsetBytes = column * apartBytes + first * elementBytes;
            const loaded = loadBytes(b, { region, address: at, offsetBytes }, some * elementBytes);
            return b.let("line", isFloat ? loaded : widened(pool, matrix, loaded));
          });
          return transposed(b, lines);
        });
      };
      return (k) => {
        const first = k - (k - from) % (4 * width);
        const all = known.get(first) ?? four(first);
        known.set(first, all);
        return all.map((vectors) => vectors[(k - first) / width]);
      };
    },
  };
}

function vectorsOf(columns: number): readonly number[] {
  return Array.from({ length: Math.ceil(columns / 4) }, (_, v) => v);
}

/** Elements of int8 as int16, eight columns a vector. */
function wideColumns(
  b: KernelBuilder,
  pool: ConstantPool,
  { matrix, place }: { readonly matrix: MatrixColumns; readonly place: (column: number) => At },
): readonly Value[] {
  return Array.from({ length: Math.ceil(matrix.columns / 8) }, (_, i) => {
    const some = Math.min(8, matrix.columns - 8 * i);
    return b.let("row8", widened(pool, matrix, loadBytes(b, place(8 * i), some)));
  });
}

function widened(pool: ConstantPool, { zeroPoint }: MatrixColumns, bytes: Value): Value {
  const wide = apply("i16x8.extend_low_i8x16_s", [bytes]);
  return zeroPoint === 0 ? wide : apply("i16x8.sub", [wide, pool.splat16(zeroPoint)]);
}

/** Four vectors of four words: words of one place side by side. */
function transposed(b: KernelBuilder, [r0, r1, r2, r3]: readonly Value[]): readonly Value[] {
  const shuffle = (left: Value, right: Value, words: readonly number[]) =>
    b.let(
      "w4",
      apply(
        "i8x16.shuffle",
        [left, right],
        words.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte)),
      ),
    );
  const [a, c] = [[0, 4, 1, 5], [2, 6, 3, 7]].map((words) => shuffle(r0, r1, words));
  const [d, e] = [[0, 4, 1, 5], [2, 6, 3, 7]].map((words) => shuffle(r2, r3, words));
  return [
    shuffle(a, d, [0, 1, 4, 5]),
    shuffle(a, d, [2, 3, 6, 7]),
    shuffle(c, e, [0, 1, 4, 5]),
    shuffle(c, e, [2, 3, 6, 7]),
  ];
}

/** int16 of two vectors in turn: those of the first four columns, and of the others. */
const LOW = [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23];
const HIGH = LOW.map((byte) => byte + 8);
