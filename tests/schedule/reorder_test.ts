import { count, matmul, reorder, ScheduleError, tile } from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { assertShows } from "./shows.ts";

const plain = matmul({ m: 6, k: 10, n: 18 });

Deno.test("reorder moves loops into the order named", () => {
  assertShows(
    plain,
    `
for (i = 0; i < 6; i++)
  for (j = 0; j < 18; j++)
    for (k = 0; k < 10; k++)
      C[i][j] += A[i][k] * B[k][j]
`,
  );
  assertShows(
    reorder(plain, ["i", "k", "j"]),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[i][j] += A[i][k] * B[k][j]
`,
  );
  assertShows(
    reorder(plain, ["k", "j", "i"]),
    `
for (k = 0; k < 10; k++)
  for (j = 0; j < 18; j++)
    for (i = 0; i < 6; i++)
      C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("reorder leaves loops that are not named in their places", () => {
  assertShows(
    reorder(plain, ["k", "i"]),
    `
for (k = 0; k < 10; k++)
  for (j = 0; j < 18; j++)
    for (i = 0; i < 6; i++)
      C[i][j] += A[i][k] * B[k][j]
`,
  );
  assertEquals(reorder(plain, []).loops, plain.loops);
});

Deno.test("reordering turns B's stride from n to 1", () => {
  assertEquals(count(plain).innermost.strides, { C: 0, A: 1, B: 18 });
  assertEquals(count(reorder(plain, ["i", "k", "j"])).innermost.strides, { C: 1, A: 0, B: 1 });
});

Deno.test("reorder refuses what is not there, twice, or outside its tile", () => {
  refused(() => reorder(plain, ["i", "x"]), 'Cannot reorder "x": matmul has the loops i, j, k');
  refused(() => reorder(plain, ["i", "j", "i"]), 'Cannot reorder: "i" is named twice in i, j, i');
  refused(
    () => reorder(tile(plain, { j: 4 }), ["j", "tj"]),
    'Cannot run "tj" inside "j": the loop over tiles of j must stay outside the loop that walks a tile',
  );
});

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}
