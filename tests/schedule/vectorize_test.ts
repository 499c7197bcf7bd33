import {
  accumulate,
  affine,
  conv1d,
  defineNest,
  depthwise,
  execute,
  matmul,
  type Nest,
  pack,
  parallel,
  reorder,
  ScheduleError,
  tile,
  vectorize,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { dotProducts } from "../codegen/presets.ts";
import { assertShows } from "./shows.ts";

const plain = reorder(matmul({ m: 6, k: 10, n: 18 }), ["i", "k", "j"]);

Deno.test("vectorize computes four neighbours at once", () => {
  assertShows(
    vectorize(reorder(matmul({ m: 6, k: 10, n: 16 }), ["i", "k", "j"]), "j"),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 16; j += 4)
      C[i][j:j+4] += A[i][k] * B[k][j:j+4]
`,
  );
});

Deno.test("the last vector computes in full and stores what is there", () => {
  assertShows(
    vectorize(plain, "j"),
    `
for (i = 0; i < 6; i++)
  for (k = 0; k < 10; k++)
    for (j = 0; j < 18; j += 4)  // the last vector has 2
      C[i][j:j+4] += A[i][k] * B[k][j:j+4]
`,
  );
  assertShows(
    vectorize(tile(plain, { j: 6 }), "j"),
    `
for (tj = 0; tj < 18; tj += 6)
  for (i = 0; i < 6; i++)
    for (k = 0; k < 10; k++)
      for (j = tj; j < tj+6; j += 4)  // the last vector has 2
        C[i][j:j+4] += A[i][k] * B[k][j:j+4]
`,
  );
  assertShows(
    vectorize(reorder(matmul({ m: 2, k: 2, n: 3 }), ["i", "k", "j"]), "j"),
    `
for (i = 0; i < 2; i++)
  for (k = 0; k < 2; k++)
    C[i][0:3] += A[i][k] * B[k][0:3]
`,
  );
});

Deno.test("a vector loop need not be the innermost", () => {
  assertShows(
    vectorize(matmul({ m: 6, k: 10, n: 18 }), "j"),
    `
for (i = 0; i < 6; i++)
  for (j = 0; j < 18; j += 4)  // the last vector has 2
    for (k = 0; k < 10; k++)
      C[i][j:j+4] += A[i][k] * B[k][j:j+4]
`,
  );
});

Deno.test("a vectorized reduction keeps partial sums", () => {
  const packed = pack(accumulate(matmul({ m: 6, k: 10, n: 18 }), "k"), "B");
  assertShows(
    vectorize(packed, "k", { reduction: true }),
    `
Bp = copy of B in the order j, k: 18 x 10
for (i = 0; i < 6; i++)
  for (j = 0; j < 18; j++)
    c = 0  // 4 partial sums for each element of C[i][j], in registers
    for (k = 0; k < 10; k += 4)  // the last vector has 2
      c[i][j] += A[i][k:k+4] * Bp[j][k:k+4]
    C[i][j] += sum(c)
`,
  );
});

Deno.test("dot multiplies and adds pairs of int8", () => {
  const nest = matmul({ m: 6, k: 10, n: 18, dtype: "i8" });
  assertShows(
    dotProducts(nest, { mc: 6, kc: 5, nc: 16, mr: 2, nr: 8 }),
    `
for (jc = 0; jc < 18; jc += 16)
  for (pc = 0; pc < 10; pc += 5)
    Bp = copy of B in the order jr, kp, j, k: 2 x 3 x 8 x 2, as i16
    Ap = copy of A in the order ir, kp, i, k: 3 x 3 x 2 x 2, as i16
    for (jr = jc; jr < min(jc+16, 18); jr += 8)  // last blocks may be smaller
      for (ir = 0; ir < 6; ir += 2)
        c = C[ir:ir+2][jr:jr+8]  // C stays in registers
        for (kp = pc; kp < pc+5; kp += 2)  // the last pair has 1
          c[ir][jr:jr+4] += Ap[ir][kp][ir][kp:kp+2] * Bp[jr][kp][jr:jr+4][kp:kp+2]
          c[ir][jr+4:jr+8] += Ap[ir][kp][ir][kp:kp+2] * Bp[jr][kp][jr+4:jr+8][kp:kp+2]
          c[ir+1][jr:jr+4] += Ap[ir][kp][ir+1][kp:kp+2] * Bp[jr][kp][jr:jr+4][kp:kp+2]
          c[ir+1][jr+4:jr+8] += Ap[ir][kp][ir+1][kp:kp+2] * Bp[jr][kp][jr+4:jr+8][kp:kp+2]
        C[ir:ir+2][jr:jr+8] = c
`,
  );
});

Deno.test("a reduction is vectorized only when its order may change and registers hold its lanes", () => {
  refused(
    () => vectorize(plain, "k"),
    'Cannot vectorize axis "k": it carries the reduction into C; vectorize "j", or allow another ' +
      "order of additions with { reduction: true }",
  );
  refused(
    () => vectorize(plain, "k", { reduction: true }),
    'Cannot vectorize "k": it carries the reduction into C, so its lanes need registers of their ' +
      "own; accumulate(nest, ...) first",
  );
});

Deno.test("vectorize refuses neighbours that are not side by side", () => {
  refused(
    () => vectorize(plain, "i"),
    'Cannot vectorize "i": neighbours of "C" are 18 elements apart, not 1; vectorize another axis ' +
      'or pack "C"',
  );
  refused(
    () => vectorize(accumulate(matmul({ m: 6, k: 10, n: 18 }), "k"), "k", { reduction: true }),
    'neighbours of "B" are 18 elements apart',
  );
  const strided = depthwise({ height: 8, width: 8, channels: 1, kernel: [3, 3], stride: 2 });
  refused(() => vectorize(strided, "x"), 'neighbours of "I" are 2 elements apart');
});

Deno.test("vectorize refuses an axis with padding", () => {
  const padded = conv1d({ width: 8, inChannels: 1, outChannels: 1, kernel: 3, padding: "same" });
  refused(() => vectorize(padded, "x"), 'Cannot vectorize "x": "I" is padded along x; pack it');
});

Deno.test("vectorize refuses loops that are not there, tiled, parallel or a second one", () => {
  refused(() => vectorize(plain, "x"), 'Cannot vectorize "x": matmul has the loops i, k, j');
  refused(
    () => vectorize(tile(plain, { j: 8 }), "tj"),
    'Cannot vectorize "tj": it steps by tiles of 8; vectorize "j"',
  );
  refused(
    () => vectorize(parallel(plain, "j"), "j"),
    'Cannot vectorize "j": its iterations are spread over threads',
  );
  refused(() => vectorize(vectorize(plain, "j"), "i"), 'Cannot vectorize "i": "j" already is');
});

Deno.test("vectorize refuses types that no vector instruction computes", () => {
  refused(() => vectorize(sum("f64", "f32"), "i"), "no vector instruction computes f64 from f32");
  refused(() => vectorize(sum("i8", "i8"), "i"), "no vector instruction computes i8");
});

Deno.test("dot refuses what its instruction cannot do", () => {
  const nest = matmul({ m: 4, k: 8, n: 8, dtype: "i8" });
  const inOrder = (...order: string[]) => reorder(tile(nest, { k: 2 }), order);
  const wide = (from: Nest) => pack(pack(from, "A", { dtype: "i16" }), "B", { dtype: "i16" });
  const dot = (from: Nest) => vectorize(from, "j", { dot: "k" });
  const cannot = 'Cannot multiply and add pairs along "k": ';
  refused(() => vectorize(nest, "j", { dot: "x" }), 'Cannot pair "x"');
  refused(() => vectorize(nest, "j", { dot: "j" }), 'Cannot vectorize "j" and pair it too');
  refused(
    () => dot(wide(reorder(tile(nest, { k: 3 }), ["tk", "i", "j", "k"]))),
    `${cannot}tile it by 2, or by 4, first`,
  );
  refused(
    () => dot(reorder(nest, ["i", "j", "k"])),
    `${cannot}tile it by 2, or by 4, first`,
  );
  refused(
    () =>
      dot(pack(reorder(tile(matmul({ m: 4, k: 8, n: 8 }), { k: 2 }), ["tk", "i", "j", "k"]), "B")),
    `${cannot}its sums must be i32, and are f32`,
  );
  const ready = dot(wide(inOrder("tk", "i", "j", "k")));
  refused(() => reorder(ready, ["k", "j"]), "Cannot vectorize");
  refused(
    () => vectorize(tile(wide(inOrder("tk", "k", "i", "j")), { i: 2 }), "j", { dot: "i" }),
    'Cannot multiply and add pairs along "i": it must be the innermost loop; reorder it',
  );
  refused(
    () => vectorize(reorder(tile(nest, { i: 2 }), ["ti", "k", "j", "i"]), "j", { dot: "i" }),
    'Cannot multiply and add pairs along "i": it is no reduction',
  );
});

Deno.test("a copy into int16 interleaves two rows, and is refused where it cannot", () => {
  const copy = (to: "i16" | "i32", index: readonly string[]) =>
    defineNest({
      name: "pairs",
      extents: { e: 19, p: 2 },
      tensors: [
        { name: "X", dtype: "i8", shape: [2, 19], role: "input" },
        { name: "Y", dtype: to, shape: index.map((axis) => axis === "p" ? 2 : 19), role: "output" },
      ],
      body: {
        target: { tensor: "Y", index: index.map((axis) => affine(axis)) },
        update: "set",
        value: { kind: "read", access: { tensor: "X", index: [affine("p"), affine("e")] } },
      },
    });
  const interleave = (nest: Nest) => vectorize(nest, "e", { dot: "p" });
  const X = Int8Array.from({ length: 38 }, (_, at) => 3 * at - 50);
  const { Y } = execute(interleave(copy("i16", ["e", "p"])), { X });
  assertEquals([...Y], Array.from({ length: 38 }, (_, at) => X[19 * (at % 2) + (at >> 1)]));
  const cannot = 'Cannot multiply and add pairs along "p": ';
  refused(
    () => interleave(copy("i32", ["e", "p"])),
    `${cannot}a copy interleaves int16, and "Y" is i32`,
  );
  refused(
    () => interleave(copy("i16", ["p", "e"])),
    'neighbours of "Y" are 1 elements apart, not 2',
  );
});

Deno.test("dot refuses a body that is no sum of products", () => {
  const nest = defineNest({
    name: "sums",
    extents: { j: 8, k: 8 },
    tensors: [
      { name: "B", dtype: "i8", shape: [8, 8], role: "input" },
      { name: "C", dtype: "i32", shape: [8], role: "output" },
    ],
    body: {
      target: { tensor: "C", index: [affine("j")] },
      update: "add",
      value: { kind: "read", access: { tensor: "B", index: [affine("k"), affine("j")] } },
    },
  });
  const packed = pack(reorder(tile(nest, { k: 2 }), ["tk", "j", "k"]), "B", { dtype: "i16" });
  refused(
    () => vectorize(packed, "j", { dot: "k" }),
    "the body is not a sum of products of two tensors",
  );
});

function sum(to: "f32" | "f64" | "i8", from: "f32" | "f64" | "i8"): Nest {
  return defineNest({
    name: "sum",
    extents: { i: 8 },
    tensors: [
      { name: "X", dtype: from, shape: [8], role: "input" },
      { name: "Y", dtype: to, shape: [8], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "add",
      value: { kind: "read", access: { tensor: "X", index: [affine("i")] } },
    },
  });
}

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}
