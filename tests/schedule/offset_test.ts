// Int8 packed as uint8: products of fours, whose sums begin with what they get too many.
import fc from "fast-check";
import {
  accumulate,
  execute,
  hasExactRelaxedDot,
  interpret,
  matmul,
  type Nest,
  pack,
  parallel,
  reorder,
  ScheduleError,
  tile,
  toJavaScript,
  unroll,
  vectorize,
} from "tinyloom";
import { lower } from "../../lib/codegen/lower.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { randomInputs } from "../codegen/random_data.ts";
import { assertShows } from "./shows.ts";

interface Form {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** The factor that is packed as uint8. */
  readonly unsigned: "A" | "B";
  /** Terms of a tile of the reduction; 0: there is none. */
  readonly depth: number;
  /** The loop where the other is packed, if there is such a loop. */
  readonly at: string | undefined;
  readonly threads: boolean;
}

function fours({ m, k, n, unsigned, depth, at, threads }: Form): Nest {
  let nest = matmul({ m, k, n, dtype: "i8" });
  if (depth > 0 && depth < k) nest = tile(nest, { k: depth });
  nest = tile(nest, { j: 8, i: 3, k: 4 }, { names: { j: "jr", i: "ir", k: "kp" } });
  const has = (name: string | undefined) => nest.loops.some((loop) => loop.name === name);
  nest = reorder(nest, ["tk", "jr", "ir", "kp", "i", "j", "k"].filter(has));
  for (const tensor of ["A", "B"]) {
    const dtype = tensor === unsigned ? "u8" : "i8";
    nest = pack(nest, tensor, { at: tensor === unsigned || !has(at) ? undefined : at, dtype });
  }
  nest = vectorize(unroll(unroll(nest, "i", "full"), "j", "full"), "j", { dot: "k" });
  nest = accumulate(nest, "kp");
  return threads ? parallel(nest, "ir") : nest;
}

const forms: fc.Arbitrary<Form> = fc.record({
  m: fc.integer({ min: 1, max: 8 }),
  k: fc.integer({ min: 1, max: 21 }),
  n: fc.integer({ min: 1, max: 19 }),
  unsigned: fc.constantFrom("A" as const, "B" as const),
  depth: fc.constantFrom(0, 8, 12),
  at: fc.constantFrom(undefined, "tk", "jr"),
  threads: fc.boolean(),
});

Deno.test("uint8 and int8 in fours give the product of int8", () => {
  fc.assert(
    fc.property(forms, fc.nat(), (form, seed) => {
      // A copy of A is made in each of the panels of B, in which it does not move, or before them.
      fc.pre(!(form.unsigned === "B" && form.at === "jr"));
      const { m, k, n } = form;
      const plain = matmul({ m, k, n, dtype: "i8" });
      check(fours(form), plain, seed);
    }),
    { seed: 41, numRuns: 100 },
  );
});

Deno.test("the largest products do not saturate, and sums wrap", () => {
  const form = { m: 1, k: 4, n: 8, depth: 0, at: undefined, threads: false } as const;
  for (const unsigned of ["A", "B"] as const) {
    for (const [a, b] of [[-128, -128], [127, -128], [-128, 127], [127, 127]]) {
      const inputs = { A: new Int8Array(4).fill(a), B: new Int8Array(32).fill(b) };
      assertEquals(inJavaScript(fours({ ...form, unsigned }), inputs), Array(8).fill(4 * a * b));
    }
  }
});

Deno.test("outside of a dot product uint8 is int8 again as it is read", () => {
  const plain = matmul({ m: 3, k: 5, n: 9, dtype: "i8" });
  const vectors = vectorize(reorder(plain, ["i", "k", "j"]), "j");
  const nest = pack(pack(vectors, "A", { dtype: "u8" }), "B", { dtype: "u8" });
  assertShows(
    pack(reorder(plain, ["i", "k", "j"]), "B", { dtype: "u8" }),
    `
Bp = copy of B in the order k, j: 5 x 9, as u8
for (i = 0; i < 3; i++)
  for (k = 0; k < 5; k++)
    for (j = 0; j < 9; j++)
      C[i][j] += A[i][k] * (Bp[k][j] - 128)
`,
  );
  check(nest, plain, 3);
});

Deno.test("the sums of each tile are apart where the copy holds several", () => {
  const sums = (at: string | undefined) =>
    lower(
      fours({ m: 3, k: 24, n: 16, unsigned: "A", depth: 8, at, threads: false }),
    ).buffers.find(({ name }) => name === "Bsums")!.elements;
  assertEquals([sums("tk"), sums(undefined)], [16, 3 * 16]);
});

Deno.test("an offset that cannot be taken back is refused when the schedule runs", () => {
  const tiled = tile(matmul({ m: 3, k: 8, n: 8, dtype: "i8" }), { k: 4 }, { names: { k: "kp" } });
  const ordered = reorder(tiled, ["i", "kp", "j", "k"]);
  const signed = pack(ordered, "B", { at: "i" });
  const cannot = 'Cannot multiply uint8 by "B" in fours: ';
  const dot = vectorize(pack(signed, "A", { dtype: "u8" }), "j", { dot: "k" });
  refusedToRun(dot, `${cannot}accumulate the sums in registers`);
  const inside = vectorize(
    pack(pack(ordered, "B", { at: "kp" }), "A", { dtype: "u8" }),
    "j",
    { dot: "k" },
  );
  refusedToRun(
    accumulate(unroll(inside, "j", "full"), "kp"),
    `${cannot}it is packed where the sums are in registers already; pack it outside of "kp"`,
  );
  const both = pack(pack(ordered, "B", { dtype: "u8" }), "A", { dtype: "u8" });
  assertThrows(
    () => vectorize(both, "j", { dot: "k" }),
    ScheduleError,
    "one factor may be uint8, and both are",
  );
  const right = accumulate(unroll(dot, "j", "full"), "kp");
  check(right, matmul({ m: 3, k: 8, n: 8, dtype: "i8" }), 2);
  assertThrows(
    () => toJavaScript(right, { extents: { k: [8, 4] } }),
    ScheduleError,
    `${cannot}the extent of "k" is given at run time`,
  );
});

function refusedToRun(nest: Nest, message: string): void {
  assertThrows(() => toJavaScript(nest), ScheduleError, message);
}

function check(nest: Nest, plain: Nest, seed: number): void {
  const inputs = randomInputs(plain, seed);
  const expected = [...interpret(plain, inputs).C].map((sum) => sum | 0);
  assertEquals(inJavaScript(nest, inputs), expected, JSON.stringify(nest.steps));
  if (!hasExactRelaxedDot()) return;
  assertEquals(
    [...execute(nest, inputs, { relaxedDot: true }).C],
    expected,
    JSON.stringify(nest.steps),
  );
}

function inJavaScript(nest: Nest, inputs: Readonly<Record<string, unknown>>): number[] {
  const [m, n] = nest.tensors[2].shape;
  const C = new Int32Array(m * n);
  new Function(`return ${toJavaScript(nest)}`)()(inputs.A, inputs.B, C);
  return [...C];
}

Deno.test("fours of int8 alone are exact on every machine, with and without a last four that is whole", () => {
  for (const k of [4, 7, 8, 13, 34]) {
    const plain = matmul({ m: 3, k, n: 10, dtype: "i8" });
    const tiled = tile(plain, { k: 4 }, { names: { k: "kp" } });
    const packed = pack(reorder(tiled, ["i", "kp", "j", "k"]), "B");
    const nest = accumulate(unroll(vectorize(packed, "j", { dot: "k" }), "j", "full"), "kp");
    const inputs = randomInputs(plain, k);
    inputs.A.fill(-128, 0, 5);
    inputs.B.fill(-128, 0, 5);
    const { C } = execute(plain, inputs);
    assertEquals(execute(nest, inputs).C, C, `${k} terms`);
    const found = new Int32Array(30);
    new Function(`return ${toJavaScript(nest)}`)()(inputs.A, inputs.B, found);
    assertEquals(found, C);
  }
});
