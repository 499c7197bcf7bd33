import {
  affine,
  compile,
  count,
  defineNest,
  execute,
  hasExactRelaxedDot,
  matmul,
  type Nest,
  pack,
  reorder,
  ScheduleError,
  tile,
  vectorize,
} from "tinyloom";
import { assertEquals, assertThrows } from "../assert.ts";
import { convTile, dotTile } from "../codegen/conv_tile.ts";
import { assertShows } from "./shows.ts";

const sizes = { rows: 2, row: 7, pixels: 2, outs: 6, stride: 3 };

Deno.test("fours of uint8 and int8 are multiplied and added at once", () => {
  assertShows(
    dotTile(convTile(sizes, { unsigned: true }), { group: 4 }),
    `
Wp = copy of W in the order kh, kg, o, k: 2 x 2 x 6 x 4
c = 0  // O stays in registers
for (kh = 0; kh < 2; kh++)
  for (kg = 0; kg < 7; kg += 4)  // the last group has 3
    c[0][0:4] += (X[kh][kg:kg+4] + 128) * Wp[kh][kg][0:4][kg:kg+4]
    c[0][4:6] += (X[kh][kg:kg+4] + 128) * Wp[kh][kg][4:6][kg:kg+4]
    c[1][0:4] += (X[kh][kg+3:kg+7] + 128) * Wp[kh][kg][0:4][kg:kg+4]
    c[1][4:6] += (X[kh][kg+3:kg+7] + 128) * Wp[kh][kg][4:6][kg:kg+4]
O[0:2][0:6] = c
`,
  );
});

Deno.test("only one factor of a pair need be packed", () => {
  assertShows(
    dotTile(convTile({ ...sizes, rows: 1, pixels: 1, outs: 4 }), { group: 2 }),
    `
Wp = copy of W in the order kh, kg, o, k: 1 x 4 x 4 x 2, as i16
c = 0  // O stays in registers
for (kg = 0; kg < 7; kg += 2)  // the last pair has 1
  c[0][0:4] += X[0][kg:kg+2] * Wp[0][kg][0:4][kg:kg+2]
O[0][0:4] = c
`,
  );
});

Deno.test("a last group that is not full is loaded without what lies behind it", () => {
  const bytes = (row: number, form: Parameters<typeof dotTile>[1]) => {
    const one = { rows: 1, row, pixels: 1, outs: 4, stride: 1 };
    const { loadedBytes } = count(dotTile(convTile(one, { unsigned: form.group === 4 }), form));
    const filled = Math.ceil(row / form.group) * form.group * 4;
    // Besides X: W is copied and read, each element once.
    return loadedBytes - filled - row * 4;
  };
  for (const row of [1, 2, 3, 5, 7, 8, 9]) {
    assertEquals(bytes(row, { group: 2, weights: "i8" }), row);
    assertEquals(bytes(row, { group: 4 }), row);
  }
});

Deno.test("fours are compiled only for machines that multiply them exactly", () => {
  const nest = dotTile(convTile(sizes, { unsigned: true }), { group: 4 });
  refused(
    () => compile(nest),
    'Cannot compile convTile: it multiplies fours along "k" by an instruction that not every ' +
      "machine computes exactly; where hasExactRelaxedDot() is true, pass { relaxedDot: true }",
  );
  compile(nest, { relaxedDot: true });
  compile(dotTile(convTile(sizes), { group: 2 }));
});

Deno.test("the extremes of int8 do not saturate", () => {
  if (!hasExactRelaxedDot()) return;
  const one = { rows: 1, row: 4, pixels: 1, outs: 1, stride: 1 };
  const nest = dotTile(convTile(one, { unsigned: true }), { group: 4 });
  const fill = (value: number) => new Int8Array(4).fill(value);
  const of = (x: number, w: number) =>
    execute(nest, { X: fill(x), W: fill(w) }, { relaxedDot: true }).O[0];
  assertEquals(of(127, 127), 4 * 255 * 127);
  assertEquals(of(127, -128), 4 * 255 * -128);
  assertEquals(of(-128, -128), 0);
});

Deno.test("fours refuse what their instruction cannot do", () => {
  const cannot = 'Cannot multiply and add fours along "k": ';
  refused(
    () => dotTile(convTile(sizes, { unsigned: true }), { group: 4, weights: "i16" }),
    `${cannot}it multiplies i8, and "W" is i16`,
  );
  refused(
    () => dotTile(convTile(sizes, { unsigned: true }), { group: 2 }),
    'Cannot multiply and add pairs along "k": the body is not a sum of products of two tensors',
  );
});

Deno.test("a factor that is not packed must lie in groups, whole and not padded", () => {
  const cannot = 'Cannot multiply and add pairs along "k": ';
  const dot = (nest: Nest) => vectorize(nest, "j", { dot: "k" });
  const transposed = products({ a: ["k", "i"], b: ["j", "k"] }, 2);
  refused(() => dot(transposed), `${cannot}its pairs are not side by side in "A"; pack it`);
  const cut = products({ a: ["i", "k"], b: ["j", "k"] }, 1);
  refused(
    () => dot(reorder(tile(cut, { k: 2 }), ["tk", "i", "j", "k"])),
    `${cannot}the last group of "B" is not full; pack it, which fills it up with zeros`,
  );
  const padded = products({ a: ["i", "k"], b: ["j", "k"], before: 1 }, 2);
  refused(() => dot(padded), `${cannot}"A" is padded; pack it`);
  refused(
    () => dot(pack(matmul({ m: 4, k: 2, n: 8 }), "B")),
    `${cannot}its sums must be i32, and are f32`,
  );
});

function products(
  { a, b, before = 0 }: { a: readonly string[]; b: readonly string[]; before?: number },
  depth: number,
): Nest {
  const size: Record<string, number> = { i: 3, j: 8, k: 2 };
  const read = (tensor: string, axes: readonly string[], outside?: number) =>
    ({
      kind: "read",
      access: {
        tensor,
        index: axes.map((axis) => affine(axis, tensor === "A" && axis === "i" ? -before : 0)),
        ...(outside !== undefined && { outside }),
      },
    }) as const;
  return defineNest({
    name: "products",
    extents: { i: 3, j: 8, k: depth },
    tensors: [
      { name: "A", dtype: "i8", shape: a.map((axis) => size[axis]), role: "input" },
      { name: "B", dtype: "i8", shape: b.map((axis) => size[axis]), role: "input" },
      { name: "C", dtype: "i32", shape: [3, 8], role: "output" },
    ],
    body: {
      target: { tensor: "C", index: [affine("i"), affine("j")] },
      update: "add",
      value: {
        kind: "binary",
        op: "mul",
        left: read("A", a, before > 0 ? 0 : undefined),
        right: read("B", b),
      },
    },
  });
}

function refused(run: () => unknown, message: string): void {
  assertThrows(run, ScheduleError, message);
}
