// What C says for vectors of one instruction set is what it says for all others.
import {
  affine,
  bestMatmul,
  compileNative,
  CompilerError,
  defineNest,
  findCompiler,
  interpret,
  type NativeTarget,
  type Nest,
  type NestDtype,
  randomInputs,
  reorder,
  vectorize,
} from "tinyloom";
import { assertEquals, assertMatch } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";

const ignore = !hasCommand("cc");

/** Flags of instruction sets, and the lanes to try each with. */
const sets = [
  [["-O1"], [4, 8, 16]],
  [["-O1", "-msse4.1"], [4]],
  [["-O1", "-mavx2"], [4, 8]],
  [["-O1", "-march=native"], [4, 8, 16]],
] as const;

for (const [flags, lanes] of sets) {
  Deno.test({
    name: `integers of one, two and four bytes become int32, by ${flags.join(" ")} (needs cc)`,
    ignore,
    fn: async () => {
      const target = await targetWith(flags);
      for (const dtype of target === null ? [] : ["i8", "u8", "i16"] as const) {
        // 21 elements: whole vectors, and the first lanes of one.
        for (const each of lanes) {
          await check(vectorize(sums(dtype), "i", { lanes: each }), target!);
        }
      }
    },
  });
}

Deno.test({
  name: "a block of int8 that does not fill its vectors is exact by any instruction set (needs cc)",
  ignore,
  fn: async () => {
    const nest = bestMatmul({ m: 4, k: 9, n: 15, dtype: "i8" });
    for (const [flags] of sets) {
      const target = await targetWith(flags);
      if (target !== null) await check(nest, target);
    }
  },
});

Deno.test({
  name: "GCC is told one instruction for what it would do element by element (needs cc)",
  ignore,
  fn: async () => {
    const nest = vectorize(sums("i8"), "i", { lanes: 16 });
    using kernel = await compileNative(nest);
    assertMatch(kernel.source, /_mm512_cvtepi8_epi32\(\(__m128i\)v\)/);
    assertMatch(kernel.source, /convertvector\(__builtin_convertvector\(v, i16x16\), i32x16\)/);
    assertMatch(kernel.source, /_mm512_maskz_loadu_epi8\(\(\(\(__mmask64\)1 << n/);
  },
});

/** The compiler with these flags; null: it is for another processor. */
async function targetWith(flags: readonly string[]): Promise<NativeTarget | null> {
  try {
    return await findCompiler({ flags });
  } catch (error) {
    if (error instanceof CompilerError) return null;
    throw error;
  }
}

async function check(nest: Nest, target: NativeTarget): Promise<void> {
  const inputs = randomInputs(nest, { seed: 3 });
  using kernel = await compileNative(nest, { target });
  for (const [name, data] of Object.entries(inputs)) kernel.tensors[name].set(data as Int8Array);
  kernel.prepare();
  kernel.run();
  const { name } = nest.tensors.find(({ role }) => role === "output")!;
  assertEquals(
    [...kernel.tensors[name]],
    [...interpret(nest, inputs)[name]],
    target.flags.join(" "),
  );
}

function sums(dtype: NestDtype): Nest {
  const nest = defineNest({
    name: "sums",
    extents: { k: 3, i: 21 },
    tensors: [
      { name: "X", dtype, shape: [3, 21], role: "input" },
      { name: "Y", dtype: "i32", shape: [21], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update: "add",
      value: { kind: "read", access: { tensor: "X", index: [affine("k"), affine("i")] } },
    },
  });
  return reorder(nest, ["k", "i"]);
}
