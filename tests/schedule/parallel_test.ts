import { accumulate, matmul, parallel, reorder, ScheduleError, tile, unroll } from "tinyloom";
import { assertThrows } from "../assert.ts";
import { assertShows } from "./shows.ts";

const plain = matmul({ m: 6, k: 10, n: 18 });

Deno.test("parallel spreads a loop of the target over threads", () => {
  assertShows(
    parallel(plain, "i"),
    `
parallel for (i = 0; i < 6; i++)
  for (j = 0; j < 18; j++)
    for (k = 0; k < 10; k++)
      C[i][j] += A[i][k] * B[k][j]
`,
  );
  assertShows(
    parallel(tile(plain, { j: 8 }), "tj"),
    `
parallel for (tj = 0; tj < 18; tj += 8)
  for (i = 0; i < 6; i++)
    for (j = tj; j < min(tj+8, 18); j++)
      for (k = 0; k < 10; k++)
        C[i][j] += A[i][k] * B[k][j]
`,
  );
  assertShows(
    parallel(reorder(plain, ["k", "i", "j"]), "i"),
    `
for (k = 0; k < 10; k++)
  parallel for (i = 0; i < 6; i++)
    for (j = 0; j < 18; j++)
      C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("parallel refuses a reduction, a second loop and what is no loop", () => {
  refused(
    () => parallel(plain, "k"),
    'Cannot run "k" in parallel: it carries the reduction into C, which threads would update at ' +
      "once; use a loop of its index",
  );
  refused(
    () => parallel(parallel(plain, "i"), "j"),
    'Cannot run "j" in parallel: "i" already is, and one loop can be',
  );
  refused(
    () => parallel(parallel(plain, "i"), "i"),
    "it is already unrolled, vectorized or parallel",
  );
  refused(
    () => parallel(unroll(plain, "i", 2), "i"),
    "it is already unrolled, vectorized or parallel",
  );
  refused(() => parallel(plain, "x"), 'Cannot parallelize "x": matmul has the loops i, j, k');
});

Deno.test("parallel refuses to split what one thread's registers hold", () => {
  const held = accumulate(unroll(reorder(plain, ["i", "k", "j"]), "j", "full"), "k");
  refused(
    () => parallel(reorder(held, ["k", "i"]), "i"),
    'Cannot accumulate C in registers during "k"',
  );
  const once = accumulate(reorder(matmul({ m: 1, k: 4, n: 1 }), ["k", "i", "j"]), "k");
  refused(
    () => parallel(once, "i"),
    'Cannot run "i" in parallel: it is inside "k", during which C stays in one thread\'s registers',
  );
});

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}
