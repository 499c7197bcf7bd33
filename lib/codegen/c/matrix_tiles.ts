import type { Accumulate, Compute, LoopRange, Ref, Register } from "../program.ts";
import { mapComputeRefs } from "../refs.ts";
import { type CScope, elementText } from "./program_values.ts";

/**
 * A block of sums of products in fours of int8 that lies on matrix tiles: A by rows of neighbours along the
 * reduction, B by rows of fours.
 *
 * What Intel's AMX has (Software Developer's Manual, volume 1, chapter 18): eight tiles of up to 16 rows of
 * 64 bytes; TDPBSSD adds to a tile of 16 x 16 int32 the products of 16 x 64 and 64 x 16 int8, the latter
 * in rows of 16 fours.
 */
interface TileBlock {
  /** Rows of the block in parts, each of one tile of sums and one of A. */
  readonly parts: readonly { readonly a: Ref; readonly rows: number }[];
  /** Its vectors: each of one tile of B. */
  readonly columns: readonly { readonly b: Ref; readonly width: number }[];
  /** The first sum of each tile, by part and column. */
  readonly sums: readonly (readonly Ref[])[];
  /** Bytes from row to row of the sums, of A and of B. */
  readonly strides: { readonly sums: number; readonly a: number; readonly b: number };
  /** The loop over fours, and how many are whole. */
  readonly range: LoopRange;
  readonly fours: number;
}

const MOST_TILES = 8;
const MOST_ROWS = 16;
const LANES = 16;
const FOUR = 4;

/** A block of sums on tiles, and what is left of it. */
export interface TiledSums {
  /** Statements on tiles; `HAS_TILES` is a condition for the compiler, `has_tiles` one when it runs. */
  readonly lines: readonly string[];
  /** What tiles leave: a last group that is not full; null: nothing. */
  readonly rest: Accumulate | null;
}

/** The sums of a block by tiles; null: they do not lie so, and vectors take them. */
export function tiledSums(node: Accumulate, scope: CScope): TiledSums | null {
  const block = blockOf(node, scope);
  if (block === null) return null;
  const { fours, range } = block;
  const whole = fours - fours % MOST_ROWS;
  const lines = [
    ...whole > 0
      ? passLines(block, { from: 0, times: whole / MOST_ROWS, fours: MOST_ROWS }, scope)
      : [],
    ...fours > whole
      ? passLines(block, { from: whole, times: 1, fours: fours - whole }, scope)
      : [],
  ];
  const left = range.parts.slice(1);
  if (left.length === 0) return { lines, rest: null };
  const moved = (ref: Ref): Ref => ({
    ...ref,
    offset: ref.offset + fours * (ref.strides[range.loop] ?? 0),
  });
  const parts = left.map((part) => ({
    ...part,
    body: part.body.map((each) => each.kind === "compute" ? mapComputeRefs(each, moved) : each),
  }));
  return { lines, rest: { ...node, body: [{ ...range, parts }] } };
}

/** What a file needs for tiles, before all functions that use them. */
const tileHeads = `#if defined(__linux__) && defined(__x86_64__)
#if defined(__AMX_INT8__) || defined(__AMXINT8__)
#define HAS_TILES
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
typedef struct {
  uint8_t palette, row, none[14];
  uint16_t bytes[16];
  uint8_t rows[16];
} tile_shapes;
/* Linux has room for the state of tiles (XTILEDATA, 18) in processes that ask for it. */
static int has_tiles;
__attribute__((constructor)) static void ask_for_tiles(void) {
  has_tiles = syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}
#endif
#endif
`;

/** Statements around a function's own that use tiles: shapes are each thread's. */
export const tileFrame = {
  before: ["#if defined(HAS_TILES)", "  const tile_shapes *shaped = NULL;", "#endif"],
  after: ["#if defined(HAS_TILES)", "  if (shaped != NULL) _tile_release();", "#endif"],
} as const;

function blockOf(node: Accumulate, { dtypes }: CScope): TileBlock | null {
  const [range] = node.body;
  if (node.body.length !== 1 || range.kind !== "range" || range.parallel) return null;
  const { loop, step, parts: [{ times, unit, body }] } = range;
  if (typeof times !== "number" || unit !== FOUR || step !== FOUR) return null;
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
  return gridOf(products, { range, fours: times });
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
  const areFours = a.lane === 0 && b.lane === FOUR && a.member === 1 && b.member === 1;
  if (!areFours || a.guards.length + b.guards.length > 0) return null;
  return { sum: registers.find(({ id }) => id === target.register)!, a, b };
}

/** Products of all rows and columns, if rows are as far apart from each other everywhere. */
function gridOf(
  products: readonly Product[],
  { range, fours }: Pick<TileBlock, "range" | "fours">,
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
    fours,
  };
}

interface Pass {
  /** The first four. */
  readonly from: number;
  readonly times: number;
  /** Fours a time: 16, or fewer at the end. */
  readonly fours: number;
}

/** So many fours a time: sums into tiles, products of tiles, sums back. */
function passLines(block: TileBlock, { from, times, fours }: Pass, scope: CScope): string[] {
  const { parts, columns, sums, strides, range } = block;
  const { indent, functions } = scope;
  const tile = {
    sum: (part: number, column: number) => part * columns.length + column,
    a: (part: number) => parts.length * columns.length + part,
    b: (column: number) => parts.length * (columns.length + 1) + column,
  };
  const shapes = [
    ...parts.flatMap(({ rows }) => columns.map(({ width }) => [rows, 4 * width])),
    ...parts.map(({ rows }) => [rows, FOUR * fours]),
    ...columns.map(({ width }) => [fours, FOUR * width]),
  ];
  const name = `shapes_${shapes.map((each) => each.join("x")).join("_")}`;
  const lists = [1, 0].map((which) => `{${shapes.map((each) => each[which]).join(", ")}}`);
  functions.define("has_tiles", tileHeads);
  functions.define(
    name,
    `#if defined(HAS_TILES)\nstatic const tile_shapes ${name} = {1, 0, {0}, ${
      lists.join(", ")
    }};\n#endif`,
  );
  const inner = { ...scope, indent: `${indent}  `, steps: new Map(scope.steps) };
  inner.steps.set(range.loop, range.step);
  const loop = scope.nameOf(range.loop);
  const load = (which: number, ref: Ref, stride: number) =>
    `${inner.indent}_tile_loadd(${which}, &${elementText(ref, 0, inner)}, ${stride});`;
  const move = (way: "load" | "store") =>
    sums.flatMap((row, part) =>
      row.map((ref, column) =>
        `${indent}_tile_${way}d(${tile.sum(part, column)}, &${
          elementText(ref, 0, scope)
        }, ${strides.sums});`
      )
    );
  const end = FOUR * (from + times * fours);
  return [
    `${indent}if (shaped != &${name}) _tile_loadconfig(shaped = &${name});`,
    // What was packed is there before tiles are loaded, of which the compiler knows nothing.
    `${indent}__asm__ volatile("" ::: "memory");`,
    ...move("load"),
    `${indent}for (ptrdiff_t ${loop} = ${FOUR * from}; ${loop} < ${end}; ${loop} += ${
      FOUR * fours
    }) {`,
    ...parts.flatMap(({ a }, part) => [
      load(tile.a(part), a, strides.a),
      ...columns.flatMap(({ b }, column) => [
        ...part === 0 ? [load(tile.b(column), b, strides.b)] : [],
        `${inner.indent}_tile_dpbssd(${tile.sum(part, column)}, ${tile.a(part)}, ${
          tile.b(column)
        });`,
      ]),
    ]),
    `${indent}}`,
    ...move("store"),
  ];
}
