// Sums on matrix tiles: which schedules lie on them, and that they are the plain nest's everywhere.
import {
  applySteps,
  compileNative,
  execute,
  findCompiler,
  matmul,
  nativeMatmul,
  type Nest,
  randomInputs,
  type Step,
  toC,
} from "tinyloom";
import { nativeText } from "../../lib/native/native_text.ts";
import { libraryFlags, sharedLibrary } from "../../lib/native/shared_library.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";

const ignore = !hasCommand("cc");
const cache = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(cache, { recursive: true }));

const sizes = { m: 40, k: 200, n: 70, dtype: "i8" } as const;
const tiled = nativeMatmul({ ...sizes, tiles: true });

/** The shapes of tiles that a source has, each as rows x bytes: sums, then A, then B. */
const shapesIn = (nest: Nest) =>
  [...nativeText(nest, 1).source.matchAll(/tile_shapes shapes_(\w+) = /g)].map(([, name]) => name);

/** The same schedule with another step in place of each. */
const changed = (change: (step: Step) => Step | readonly Step[]) =>
  applySteps(matmul(sizes), tiled.steps.flatMap(change));

Deno.test("blocks of 32 by 32 sums lie on four tiles, what is left at the edges on smaller ones", () => {
  const whole = "16x64_16x64_16x64_16x64";
  const right = "16x24_16x24";
  assertEquals(shapesIn(tiled), [
    // 200 terms: three times 64, and 8 more, which are two fours.
    `${whole}_16x64_16x64_16x64_16x64`,
    `${whole}_16x8_16x8_2x64_2x64`,
    // Columns 64 to 69, rows 32 to 39, both.
    `${right}_16x64_16x64_16x24`,
    `${right}_16x8_16x8_2x24`,
    "8x64_8x64_8x64_16x64_16x64",
    "8x64_8x64_8x8_2x64_2x64",
    "8x24_8x64_16x24",
    "8x24_8x8_2x24",
  ]);
  const { source } = nativeText(tiled, 1);
  // A as it lies, rows of 200; B in fours, 32 columns a panel; sums in rows of 70.
  assertMatch(source, /_tile_loadd\(5, &A\[kp \+ 3200\], 200\);/);
  assertMatch(source, /_tile_loadd\(6, &Bp\[200 \* jr \+ 32 \* kp\], 128\);/);
  assertMatch(source, /_tile_stored\(3, &C\[jr \+ 1136\], 280\);/);
});

Deno.test("what does not lie as tiles need it is left to vectors, and so is a file of C", () => {
  assert(!toC(tiled).includes("tile"));
  const isLeft = (nest: Nest) => assertEquals(shapesIn(nest), []);
  isLeft(nativeMatmul({ ...sizes, vectorBytes: 64, vectorRegisters: 32 }));
  isLeft(changed((step) => step.op === "vectorize" ? { ...step, lanes: 8 } : step));
  // Three by two tiles of sums leave too few; three beside each other at the right edge do not.
  const tall: Step = { op: "tile", sizes: { i: 40 }, names: { i: "ir" } };
  assertEquals(
    shapesIn(changed((step) => step.op === "tile" && step.sizes.i ? tall : step)),
    ["16x24_16x24_8x24_16x64_16x64_8x64_16x24", "16x24_16x24_8x24_16x8_16x8_8x8_2x24"],
  );
  const unrolled: Step = { op: "unroll", axis: "kp", factor: 2 };
  isLeft(changed((step) => step.op === "accumulate" ? [unrolled, step] : step));
});

Deno.test({
  name: "products on tiles are exact at every edge, on threads, and without tiles too (needs cc)",
  ignore,
  fn: async () => {
    const target = await findCompiler({ flags: ["-O1", "-march=native"] });
    const flags = ["-O1", "-march=native", "-mno-amx-int8"];
    const without = target.hasTiles ? await findCompiler({ flags }) : target;
    assert(!without.hasTiles);
    for (
      const [m, k, n] of [[40, 200, 70], [33, 1032, 17], [1, 68, 5], [19, 4, 48], [19, 67, 33]]
    ) {
      const plain = matmul({ m, k, n, dtype: "i8" });
      const inputs = randomInputs(plain, { seed: 3 });
      inputs.A.fill(-128, 0, 5);
      inputs.B.fill(-128, 0, 5);
      const expected = execute(plain, inputs).C.map((sum) => 2 * sum);
      for (const [threads, compiler] of [[1, target], [2, target], [1, without]] as const) {
        const nest = nativeMatmul({
          m,
          k,
          n,
          dtype: "i8",
          threads,
          tiles: true,
          cacheBytes: 2 ** 15,
        });
        using kernel = await compileNative(nest, { target: compiler, threads, cache });
        kernel.tensors.A.set(inputs.A);
        kernel.tensors.B.set(inputs.B);
        kernel.run();
        kernel.run();
        assertEquals(kernel.tensors.C, expected, `${nest.shape}, ${threads} threads`);
        const names = [compiler.instructionSet, ...compiler.hasTiles ? ["AMX"] : []];
        assert(names.includes(kernel.instructionSet), kernel.instructionSet);
      }
    }
  },
});

Deno.test({
  name: "where the system gives no leave for tiles, vectors take the sums (needs cc)",
  ignore,
  fn: async () => {
    const target = await findCompiler({ flags: ["-O1", "-march=native"] });
    const { source, memory } = nativeText(tiled, 1);
    const refused = source.replace("0x1023, 18) == 0", "0x1023, 18) == 1");
    assert(refused !== source);
    const flags = libraryFlags(target, false);
    const { path } = await sharedLibrary(refused, { target, flags, cache });
    const library = Deno.dlopen(path, {
      run: { parameters: ["buffer"], result: "i32" },
      tiles: { parameters: [], result: "i32" },
    });
    assertEquals(library.symbols.tiles(), 0);
    const inputs = randomInputs(tiled, { seed: 2 });
    const buffers = memory.map(({ buffer, sizeBytes }) => {
      const bytes = new Uint8Array(sizeBytes);
      const given = inputs[buffer.name];
      if (given) bytes.set(new Uint8Array(given.buffer, given.byteOffset, given.byteLength));
      return bytes;
    });
    const addresses = buffers.map((each) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(each)));
    library.symbols.run(BigUint64Array.from(addresses, BigInt));
    const sums = buffers[memory.findIndex(({ buffer }) => buffer.name === "C")];
    library.close();
    assertEquals(new Int32Array(sums.buffer), execute(matmul(sizes), inputs).C);
  },
});
