import {
  accumulate,
  affine,
  conv2d,
  defineNest,
  execute,
  matmul,
  pack,
  parallel,
  registerBlock,
  reorder,
  ScheduleError,
  tile,
  vectorize,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { assertShows } from "./shows.ts";

const tiled = reorder(
  tile(matmul({ m: 6, k: 10, n: 18 }), { i: 4, k: 5, j: 8 }),
  ["tk", "tj", "ti", "k", "i", "j"],
);

Deno.test("pack copies a tensor once, in the order of the loops", () => {
  assertShows(
    pack(tiled, "B"),
    `
Bp = copy of B in the order tk, tj, k, j: 2 x 3 x 5 x 8
for (tk = 0; tk < 10; tk += 5)
  for (tj = 0; tj < 18; tj += 8)
    for (ti = 0; ti < 6; ti += 4)
      for (k = tk; k < tk+5; k++)
        for (i = ti; i < min(ti+4, 6); i++)
          for (j = tj; j < min(tj+8, 18); j++)
            C[i][j] += A[i][k] * Bp[tk][tj][k][j]
`,
  );
});

Deno.test("pack copies the part that the loops inside use", () => {
  assertShows(
    pack(tiled, "B", { at: "tk" }),
    `
for (tk = 0; tk < 10; tk += 5)
  Bp = copy of B in the order tj, k, j: 3 x 5 x 8
  for (tj = 0; tj < 18; tj += 8)
    for (ti = 0; ti < 6; ti += 4)
      for (k = tk; k < tk+5; k++)
        for (i = ti; i < min(ti+4, 6); i++)
          for (j = tj; j < min(tj+8, 18); j++)
            C[i][j] += A[i][k] * Bp[tj][k][j]
`,
  );
  assertShows(
    pack(tiled, "A", { at: "ti" }),
    `
for (tk = 0; tk < 10; tk += 5)
  for (tj = 0; tj < 18; tj += 8)
    for (ti = 0; ti < 6; ti += 4)
      Ap = copy of A in the order k, i: 5 x 4
      for (k = tk; k < tk+5; k++)
        for (i = ti; i < min(ti+4, 6); i++)
          for (j = tj; j < min(tj+8, 18); j++)
            C[i][j] += Ap[k][i] * B[k][j]
`,
  );
});

Deno.test("both operands are packed, shared by threads or each thread's own", () => {
  assertShows(
    pack(pack(parallel(tiled, "ti"), "B", { at: "tj" }), "A", { at: "ti" }),
    `
for (tk = 0; tk < 10; tk += 5)
  for (tj = 0; tj < 18; tj += 8)
    Bp = copy of B in the order k, j: 5 x 8
    parallel for (ti = 0; ti < 6; ti += 4)
      Ap = copy of A in the order k, i: 5 x 4
      for (k = tk; k < tk+5; k++)
        for (i = ti; i < min(ti+4, 6); i++)
          for (j = tj; j < min(tj+8, 18); j++)
            C[i][j] += Ap[k][i] * Bp[k][j]
`,
  );
});

Deno.test("int8 is widened", () => {
  const nest = tile(matmul({ m: 6, k: 10, n: 18, dtype: "i8" }), { j: 8 });
  assertShows(
    pack(nest, "B", { at: "tj", dtype: "i16" }),
    `
for (tj = 0; tj < 18; tj += 8)
  Bp = copy of B in the order j, k: 8 x 10, as i16
  for (i = 0; i < 6; i++)
    for (j = tj; j < min(tj+8, 18); j++)
      for (k = 0; k < 10; k++)
        C[i][j] += A[i][k] * Bp[j][k]
`,
  );
});

Deno.test("packing the input of a convolution is im2col", () => {
  const convolution = conv2d({
    height: 8,
    width: 8,
    inChannels: 3,
    outChannels: 4,
    kernel: [3, 3],
    padding: "same",
  });
  assertShows(
    pack(convolution, "I"),
    `
// I reads as 0 outside its 8 x 8 x 3 elements
Ip = copy of I in the order y, x, ky, kx, c: 8 x 8 x 3 x 3 x 3
for (y = 0; y < 8; y++)
  for (x = 0; x < 8; x++)
    for (o = 0; o < 4; o++)
      for (ky = 0; ky < 3; ky++)
        for (kx = 0; kx < 3; kx++)
          for (c = 0; c < 3; c++)
            O[y][x][o] += Ip[y][x][ky][kx][c] * W[o][ky][kx][c]
`,
  );
});

Deno.test("the packed output is copied back after the loops that update it", () => {
  assertShows(
    pack(tiled, "C", { at: "ti" }),
    `
for (tk = 0; tk < 10; tk += 5)
  for (tj = 0; tj < 18; tj += 8)
    for (ti = 0; ti < 6; ti += 4)
      Cp = copy of C in the order i, j: 4 x 8
      for (k = tk; k < tk+5; k++)
        for (i = ti; i < min(ti+4, 6); i++)
          for (j = tj; j < min(tj+8, 18); j++)
            Cp[i][j] += A[i][k] * B[k][j]
      C = copy of Cp back
`,
  );
});

Deno.test("pack refuses what is unknown, packed already, not widened, or in registers", () => {
  refused(() => pack(tiled, "X"), 'Cannot pack "X": the tensors are A, B, C');
  refused(() => pack(pack(tiled, "B"), "B", { at: "tk" }), 'Cannot pack "B": it is packed already');
  refused(
    () => pack(tiled, "B", { dtype: "i16" }),
    'Cannot pack "B" as i16: it is f32, and only an input of i8 can be another type, i16 or u8',
  );
  refused(
    () => pack(accumulate(matmul({ m: 4, k: 4, n: 4 }), "k"), "C", { at: "k" }),
    'Cannot pack "C" at "k": ',
  );
  const blocked = registerBlock(matmul({ m: 4, k: 4, n: 4 }), { i: 2, j: 2 });
  refused(
    () => pack(blocked, "C", { at: "k" }),
    'Cannot pack "C" at "k": it stays in registers during "k"; pack it at a loop further out',
  );
  refused(() => pack(tiled, "B", { at: "x" }), 'Cannot pack at "x": matmul has the loops');
});

Deno.test("pack refuses places where there is nothing to copy", () => {
  refused(
    () => pack(tiled, "A", { at: "i" }),
    'Cannot pack "A" at "i": no loop inside moves through it; pack it at a loop further out',
  );
  refused(
    () => pack(vectorize(matmul({ m: 4, k: 4, n: 8 }), "j"), "B", { at: "j" }),
    'Cannot pack "B" at "j": one iteration of "j" is a vector of its elements; pack it at a loop ' +
      "further out",
  );
});

Deno.test("pack refuses a tensor that is read at two places", () => {
  const read = (offset: number) =>
    ({ kind: "read", access: { tensor: "X", index: [affine("i", offset)] } }) as const;
  const difference = defineNest({
    name: "difference",
    extents: { i: 8 },
    tensors: [
      { name: "X", dtype: "f32", shape: [9], role: "input" },
      { name: "Y", dtype: "f32", shape: [8], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "set",
      value: { kind: "binary", op: "sub", left: read(1), right: read(0) },
    },
  });
  refused(
    () => pack(difference, "X"),
    'Cannot pack "X": it must be read at one place of the body, found 2',
  );
});

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}

Deno.test("a copy has to hold what is read outside of its tensor", () => {
  const shifted = (outside: number, dtype: "u8" | "i8" = "u8") =>
    defineNest({
      name: "shifted",
      extents: { i: 3 },
      tensors: [
        { name: "X", dtype, shape: [3], role: "input" },
        { name: "Y", dtype: "i32", shape: [3], role: "output" },
      ],
      body: {
        target: { tensor: "Y", index: [affine("i")] },
        update: "set",
        value: { kind: "read", access: { tensor: "X", index: [affine("i", -1)], outside } },
      },
    });
  for (const [outside, dtype] of [[-3, "u8"], [256, "u8"], [128, "i8"]] as const) {
    assertThrows(
      () => pack(shifted(outside, dtype), "X"),
      ScheduleError,
      `Cannot pack "X" as ${dtype}: it is read outside as ${outside}, which ${dtype} does not hold`,
    );
  }
  const X = Uint8Array.of(7, 8, 9);
  assertEquals(execute(pack(shifted(255), "X"), { X }).Y, Int32Array.of(255, 7, 8));
  const wide = pack(shifted(-300, "i8"), "X", { dtype: "i16" });
  assertEquals(execute(wide, { X: Int8Array.from(X) }).Y, Int32Array.of(-300, 7, 8));
});
