import {
  accumulate,
  affine,
  applySteps,
  defineNest,
  execute,
  interpret,
  type Nest,
  pack,
  parallel,
  pseudocode,
  reorder,
  ScheduleError,
  tile,
  toJavaScript,
  unroll,
  vectorize,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { convTile, dotTile } from "../codegen/conv_tile.ts";
import { assertShows } from "./shows.ts";

const sizes = { rows: 2, row: 3, pixels: 2, outs: 6, stride: 1 };
const plain = convTile(sizes, { quantized: true });

Deno.test("a sum is finished where it is complete", () => {
  assertShows(
    plain,
    `
for (p = 0; p < 2; p++)
  for (o = 0; o < 6; o++)
    c = 0  // sums stay in registers
    for (kh = 0; kh < 2; kh++)
      for (k = 0; k < 3; k++)
        c[p][o] += X[kh][p+k] * W[kh][k][o]
    O[p][o] = max(min(requantize(c + bias[o], M[o], S[o]) - 5, 127), -128)
`,
  );
});

Deno.test("all sums of a block are finished at its end", () => {
  const shown = pseudocode(dotTile(plain, { group: 2 })).trimEnd().split("\n");
  assertEquals(
    shown.at(-1),
    "O[0:2][0:6] = max(min(requantize(c + bias[0:6], M[0:6], S[0:6]) - 5, 127), -128)",
  );
});

Deno.test("an order of loops in which sums have no register prints, but does not run", () => {
  const nest = reorder(plain, ["kh", "k", "p", "o"]);
  assertShows(
    nest,
    `
O = 0  // wherever it is summed
for (kh = 0; kh < 2; kh++)
  for (k = 0; k < 3; k++)
    for (p = 0; p < 2; p++)
      for (o = 0; o < 6; o++)
        O[p][o] += X[kh][p+k] * W[kh][k][o]
O[p][o] = max(min(requantize(O[p][o] + bias[o], M[o], S[o]) - 5, 127), -128)  // where its sum is complete
`,
  );
  refused(
    () => toJavaScript(nest),
    'Cannot finish the sums of O: "p" inside "kh" walks them, and registers have no address; ' +
      "reorder it outward or unroll it fully",
  );
  toJavaScript(unroll(unroll(nest, "p", "full"), "o", "full"));
});

Deno.test("a loop that threads share is one over the sums, even if it has a single turn", () => {
  const one = convTile({ ...sizes, pixels: 1 }, { quantized: true });
  toJavaScript(reorder(one, ["o", "kh", "k", "p"]));
  refused(
    () => toJavaScript(reorder(parallel(one, "p"), ["o", "kh", "k", "p"])),
    'Cannot finish the sums of O: "p" inside "kh" walks them, and registers have no address; ' +
      "reorder it outward or unroll it fully",
  );
});

Deno.test("sums that are finished are never in memory", () => {
  refused(
    () => accumulate(plain, "k"),
    'Cannot accumulate O in registers during "k": its sums are finished after it, but "kh" outside ' +
      "it goes on with them",
  );
  refused(
    () => pack(plain, "O"),
    'Cannot pack "O": its sums are finished from registers, never in memory',
  );
});

Deno.test("requantize rounds twice, halves away from zero, and wraps its left shift", () => {
  // 3 * 2^30 / 2^31 = 1.5, rounded up to 2, and 2 / 4 = 0.5 to 1; once would round 0.375 to 0.
  const cases = [
    { x: 3, multiplier: 2 ** 30, shift: -2, expected: 1 },
    { x: -3, multiplier: 2 ** 30, shift: -2, expected: 0 },
    { x: -5, multiplier: 2 ** 30, shift: -2, expected: -1 },
    { x: 100, multiplier: 2 ** 30, shift: 1, expected: 100 },
    { x: 2 ** 30, multiplier: 2 ** 30, shift: 1, expected: -(2 ** 30) },
    { x: 2 ** 31 - 1, multiplier: 2 ** 31 - 1, shift: -31, expected: 1 },
    { x: 2 ** 30, multiplier: 2 ** 31 - 1, shift: -31, expected: 1 },
    { x: 2 ** 30 - 1, multiplier: 2 ** 30, shift: -31, expected: 0 },
    { x: 77, multiplier: 0, shift: 0, expected: 0 },
  ];
  const nest = scaled(cases.length);
  const inputs = {
    X: Int32Array.from(cases, ({ x }) => x),
    M: Int32Array.from(cases, ({ multiplier }) => multiplier),
    S: Int32Array.from(cases, ({ shift }) => shift),
  };
  const expected = cases.map((each) => each.expected);
  assertEquals([...interpret(nest, inputs).Y], expected);
  for (const each of [nest, vectorize(nest, "i"), parallel(nest, "i")]) {
    assertEquals([...execute(each, inputs).Y], expected);
    const Y = new Int32Array(cases.length);
    new Function(`return ${toJavaScript(each)}`)()(inputs.X, inputs.M, inputs.S, Y);
    assertEquals([...Y], expected);
  }
});

Deno.test("float sums are finished by vectors, and by a reduction's one element", () => {
  const nest = meanOfRows(5, 7);
  const X = Float32Array.from({ length: 35 }, (_, at) => at);
  const B = Float32Array.from({ length: 5 }, (_, at) => at / 2);
  const expected = [...interpret(nest, { X, B }).Y];
  assertEquals(expected, [0, 1, 2, 3, 4].map((i) => Math.min(49 * i + 21 + i / 2, 100)));
  const wide = vectorize(accumulate(nest, "k"), "k", { reduction: true });
  for (const each of [nest, unroll(nest, "i", 2), wide]) {
    assertEquals([...execute(each, { X, B }).Y], expected);
  }
  assertEquals(
    pseudocode(wide).trimEnd().split("\n").at(-1),
    "  Y[i] = min(0 + sum(c) + B[i], 100)",
  );
});

Deno.test("the schedule of a nest that finishes replays", () => {
  const nest = dotTile(plain, { group: 2 });
  assertEquals(applySteps(plain, nest.steps), nest);
  const tiled = tile(plain, { p: 2 });
  assertEquals(applySteps(plain, tiled.steps), tiled);
});

/** `Y[i] = requantize(X[i] summed up over one k)`. */
function scaled(length: number): Nest {
  const vector = (name: string, role: "input" | "output") =>
    ({ name, dtype: "i32", shape: [length], role }) as const;
  return defineNest({
    name: "scaled",
    extents: { i: length, k: 1 },
    tensors: [
      vector("X", "input"),
      vector("M", "input"),
      vector("S", "input"),
      vector("Y", "output"),
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "add",
      start: 0,
      value: { kind: "read", access: { tensor: "X", index: [affine("i")] } },
      finish: {
        kind: "requantize",
        value: { kind: "sum" },
        multiplier: { tensor: "M", index: [affine("i")] },
        shift: { tensor: "S", index: [affine("i")] },
      },
    },
  });
}

/** `Y[i] = min(sum of X[i][k] + B[i], 100)`. */
function meanOfRows(rows: number, columns: number): Nest {
  return defineNest({
    name: "rows",
    extents: { i: rows, k: columns },
    tensors: [
      { name: "X", dtype: "f32", shape: [rows, columns], role: "input" },
      { name: "B", dtype: "f32", shape: [rows], role: "input" },
      { name: "Y", dtype: "f32", shape: [rows], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "add",
      start: 0,
      value: { kind: "read", access: { tensor: "X", index: [affine("i"), affine("k")] } },
      finish: {
        kind: "binary",
        op: "min",
        left: {
          kind: "binary",
          op: "add",
          left: { kind: "sum" },
          right: { kind: "read", access: { tensor: "B", index: [affine("i")] } },
        },
        right: { kind: "constant", value: 100 },
      },
    },
  });
}

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}
