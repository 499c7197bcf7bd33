import fc from "fast-check";
import {
  conv2d,
  count,
  execute,
  interpret,
  matmul,
  parallel,
  partialSums,
  pseudocode,
  randomInputs,
  reorder,
  ScheduleError,
  tile,
  unroll,
  vectorize,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { assertShows } from "./shows.ts";

const plain = reorder(matmul({ m: 6, k: 10, n: 18 }), ["i", "k", "j"]);

Deno.test("unroll repeats the body", () => {
  assertShows(
    unroll(plain, "j", 3),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j += 3)
      C[i][j] += A[i][k] * B[k][j]
      C[i][j+1] += A[i][k] * B[k][j+1]
      C[i][j+2] += A[i][k] * B[k][j+2]
`,
  );
});

Deno.test("iterations that are left over run one by one", () => {
  assertShows(
    unroll(plain, "j", 4),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j += 4)  // the last 2 one by one
      C[i][j] += A[i][k] * B[k][j]
      C[i][j+1] += A[i][k] * B[k][j+1]
      C[i][j+2] += A[i][k] * B[k][j+2]
      C[i][j+3] += A[i][k] * B[k][j+3]
`,
  );
});

Deno.test("an outer loop repeats the loops inside it", () => {
  assertShows(
    unroll(plain, "k", 3),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k += 3)  // the last 1 one by one
    for (j = 0; j < 18; j++)
      C[i][j] += A[i][k] * B[k][j]
    for (j = 0; j < 18; j++)
      C[i][j] += A[i][k+1] * B[k+1][j]
    for (j = 0; j < 18; j++)
      C[i][j] += A[i][k+2] * B[k+2][j]
`,
  );
});

Deno.test("a loop unrolled in full is gone", () => {
  assertShows(
    unroll(reorder(matmul({ m: 2, k: 3, n: 4 }), ["i", "k", "j"]), "j", "full"),
    `
for (i = 0; i < 2; i++)
  for (k = 0; k < 3; k++)
    C[i][0] += A[i][k] * B[k][0]
    C[i][1] += A[i][k] * B[k][1]
    C[i][2] += A[i][k] * B[k][2]
    C[i][3] += A[i][k] * B[k][3]
`,
  );
  assertShows(
    unroll(plain, "j", "full"),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)  // unrolled
      C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("a factor larger than the extent is the extent", () => {
  assertShows(
    unroll(plain, "i", 40),
    `
for (i = 0; i < 6; i += 6)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[i][j] += A[i][k] * B[k][j]
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[i+1][j] += A[i+1][k] * B[k][j]
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[i+2][j] += A[i+2][k] * B[k][j]
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[i+3][j] += A[i+3][k] * B[k][j]
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[i+4][j] += A[i+4][k] * B[k][j]
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[i+5][j] += A[i+5][k] * B[k][j]
`,
  );
});

Deno.test("inside a tile, what each size leaves is said", () => {
  assertShows(
    unroll(tile(plain, { j: 8 }), "j", 4),
    `
for (tj = 0; tj < 18; tj += 8)
  for (i = 0; i < 6; i++)
    for (k = 0; k < 10; k++)
      for (j = tj; j < min(tj+8, 18); j += 4)  // what is left one by one
        C[i][j] += A[i][k] * B[k][j]
        C[i][j+1] += A[i][k] * B[k][j+1]
        C[i][j+2] += A[i][k] * B[k][j+2]
        C[i][j+3] += A[i][k] * B[k][j+3]
`,
  );
  assertShows(
    unroll(tile(plain, { j: 4 }), "tj", 2),
    `
for (tj = 0; tj < 18; tj += 8)  // the last 1 one by one
  for (i = 0; i < 6; i++)
    for (k = 0; k < 10; k++)
      for (j = tj; j < min(tj+4, 18); j++)
        C[i][j] += A[i][k] * B[k][j]
  for (i = 0; i < 6; i++)
    for (k = 0; k < 10; k++)
      for (j = tj+4; j < min(tj+8, 18); j++)
        C[i][j] += A[i][k] * B[k][j]
`,
  );
});

Deno.test("unrolling by 4 divides loop tests and address arithmetic by 4, and repeats the body 4 times", () => {
  const nest = reorder(matmul({ m: 8, k: 8, n: 16 }), ["i", "k", "j"]);
  const before = count(nest).innermost;
  const after = count(unroll(nest, "j", 4)).innermost;
  assertEquals(before.loopTests, 8 * 8 * 16);
  assertEquals(after.loopTests, before.loopTests / 4);
  assertEquals(after.addressUpdates, before.addressUpdates / 4);
  assertEquals(after.bodyInstructions, before.bodyInstructions * 4);
});

Deno.test("unroll refuses factors that are no factor", () => {
  for (const factor of [0, 1, -2, 2.5, NaN, 1025, "all" as "full"]) {
    assertThrows(
      () => unroll(plain, "j", factor),
      RangeError,
      `An unroll factor must be an integer from 2 to 1024 or "full", found ${factor}`,
    );
  }
});

Deno.test("unroll refuses loops that cannot be repeated", () => {
  refused(() => unroll(plain, "x", 2), 'Cannot unroll "x": matmul has the loops i, k, j');
  refused(() => unroll(unroll(plain, "j", 2), "j", 2), "it is already unrolled by 2");
  refused(() => unroll(parallel(plain, "i"), "i", 2), "its iterations are spread over threads");
  refused(
    () => parallel(unroll(plain, "i", 2), "k"),
    'Cannot run "k" in parallel',
  );
  refused(
    () => parallel(unroll(matmul({ m: 4, k: 4, n: 4 }), "i", 2), "j"),
    'Cannot run "j" in parallel inside an unrolled loop; reorder it outward',
  );
});

Deno.test("unroll refuses a program too long to be worth it", () => {
  const large = reorder(matmul({ m: 512, k: 512, n: 512 }), ["i", "k", "j"]);
  const once = unroll(large, "j", "full");
  refused(() => unroll(once, "k", "full"), 'Cannot unroll "k" and "j": that makes 262144 copies');
});

Deno.test("on a vectorized loop, an iteration is a vector", () => {
  assertShows(
    unroll(vectorize(plain, "j"), "j", 2),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j += 8)  // the last vector has 2
      C[i][j:j+4] += A[i][k] * B[k][j:j+4]
      C[i][j+4:j+8] += A[i][k] * B[k][j+4:j+8]
`,
  );
  assertShows(
    unroll(vectorize(plain, "j"), "j", 3),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j += 12)  // the last 2 vectors one by one; the last vector has 2
      C[i][j:j+4] += A[i][k] * B[k][j:j+4]
      C[i][j+4:j+8] += A[i][k] * B[k][j+4:j+8]
      C[i][j+8:j+12] += A[i][k] * B[k][j+8:j+12]
`,
  );
  assertShows(
    unroll(vectorize(plain, "j"), "j", "full"),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    C[i][0:4] += A[i][k] * B[k][0:4]
    C[i][4:8] += A[i][k] * B[k][4:8]
    C[i][8:12] += A[i][k] * B[k][8:12]
    C[i][12:16] += A[i][k] * B[k][12:16]
    C[i][16:18] += A[i][k] * B[k][16:18]
`,
  );
});

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}

Deno.test("partial sums take every n-th product, and are added up at the end", () => {
  assertEquals(
    pseudocode(partialSums(matmul({ m: 2, k: 6, n: 4 }), "k", 2)).trim(),
    `
// Cs: 2 x 4 x 2, f32
// sum 2 parts
for (i = 0; i < 2; i++)
  for (j = 0; j < 4; j++)
    c = 0  // Cs stays in registers
    for (k = 0; k < 3; k++)
      c[i][j][0] += A[i][2*k] * B[2*k][j]
      c[i][j][1] += A[i][2*k+1] * B[2*k+1][j]
    Cs[i][j][0:2] = c
// add the parts up
for (d0 = 0; d0 < 2; d0++)
  for (d1 = 0; d1 < 4; d1++)
    C[d0][d1] = Cs[d0][d1][0] + Cs[d0][d1][1]
`.trim(),
  );
});

Deno.test("partial sums of integers are the sum, of any product and any number of parts", () => {
  fc.assert(
    fc.property(
      fc.record({
        m: fc.integer({ min: 1, max: 5 }),
        n: fc.integer({ min: 1, max: 5 }),
        parts: fc.integer({ min: 2, max: 9 }),
        passes: fc.integer({ min: 1, max: 7 }),
      }),
      ({ m, n, parts, passes }) => {
        const plain = matmul({ m, k: parts * passes, n, dtype: "i8" });
        const inputs = randomInputs(plain, { seed: m + n });
        const { C } = execute(partialSums(plain, "k", parts), inputs);
        assertEquals([...C], [...interpret(plain, inputs).C]);
      },
    ),
    { seed: 1, numRuns: 40 },
  );
  const window = conv2d({
    height: 5,
    width: 6,
    inChannels: 4,
    outChannels: 3,
    kernel: [3, 3],
    stride: 2,
    dtype: "i8",
  });
  const inputs = randomInputs(window, { seed: 5 });
  for (const [axis, parts] of [["c", 2], ["ky", 3], ["kx", 3]] as const) {
    const { O } = execute(partialSums(window, axis, parts), inputs);
    assertEquals([...O], [...interpret(window, inputs).O]);
  }
});

Deno.test("a sum is not split where that says nothing or is wrong", () => {
  const product = matmul({ m: 4, k: 6, n: 4 });
  assertThrows(() => partialSums(product, "i", 2), ScheduleError, "take a reduction");
  assertThrows(() => partialSums(product, "k", 4), RangeError, "6 can be split");
  assertThrows(() => partialSums(product, "k", 1), RangeError, "found 1");
  assertThrows(() => partialSums(unroll(product, "k", 2), "k", 2), ScheduleError, "plain one");
});
