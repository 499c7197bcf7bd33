import {
  accumulate,
  affine,
  conv2d,
  count,
  defineNest,
  matmul,
  registerBlock,
  reorder,
  ScheduleError,
  unroll,
  unrollAndJam,
  vectorize,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { assertShows } from "./shows.ts";

const plain = matmul({ m: 6, k: 10, n: 18 });
const convolution = conv2d({
  height: 8,
  width: 8,
  inChannels: 3,
  outChannels: 4,
  kernel: [3, 3],
  padding: "same",
});

Deno.test("accumulate loads the target before the reduction and stores it after", () => {
  assertShows(
    accumulate(plain, "k"),
    `
for (i = 0; i < 6; i++)
  for (j = 0; j < 18; j++)
    c = C[i][j]  // C stays in registers
    for (k = 0; k < 10; k++)
      c[i][j] += A[i][k] * B[k][j]
    C[i][j] = c
`,
  );
  assertEquals(count(accumulate(plain, "k")).stores, 6 * 18);
});

Deno.test("accumulate spans several reduction loops", () => {
  assertShows(
    accumulate(convolution, "ky"),
    `
// I reads as 0 outside its 8 x 8 x 3 elements
for (y = 0; y < 8; y++)
  for (x = 0; x < 8; x++)
    for (o = 0; o < 4; o++)
      acc = O[y][x][o]  // O stays in registers
      for (ky = 0; ky < 3; ky++)
        for (kx = 0; kx < 3; kx++)
          for (c = 0; c < 3; c++)
            acc[y][x][o] += I[y+ky-1][x+kx-1][c] * W[o][ky][kx][c]
      O[y][x][o] = acc
`,
  );
  assertEquals(count(accumulate(convolution, "ky")).stores, 8 * 8 * 4);
  assertEquals(count(accumulate(convolution, "c")).stores, 8 * 8 * 4 * 3 * 3);
});

Deno.test("loops of the target inside it are registers", () => {
  const nest = unroll(reorder(matmul({ m: 6, k: 10, n: 3 }), ["i", "k", "j"]), "j", "full");
  assertShows(
    accumulate(nest, "k"),
    `
for (i = 0; i < 6; i++)
  c = C[i][0:3]  // C stays in registers
  for (k = 0; k < 10; k++)
    c[i][0] += A[i][k] * B[k][0]
    c[i][1] += A[i][k] * B[k][1]
    c[i][2] += A[i][k] * B[k][2]
  C[i][0:3] = c
`,
  );
});

Deno.test("accumulate refuses what does not stay in registers", () => {
  refused(
    () => accumulate(plain, "j"),
    'Cannot accumulate during "j": it walks C; take a reduction loop',
  );
  refused(() => accumulate(plain, "x"), 'Cannot accumulate during "x"');
  refused(
    () => accumulate(accumulate(convolution, "ky"), "kx"),
    'Cannot accumulate during "kx": "ky" already does',
  );
  refused(
    () => accumulate(reorder(plain, ["i", "k", "j"]), "k"),
    'Cannot accumulate C in registers during "k": "j" inside it walks C; unroll it fully first',
  );
  refused(
    () => reorder(accumulate(plain, "k"), ["k", "j"]),
    '"j" inside it walks C; unroll it fully first',
  );
  refused(
    () =>
      vectorize(accumulate(reorder(convolution, ["c", "ky", "kx"]), "kx"), "c", {
        reduction: true,
      }),
    'the vectorized reduction "c" is outside it',
  );
});

Deno.test("accumulate refuses a body that sets", () => {
  const set = defineNest({
    name: "fill",
    extents: { i: 8, once: 1 },
    tensors: [{ name: "Y", dtype: "f32", shape: [8], role: "output" }],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "set",
      value: { kind: "constant", value: 1 },
    },
  });
  refused(() => accumulate(set, "once"), "the body sets it only once");
});

Deno.test("unroll and jam fuses the copies of an outer loop", () => {
  const nest = reorder(plain, ["i", "k", "j"]);
  assertShows(
    unrollAndJam(nest, "i", 2),
    `
for (ti = 0; ti < 6; ti += 2)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[ti][j] += A[ti][k] * B[k][j]
      C[ti+1][j] += A[ti+1][k] * B[k][j]
`,
  );
  assertShows(
    unrollAndJam(nest, "i", 4),
    `
for (ti = 0; ti < 6; ti += 4)  // the last block has 2
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j++)
      C[ti][j] += A[ti][k] * B[k][j]
      C[ti+1][j] += A[ti+1][k] * B[k][j]
      C[ti+2][j] += A[ti+2][k] * B[k][j]
      C[ti+3][j] += A[ti+3][k] * B[k][j]
`,
  );
  assertShows(
    unrollAndJam(nest, "k", 5),
    `
for (i = 0; i < 6; i++)
  for (tk = 0; tk < 10; tk += 5)
    for (j = 0; j < 18; j++)
      C[i][j] += A[i][tk] * B[tk][j]
      C[i][j] += A[i][tk+1] * B[tk+1][j]
      C[i][j] += A[i][tk+2] * B[tk+2][j]
      C[i][j] += A[i][tk+3] * B[tk+3][j]
      C[i][j] += A[i][tk+4] * B[tk+4][j]
`,
  );
});

Deno.test("unroll and jam refuses what tile and unroll refuse", () => {
  assertThrows(() => unrollAndJam(plain, "i", 0), RangeError, "found 0");
  assertThrows(() => unrollAndJam(plain, "i", 1.5), RangeError, "found 1.5");
  refused(() => unrollAndJam(plain, "x", 2), 'Cannot unroll and jam "x"');
});

Deno.test("a register block keeps a part of the target during the reduction", () => {
  const nest = matmul({ m: 6, k: 10, n: 16 });
  assertShows(
    registerBlock(nest, { j: 4, i: 2 }),
    `
for (tj = 0; tj < 16; tj += 4)
  for (ti = 0; ti < 6; ti += 2)
    c = C[ti:ti+2][tj:tj+4]  // C stays in registers
    for (k = 0; k < 10; k++)
      c[ti][tj] += A[ti][k] * B[k][tj]
      c[ti+1][tj] += A[ti+1][k] * B[k][tj]
      c[ti][tj+1] += A[ti][k] * B[k][tj+1]
      c[ti+1][tj+1] += A[ti+1][k] * B[k][tj+1]
      c[ti][tj+2] += A[ti][k] * B[k][tj+2]
      c[ti+1][tj+2] += A[ti+1][k] * B[k][tj+2]
      c[ti][tj+3] += A[ti][k] * B[k][tj+3]
      c[ti+1][tj+3] += A[ti+1][k] * B[k][tj+3]
    C[ti:ti+2][tj:tj+4] = c
`,
  );
  assertShows(
    vectorize(registerBlock(nest, { i: 2, j: 8 }), "j"),
    `
for (ti = 0; ti < 6; ti += 2)
  for (tj = 0; tj < 16; tj += 8)
    c = C[ti:ti+2][tj:tj+8]  // C stays in registers
    for (k = 0; k < 10; k++)
      c[ti][tj:tj+4] += A[ti][k] * B[k][tj:tj+4]
      c[ti][tj+4:tj+8] += A[ti][k] * B[k][tj+4:tj+8]
      c[ti+1][tj:tj+4] += A[ti+1][k] * B[k][tj:tj+4]
      c[ti+1][tj+4:tj+8] += A[ti+1][k] * B[k][tj+4:tj+8]
    C[ti:ti+2][tj:tj+8] = c
`,
  );
});

Deno.test("a register block that does not divide says so", () => {
  assertShows(
    vectorize(registerBlock(plain, { i: 4, j: 8 }), "j"),
    `
for (ti = 0; ti < 6; ti += 4)  // the last block has 2
  for (tj = 0; tj < 18; tj += 8)  // the last block has 2
    c = C[ti:ti+4][tj:tj+8]  // C stays in registers
    for (k = 0; k < 10; k++)
      c[ti][tj:tj+4] += A[ti][k] * B[k][tj:tj+4]
      c[ti][tj+4:tj+8] += A[ti][k] * B[k][tj+4:tj+8]
      c[ti+1][tj:tj+4] += A[ti+1][k] * B[k][tj:tj+4]
      c[ti+1][tj+4:tj+8] += A[ti+1][k] * B[k][tj+4:tj+8]
      c[ti+2][tj:tj+4] += A[ti+2][k] * B[k][tj:tj+4]
      c[ti+2][tj+4:tj+8] += A[ti+2][k] * B[k][tj+4:tj+8]
      c[ti+3][tj:tj+4] += A[ti+3][k] * B[k][tj:tj+4]
      c[ti+3][tj+4:tj+8] += A[ti+3][k] * B[k][tj+4:tj+8]
    C[ti:ti+4][tj:tj+8] = c
`,
  );
});

Deno.test("a register block of a convolution", () => {
  assertShows(
    registerBlock(convolution, { o: 2, x: 4 }),
    `
// I reads as 0 outside its 8 x 8 x 3 elements
for (to = 0; to < 4; to += 2)
  for (tx = 0; tx < 8; tx += 4)
    for (y = 0; y < 8; y++)
      for (ky = 0; ky < 3; ky++)
        for (kx = 0; kx < 3; kx++)
          acc = O[y][tx:tx+4][to:to+2]  // O stays in registers
          for (c = 0; c < 3; c++)
            acc[y][tx][to] += I[y+ky-1][tx+kx-1][c] * W[to][ky][kx][c]
            acc[y][tx+1][to] += I[y+ky-1][tx+kx][c] * W[to][ky][kx][c]
            acc[y][tx+2][to] += I[y+ky-1][tx+kx+1][c] * W[to][ky][kx][c]
            acc[y][tx+3][to] += I[y+ky-1][tx+kx+2][c] * W[to][ky][kx][c]
            acc[y][tx][to+1] += I[y+ky-1][tx+kx-1][c] * W[to+1][ky][kx][c]
            acc[y][tx+1][to+1] += I[y+ky-1][tx+kx][c] * W[to+1][ky][kx][c]
            acc[y][tx+2][to+1] += I[y+ky-1][tx+kx+1][c] * W[to+1][ky][kx][c]
            acc[y][tx+3][to+1] += I[y+ky-1][tx+kx+2][c] * W[to+1][ky][kx][c]
          O[y][tx:tx+4][to:to+2] = acc
`,
  );
});

Deno.test("a register block refuses a reduction, and a nest without one", () => {
  refused(() => registerBlock(plain, { k: 2 }), 'Cannot block "k" in registers: it is a reduction');
  refused(() => registerBlock(plain, { x: 2 }), 'Cannot block "x"');
});

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}
