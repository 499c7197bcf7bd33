import type { Accumulate, Compute, LoopRange, Ref, Register } from "../program.ts";
import type { NestDtype } from "../../nest/dtype.ts";

/**
 * A block of sums of products in fours of int8 that lies on matrix tiles: A by rows of neighbours along the
 * reduction, B by rows of fours.
 *
 * What Intel's AMX has (Software Developer's Manual, volume 1, chapter 18): eight tiles of up to 16 rows of
 * 64 bytes; TDPBSSD adds to a tile of 16 x 16 int32 the products of 16 x 64 and 64 x 16 int8, the latter
 * in rows of 16 fours.
 */
export interface TileBlock {
  /** Rows of the block in parts, each of one tile of sums and one of A. */
  readonly parts: readonly { readonly a: Ref; readonly rows: number }[];
  /** Its vectors: each of one tile of B. */
  readonly columns: readonly { readonly b: Ref; readonly width: number }[];
  /** The first sum of each tile, by part and column. */
  readonly sums: readonly (readonly Ref[])[];
  /** Bytes from row to row of the sums, of A and of B. */
  readonly strides: { readonly sums: number; readonly a: number; readonly b: number };
  /** The loop over fours. */
  readonly range: LoopRange;
}

const MOST_TILES = 8;
/** Rows of a tile. */
export const MOST_ROWS = 16;
const LANES = 16;
/** Elements of a four. */
export const FOUR = 4;

/** The block of sums that would lie on tiles; null: they do not lie so, and vectors take them. */
export function tileBlock(
  node: Accumulate,
  dtypes: ReadonlyMap<string, NestDtype>,
): TileBlock | null {
  const [range] = node.body;
  if (node.body.length !== 1 || range.kind !== "range" || range.parallel) return null;
  const { loop, step, parts: [{ unit, body }] } = range;
  if (!areFours(range) || unit !== FOUR || step !== FOUR) return null;
  const computes = body.filter((each): each is Compute => each.kind === "compute");
  if (!body.every(({ kind }) => kind === "compute" || kind === "prefetch")) return null;
  if (node.update !== "add" || node.start !== null) return null;
  if (!node.registers.every((each) => isPlainSum(each) && dtypes.get(each.ref.buffer) === "i32")) {
    return null;
  }
  const products = computes.map((each) => productOf(each, node.registers));
  if (!products.every((each) => each !== null)) return null;
  const [first] = products;
  const isSame = (a: Ref, b: Ref) =>
    a.buffer === b.buffer && JSON.stringify(a.strides) === JSON.stringify(b.strides);
  const areSimilar = products.every(({ a, b, sum }) =>
    isSame(a, first.a) && isSame(b, first.b) && isSame(sum.ref, first.sum.ref)
  );
  const isBytes = [first.a, first.b].every(({ buffer }) => dtypes.get(buffer) === "i8");
  if (!areSimilar || !isBytes || first.a.strides[loop] !== FOUR || !first.b.strides[loop]) {
    return null;
  }
  return gridOf(products, range);
}

/** Whether there is one body for whole fours, and one for each that is not whole. */
function areFours({ parts: [first, ...rest], extent }: LoopRange): boolean {
  if (extent.given !== null) return false;
  return extent.within === null
    ? typeof first.times === "number" && rest.length < 2
    : first.times === "fits" && rest.every(({ times }) => times === "equals");
}

interface Product {
  readonly sum: Register;
  /** Repeated in all lanes. */
  readonly a: Ref;
  /** A four in each lane. */
  readonly b: Ref;
}

function isPlainSum({ ref, dtype, width, added, finish }: Register): boolean {
  return dtype === "i32" && width.lanes === LANES && !width.reduces && ref.lane === 1 &&
    added === null && finish === null && ref.guards.length === 0;
}

function productOf(
  { target, update, value, width, isSigned }: Compute,
  registers: readonly Register[],
): Product | null {
  if (!isSigned || update !== "add" || width.members !== FOUR || !("register" in target)) {
    return null;
  }
  if (value.kind !== "binary" || value.op !== "mul") return null;
  const { left, right } = value;
  if (left.kind !== "load" || right.kind !== "load") return null;
  const [a, b] = left.ref.lane === 0 ? [left.ref, right.ref] : [right.ref, left.ref];
  const isProduct = a.lane === 0 && b.lane === FOUR && a.member === 1 && b.member === 1;
  if (!isProduct || a.guards.length + b.guards.length > 0) return null;
  return { sum: registers.find(({ id }) => id === target.register)!, a, b };
}

/** Products of all rows and columns, if rows are as far apart from each other everywhere. */
function gridOf(
  products: readonly Product[],
  range: LoopRange,
): TileBlock | null {
  const rows = [...new Set(products.map(({ a }) => a.offset))].sort((x, y) => x - y);
  const columns = [...new Set(products.map(({ b }) => b.offset))].sort((x, y) => x - y);
  const grid = rows.map((row) =>
    columns.map((column) => products.filter(({ a, b }) => a.offset === row && b.offset === column))
  );
  const count = Math.ceil(rows.length / MOST_ROWS);
  const isWhole = grid.flat().every((found) => found.length === 1);
  if (!isWhole || count * columns.length + count + columns.length > MOST_TILES) return null;
  const sumAt = (row: number, column: number) => grid[row][column][0].sum;
  const apart = rows.length > 1
    ? [rows[1] - rows[0], sumAt(1, 0).ref.offset - sumAt(0, 0).ref.offset]
    : [0, 0];
  const isEven = rows.every((row, i) =>
    row === rows[0] + i * apart[0] &&
    columns.every((_, j) => (
      sumAt(i, j).ref.offset === sumAt(0, j).ref.offset + i * apart[1] &&
      sumAt(i, j).width.active === sumAt(0, j).width.active
    ))
  );
  if (!isEven) return null;
  const starts = Array.from({ length: count }, (_, part) => part * MOST_ROWS);
  return {
    parts: starts.map((row) => ({
      a: grid[row][0][0].a,
      rows: Math.min(MOST_ROWS, rows.length - row),
    })),
    columns: columns.map((_, j) => ({ b: grid[0][j][0].b, width: sumAt(0, j).width.active })),
    sums: starts.map((row) => columns.map((_, j) => sumAt(row, j).ref)),
    strides: {
      sums: 4 * apart[1],
      a: apart[0],
      b: grid[0][0][0].b.strides[range.loop],
    },
    range,
  };
}
