import fc from "fast-check";
import {
  affine,
  applySteps,
  bestMatmul,
  convVariants,
  count,
  defineNest,
  footprint,
  matmul,
  matmulVariants,
  pack,
  reorder,
  tile,
  unroll,
  vectorize,
} from "tinyloom";
import { assertEquals, assertGreater } from "../assert.ts";
import { dotProducts, techniques } from "../codegen/presets.ts";
import { randomNest } from "../codegen/random_nest.ts";
import { randomChoices, schedule } from "../codegen/random_schedule.ts";
import { provenCounts } from "./executed_nest.ts";

const sizes = { m: 8, k: 12, n: 16 };

for (const [technique, make] of Object.entries(techniques)) {
  Deno.test(`counts of "${technique}" are what its WebAssembly executes`, () => {
    provenCounts(make(sizes));
    provenCounts(make({ m: 23, k: 101, n: 43 }));
  });
}

for (const dtype of ["f32", "i8"] as const) {
  Deno.test(`counts of all variants of a product of ${dtype} are what they execute`, () => {
    for (const size of [sizes, { m: 23, k: 101, n: 43 }, { m: 1, k: 40, n: 65 }]) {
      Object.values(matmulVariants({ ...size, dtype })).forEach(
        provenCounts,
      );
    }
  });
}

Deno.test("the last vectors of rows that nothing divides are stored in parts", () => {
  assertEquals(provenCounts(bestMatmul({ m: 23, k: 101, n: 43 })).stores, 1488);
});

for (const dtype of ["f32", "i8"] as const) {
  Deno.test(`counts of all variants of a convolution of ${dtype} are what they execute`, () => {
    const shapes = [
      { height: 9, width: 7, inChannels: 5, outChannels: 6, kernel: [3, 3], padding: "same" },
      { height: 8, width: 8, inChannels: 16, outChannels: 8, kernel: [3, 3], stride: 2 },
      { height: 6, width: 7, inChannels: 9, outChannels: 5, kernel: [1, 1] },
      {
        height: 7,
        width: 9,
        inChannels: 10,
        outChannels: 10,
        kernel: [3, 3],
        padding: "same",
        depthwise: true,
      },
    ] as const;
    for (const shape of shapes) {
      for (const variant of Object.values(convVariants({ ...shape, dtype }))) {
        if (variant !== null) provenCounts(variant);
      }
    }
  });
}

Deno.test("counts of random schedules are what they execute, padding or not", () => {
  let padded = 0;
  fc.assert(
    fc.property(randomNest, randomChoices, (plain, choices) => {
      provenCounts(schedule(plain, choices).nest);
      if (JSON.stringify(plain.body).includes("outside")) padded++;
    }),
    { seed: 30, numRuns: 400 },
  );
  assertGreater(padded, 50);
});

Deno.test("MACs are the product of extents for every schedule, which survives JSON", () => {
  fc.assert(
    fc.property(randomNest, randomChoices, (plain, choices) => {
      const { nest } = schedule(plain, choices);
      const points = plain.axes.reduce((product, { extent }) => product * extent, 1);
      assertEquals(count(nest).macs, points);
      assertEquals(applySteps(plain, JSON.parse(JSON.stringify(nest.steps))), nest);
    }),
    { seed: 31, numRuns: 300 },
  );
});

Deno.test("zeros that fill a last pair are no MACs", () => {
  const nest = matmul({ m: 4, k: 7, n: 8, dtype: "i8" });
  assertEquals(
    count(dotProducts(nest, { mc: 4, kc: 8, nc: 8, mr: 2, nr: 4 })).macs,
    4 * 7 * 8,
  );
});

Deno.test("counts of a plain product by hand", () => {
  const counts = count(matmul({ m: 2, k: 3, n: 4 }));
  assertEquals(
    {
      ...counts,
      codeBytes: 0,
      addressUpdates: 0,
      instructions: { ...counts.instructions, "i32.add": 0 },
      innermost: { ...counts.innermost, addressUpdates: 0 },
    },
    {
      macs: 24,
      loads: 3 * 24,
      stores: 24,
      loadedBytes: 3 * 24 * 4,
      storedBytes: 24 * 4,
      // Of the outermost loop, which a warm-up call cuts short, it is not known that it runs.
      loopTests: 1 + 2 + 2 * 4 + 24,
      addressUpdates: 0,
      arithmetic: 2 * 24,
      packedElements: 0,
      instructions: {
        "f32.load": 3 * 24,
        "f32.mul": 24,
        "f32.add": 24,
        "f32.store": 24,
        "i32.add": 0,
        // Loops count down, the outermost one after a comparison with what it is limited to.
        "i32.sub": 2 + 2 * 4 + 24,
        "i32.gt_s": 1 + 2,
        "i32.lt_s": 1,
        "select": 1,
      },
      innermost: {
        loopTests: 24,
        addressUpdates: 0,
        bodyInstructions: 3 + 1 + 2,
        strides: { C: 0, A: 1, B: 4 },
      },
      codeBytes: 0,
    },
  );
});

Deno.test("a vector counts as one load, one store and one operation", () => {
  const nest = reorder(matmul({ m: 8, k: 8, n: 16 }), ["k", "i", "j"]);
  const [scalar, vector] = [count(nest), count(vectorize(nest, "j"))];
  assertEquals(vector.stores, scalar.stores / 4);
  assertEquals(vector.storedBytes, scalar.storedBytes);
  assertEquals(vector.arithmetic, scalar.arithmetic / 4);
});

Deno.test("packed elements are those of the copies, each time they are made", () => {
  const nest = tile(matmul({ m: 4, k: 6, n: 10 }), { k: 3 });
  assertEquals(count(pack(nest, "B")).packedElements, 6 * 10);
  assertEquals(count(pack(nest, "A", { at: "tk" })).packedElements, 4 * 6);
  assertEquals(count(pack(nest, "B", { at: "i" })).packedElements, 4 * 6 * 10);
});

Deno.test("a footprint is what one run of a loop touches", () => {
  const nest = tile(reorder(matmul({ m: 8, k: 100, n: 64 }), ["i", "k", "j"]), { j: 16 });
  const elements = Object.fromEntries(
    footprint(nest).map((row) => [`${row.loop} ${row.tensor}`, row.elements]),
  );
  assertEquals(elements, {
    "tj A": 800,
    "tj B": 6400,
    "tj C": 512,
    "i A": 800,
    "i B": 1600,
    "i C": 128,
    "k A": 100,
    "k B": 1600,
    "k C": 16,
    "j A": 1,
    "j B": 16,
    "j C": 16,
  });
});

Deno.test("overlapping reads count once in a footprint", () => {
  const smooth = defineNest({
    name: "smooth",
    extents: { x: 8, kx: 3 },
    tensors: [
      { name: "I", dtype: "f32", shape: [8], role: "input" },
      { name: "O", dtype: "f32", shape: [8], role: "output" },
    ],
    body: {
      target: { tensor: "O", index: [affine("x")] },
      update: "add",
      value: {
        kind: "read",
        access: { tensor: "I", index: [affine({ x: 1, kx: 1 }, -1)], outside: 0 },
      },
    },
  });
  const rows = footprint(smooth).filter(({ tensor }) => tensor === "I");
  assertEquals(rows.map(({ loop, elements }) => [loop, elements]), [["x", 8], ["kx", 2]]);
});

Deno.test("elements that several accesses reach, or one on a diagonal, count once and inside alone", () => {
  const read = (tensor: string, index: readonly ReturnType<typeof affine>[], outside?: number) =>
    ({
      kind: "read",
      access: { tensor, index, ...outside !== undefined && { outside } },
    }) as const;
  const pair = defineNest({
    name: "pair",
    extents: { x: 8, c: 3 },
    tensors: [
      { name: "I", dtype: "i8", shape: [9, 3], role: "input" },
      { name: "D", dtype: "f64", shape: [6, 6], role: "input" },
      { name: "N", dtype: "f32", shape: [5], role: "input" },
      { name: "O", dtype: "f64", shape: [8, 3], role: "output" },
    ],
    body: {
      target: { tensor: "O", index: [affine("x"), affine("c")] },
      update: "set",
      value: {
        kind: "binary",
        op: "add",
        left: read("D", [affine("x", -1), affine("x", -1)], 0),
        right: {
          kind: "binary",
          op: "sub",
          left: read("I", [affine("x"), affine("c")]),
          right: read("I", [affine("x", 1), affine("c")]),
        },
      },
    },
  });
  const rows = (nest: typeof pair) =>
    footprint(nest).map(({ loop, tensor, elements, bytes }) => [loop, tensor, elements, bytes]);
  // The diagonal lies inside from 0 to 5; a loop is looked at from its beginning.
  assertEquals(rows(pair), [
    ["x", "I", 27, 27],
    ["x", "D", 6, 48],
    ["x", "N", 0, 0],
    ["x", "O", 24, 192],
    ["c", "I", 6, 6],
    ["c", "D", 0, 0],
    ["c", "N", 0, 0],
    ["c", "O", 3, 24],
  ]);
  const [, , , , inner] = rows(reorder(tile(pair, { x: 4 }), ["tx", "c", "x"]));
  assertEquals(inner, ["c", "I", 15, 15]);
});

Deno.test("counting leaves the nest as it is", () => {
  const nest = unroll(matmul({ m: 4, k: 4, n: 4 }), "k", 2);
  const before = JSON.stringify(nest);
  count(nest);
  assertEquals(JSON.stringify(nest), before);
});
