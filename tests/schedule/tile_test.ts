import { footprint, matmul, parallel, reorder, ScheduleError, tile, unroll } from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { assertShows } from "./shows.ts";

const plain = reorder(matmul({ m: 6, k: 10, n: 18 }), ["i", "k", "j"]);

Deno.test("tile puts a loop over tiles outside", () => {
  assertShows(
    plain,
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[i][j] += A[i][k] * B[k][j]
`,
  );
  assertShows(
    tile(plain, { j: 9 }),
    `
for (tj = 0; tj < 18; tj += 9)
  for (i = 0; i < 6; i++)
    for (k = 0; k < 10; k++)
      for (j = tj; j < tj+9; j++)
        C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("a size that does not divide leaves a smaller last tile", () => {
  assertShows(
    tile(plain, { j: 4 }),
    `
for (tj = 0; tj < 18; tj += 4)
  for (i = 0; i < 6; i++)
    for (k = 0; k < 10; k++)
      for (j = tj; j < min(tj+4, 18); j++)
        C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("several axes are tiled in the order given", () => {
  assertShows(
    tile(plain, { i: 4, k: 5, j: 8 }),
    `
for (ti = 0; ti < 6; ti += 4)
  for (tk = 0; tk < 10; tk += 5)
    for (tj = 0; tj < 18; tj += 8)
      for (i = ti; i < min(ti+4, 6); i++)
        for (k = tk; k < tk+5; k++)
          for (j = tj; j < min(tj+8, 18); j++)
            C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("a tile is tiled again; its end is that of every tile around it", () => {
  assertShows(
    tile(tile(plain, { j: 8 }), { j: 3 }),
    `
for (tj = 0; tj < 18; tj += 8)
  for (tj2 = tj; tj2 < min(tj+8, 18); tj2 += 3)
    for (i = 0; i < 6; i++)
      for (k = 0; k < 10; k++)
        for (j = tj2; j < min(tj2+3, tj+8, 18); j++)
          C[i][j] += A[i][k] * B[k][j]
`,
  );
  assertShows(
    tile(tile(tile(plain, { j: 12 }), { j: 6 }), { j: 2 }),
    `
for (tj = 0; tj < 18; tj += 12)
  for (tj2 = tj; tj2 < min(tj+12, 18); tj2 += 6)
    for (tj3 = tj2; tj3 < tj2+6; tj3 += 2)
      for (i = 0; i < 6; i++)
        for (k = 0; k < 10; k++)
          for (j = tj3; j < tj3+2; j++)
            C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("a larger tile goes around a smaller one", () => {
  const nest = tile(tile(plain, { j: 4 }), { j: 8 });
  assertEquals(nest.loops.map((loop) => loop.name), ["tj2", "tj", "i", "k", "j"]);
});

Deno.test("a loop over tiles is tiled itself", () => {
  assertShows(
    tile(tile(plain, { j: 3 }), { tj: 9 }),
    `
for (tj2 = 0; tj2 < 18; tj2 += 9)
  for (tj = tj2; tj < tj2+9; tj += 3)
    for (i = 0; i < 6; i++)
      for (k = 0; k < 10; k++)
        for (j = tj; j < tj+3; j++)
          C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("a tile of the whole extent leaves no loop over tiles", () => {
  assertShows(
    tile(plain, { j: 40 }),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("tile loops take the names given", () => {
  const named = tile(plain, { i: 3, j: 6 }, { names: { i: "ic", j: "jc" } });
  assertEquals(named.loops.map((loop) => loop.name), ["ic", "jc", "i", "k", "j"]);
  assertEquals(
    tile(tile(plain, { j: 8 }), { j: 4 }).loops.map((loop) => loop.name),
    ["tj", "tj2", "i", "k", "j"],
  );
});

Deno.test("tiling j makes the part of B that i reuses n x tile", () => {
  const reused = (nest: typeof plain) =>
    footprint(nest).find((row) => row.loop === "i" && row.tensor === "B")!.elements;
  assertEquals(reused(plain), 10 * 18);
  assertEquals(reused(tile(plain, { j: 4 })), 10 * 4);
  assertEquals(reused(tile(plain, { j: 4, k: 5 })), 5 * 4);
});

Deno.test("tile refuses sizes that are no size", () => {
  for (const size of [0, -4, 2.5, NaN, Infinity, 2 ** 31, "8" as unknown as number]) {
    assertThrows(
      () => tile(plain, { j: size }),
      RangeError,
      `A tile size must be an integer from 1 to 2147483647, found ${size} for "j"`,
    );
  }
  refused(() => tile(plain, { j: 1 }), 'Cannot tile "j" by 1: its step is already 1');
  refused(() => tile(tile(plain, { j: 8 }), { tj: 8 }), 'Cannot tile "tj" by 8');
  refused(() => tile(plain, {}), "Cannot tile: no sizes are given");
});

Deno.test("tile refuses loops and names that do not fit", () => {
  refused(() => tile(plain, { x: 4 }), 'Cannot tile "x": matmul has the loops i, k, j');
  refused(
    () => tile(plain, { j: 4 }, { names: { j: "k" } }),
    'Cannot call the tile loop of "j" "k": it is taken',
  );
  refused(
    () => tile(plain, { j: 4 }, { names: { j: "B" } }),
    'Cannot call the tile loop of "j" "B": it is taken',
  );
  refused(() => tile(unroll(plain, "j", 2), { j: 8 }), "tile it before that");
  refused(() => tile(parallel(plain, "i"), { i: 2 }), "tile it before that");
});

Deno.test("tile refuses names that are not identifiers, and names for loops it does not tile", () => {
  assertThrows(() => tile(plain, { j: 4 }, { names: { j: "a b" } }), TypeError, '"a b"');
  assertThrows(
    () => tile(plain, { j: 4 }, { names: { j: "for" } }),
    TypeError,
    "word of JavaScript",
  );
  refused(
    () => tile(plain, { j: 4 }, { names: { k: "kc" } }),
    'Cannot name the tile loop of "k": it is not tiled here',
  );
});

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}
