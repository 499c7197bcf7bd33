import { compile, matmul, parallel, reorder, vectorize, wat } from "tinyloom";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { blis, dotProducts } from "./presets.ts";

Deno.test("the text of a small kernel", async () => {
  const nest = vectorize(reorder(matmul({ m: 1, k: 2, n: 4 }), ["i", "k", "j"]), "j");
  const text = await wat(nest);
  assertStringIncludes(text, `(import "kernel" "memory" (memory (;0;) 1 1))`);
  assertStringIncludes(text, `(export "run" (func 0))`);
  assertEquals(instructions(text, /^(f32x4|v128|loop|br_if)/), [
    "loop",
    "v128.load",
    "v128.load32_splat",
    "v128.load",
    "f32x4.mul",
    "f32x4.add",
    "v128.store",
    "br_if",
  ]);
});

Deno.test("fused multiply and add only where it is asked for", async () => {
  const nest = vectorize(reorder(matmul({ m: 4, k: 4, n: 8 }), ["i", "k", "j"]), "j");
  const plain = await wat(nest);
  const fused = await wat(nest, { fma: true });
  assertMatch(plain, /f32x4\.mul/);
  assert(!plain.includes("relaxed"));
  assertMatch(fused, /f32x4\.relaxed_madd/);
  assert(!fused.includes("f32x4.mul"));
});

Deno.test("threads share the memory, and meet where all packed together", async () => {
  const nest = matmul({ m: 32, k: 32, n: 32 });
  const blocks = { mc: 8, kc: 16, nc: 16, mr: 2, nr: 8 };
  const text = await wat(blis(nest, blocks), { threads: 2 });
  assertMatch(text, /memory \(;0;\) \d+ \d+ shared/);
  assertMatch(text, /memory\.atomic\.wait32/);
  assert(!(await wat(blis(nest, blocks))).includes("atomic"));
  assert(!(await wat(parallel(nest, "i"), { threads: 2 })).includes("atomic"));
});

Deno.test("pairs of int8 take one instruction", async () => {
  const nest = matmul({ m: 8, k: 16, n: 16, dtype: "i8" });
  const text = await wat(dotProducts(nest, { mc: 8, kc: 16, nc: 16, mr: 2, nr: 8 }));
  // A block of 2 x 8 has four accumulators; one iteration may be peeled off the loop.
  const dots = instructions(text, /dot_i16x8_s/).length;
  assertEquals(dots % 4, 0);
  assert(dots > 0);
});

Deno.test("compiling twice gives the same bytes", () => {
  const make = () => blis(matmul({ m: 17, k: 31, n: 13 }), { mc: 8, kc: 16, nc: 16, mr: 2, nr: 8 });
  assertEquals(compile(make()).wasm, compile(make()).wasm);
});

function instructions(text: string, kind: RegExp): string[] {
  return text.split("\n").map((line) => line.trim().split(" ")[0]).filter((name) =>
    kind.test(name)
  );
}
