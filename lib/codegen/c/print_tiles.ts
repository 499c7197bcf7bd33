import type { Accumulate, Ref } from "../program.ts";
import { mapComputeRefs } from "../refs.ts";
import { FOUR, MOST_ROWS, type TileBlock, tileBlock } from "./matrix_tiles.ts";
import { type CScope, elementText } from "./program_values.ts";

/** A block of sums on tiles, for a reduction of one size. */
export interface TiledSums {
  /** Elements of the reduction. */
  readonly size: number;
  /** Statements on tiles. */
  readonly lines: readonly string[];
  /** What tiles leave: a last four that is not whole; null: nothing. */
  readonly rest: Accumulate | null;
}

/**
 * The sums of a block by tiles, one way for each size that its loop may have; none: vectors take them. The
 * compiler is asked for `HAS_TILES`, the system for `has_tiles`.
 */
export function tiledSums(node: Accumulate, scope: CScope): readonly TiledSums[] {
  const block = tileBlock(node, scope.dtypes);
  if (block === null) return [];
  const { range } = block;
  return range.extent.sizes.map((size): TiledSums => {
    const fours = Math.floor(size / FOUR);
    const whole = fours - fours % MOST_ROWS;
    const passes = [
      { firstFour: 0, times: whole / MOST_ROWS, fours: MOST_ROWS },
      { firstFour: whole, times: 1, fours: fours - whole },
    ].filter((pass) => pass.times * pass.fours > 0);
    const last = range.parts.slice(1).find(({ unit }) => unit === size % FOUR);
    const moved = (ref: Ref): Ref => ({
      ...ref,
      offset: ref.offset + fours * (ref.strides[range.loop] ?? 0),
    });
    const body = last?.body.map((each) => (
      each.kind === "compute" ? mapComputeRefs(each, moved) : each
    ));
    const alone = { sizes: [size % FOUR], within: null, given: null };
    return {
      size,
      lines: passes.flatMap((pass) => passLines(block, pass, scope)),
      rest: body
        ? {
          ...node,
          body: [{ ...range, extent: alone, parts: [{ times: 1, unit: size % FOUR, body }] }],
        }
        : null,
    };
  });
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

interface Pass {
  /** The first four. */
  readonly firstFour: number;
  readonly times: number;
  /** Fours a time: 16, or fewer at the end. */
  readonly fours: number;
}

/** So many fours a time: sums into tiles, products of tiles, sums back. */
function passLines(block: TileBlock, { firstFour, times, fours }: Pass, scope: CScope): string[] {
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
  const end = FOUR * (firstFour + times * fours);
  return [
    `${indent}if (shaped != &${name}) _tile_loadconfig(shaped = &${name});`,
    // What was packed is there before tiles are loaded, of which the compiler knows nothing.
    `${indent}__asm__ volatile("" ::: "memory");`,
    ...move("load"),
    `${indent}for (ptrdiff_t ${loop} = ${FOUR * firstFour}; ${loop} < ${end}; ${loop} += ${
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
