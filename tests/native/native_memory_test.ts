// Where native code finds its memory, and what is known of compilers, whatever this machine's is.
import {
  compileNative,
  CompilerError,
  execute,
  findCompiler,
  matmul,
  type NativeKernel,
  pack,
  parallel,
  randomInputs,
  tile,
} from "tinyloom";
import { nativeText } from "../../lib/native/native_text.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";

const ignore = !hasCommand("cc");

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Whether this Linux knows large pages that are asked for. */
function takesAdvice(): boolean {
  try {
    Deno.statSync("/sys/kernel/mm/transparent_hugepage/enabled");
    return true;
  } catch {
    return false;
  }
}

/** Addresses of the tensors, from the kernel's own memory on. */
function addressesOf({ tensors }: NativeKernel): readonly number[] {
  return Object.values(tensors).map((tensor) =>
    Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(tensor as Float32Array<ArrayBuffer>)))
  );
}

Deno.test({
  name:
    "tensors begin on cache lines, large ones together on a large page, and none overlaps (needs cc)",
  ignore,
  fn: () =>
    inFolder(async (cache) => {
      for (const [size, aligned] of [[5, 64], [200, 64], [512, 2 ** 21]] as const) {
        const nest = matmul({ m: size, k: size, n: size });
        using kernel = await compileNative(nest, { cache });
        const addresses = addressesOf(kernel);
        for (const address of addresses) assertEquals(address % 64, 0, `${size}`);
        assertEquals(Math.min(...addresses) % aligned, 0, `${size}`);
        assertEquals(kernel.memory.alignmentBytes, aligned);
        const apart = 3 * size * size * 4;
        assert(kernel.memory.sizeBytes > apart && kernel.memory.sizeBytes < apart + 3 * 128);
        // Only large memory asks for it, and only Linux has it; a system without says no.
        if (aligned === 64 || Deno.build.os !== "linux") assert(!kernel.memory.hugePages);
        else assertEquals(kernel.memory.hugePages, takesAdvice());
        const bytes = size * size * 4;
        const sorted = addresses.toSorted((a, b) => a - b);
        sorted.slice(1).forEach((address, i) => {
          const gap = address - sorted[i];
          // A line between two of them, so that what is written beside one does not reach the next.
          assert(gap >= bytes + 64 - bytes % 64 && gap < bytes + 192, `${size}: ${gap}`);
        });
        const inputs = randomInputs(nest, { seed: 1 });
        for (const [name, data] of Object.entries(inputs)) kernel.tensors[name].set(data);
        assertEquals(kernel.tensors.C.every((value) => value === 0), true);
        if (size > 200) continue;
        kernel.run();
        const right = execute(nest, inputs).C;
        kernel.tensors.C.forEach((value, i) => assert(Math.abs(value - right[i]) < 1e-3));
      }
    }),
});

Deno.test("copies of threads lie on lines of their own", () => {
  const tiled = tile(matmul({ m: 8, k: 6, n: 10 }), { i: 4 });
  const packed = pack(parallel(tiled, "ti"), "B", { at: "i" });
  const sizes = (threads: number) =>
    nativeText(packed, threads).memory
      .filter(({ buffer }) => buffer.perThread).map(({ sizeBytes }) => sizeBytes);
  const [alone] = sizes(1);
  assert(alone % 64 !== 0, `${alone} shows nothing`);
  assertEquals(sizes(1), [6 * 10 * 4]);
  assertEquals(sizes(2), [2 * 256]);
  assertEquals(sizes(5), [5 * 256]);
  const tensors = nativeText(packed, 5).memory.filter(({ buffer }) => !buffer.perThread);
  assertEquals(tensors.map(({ sizeBytes }) => sizeBytes), [8 * 6 * 4, 6 * 10 * 4, 8 * 10 * 4]);
});

Deno.test({
  name: "threads are counted from 1 to 64, and there is one without a parallel loop (needs cc)",
  ignore,
  fn: () =>
    inFolder(async (cache) => {
      const nest = matmul({ m: 4, k: 2, n: 2 });
      for (const threads of [0, 65, 1.5, -1, NaN]) {
        await assertRejects(
          () => compileNative(nest, { cache, threads }),
          RangeError,
          `threads must be an integer from 1 to 64, found ${threads}`,
        );
      }
      using single = await compileNative(nest, { cache, threads: 64 });
      assertEquals(single.threads, 1);
      using team = await compileNative(parallel(nest, "i"), { cache, threads: 64 });
      assertEquals(team.threads, 64);
      team.tensors.A.fill(1);
      team.tensors.B.fill(2);
      team.run();
      assertEquals([...team.tensors.C], Array(8).fill(4));
    }),
});

Deno.test({
  name: "a kernel that was disposed of neither runs nor prepares (needs cc)",
  ignore,
  fn: () =>
    inFolder(async (cache) => {
      const kernel = await compileNative(matmul({ m: 1, k: 1, n: 1 }), { cache });
      kernel.prepare();
      kernel[Symbol.dispose]();
      for (const act of [kernel.run, kernel.prepare]) assertThrows(act, TypeError, "disposed of");
    }),
});

/** A command that says what a compiler would say that defines these macros. */
async function compilerWith(folder: string, macros: readonly string[]): Promise<string> {
  const path = `${folder}/cc_${macros.join("_") || "plain"}`;
  const lines = macros.map((name) => `echo "#define ${name} 1"`);
  await Deno.writeTextFile(
    path,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo "made up 1.0"; echo more; exit; fi\n` +
      `echo "#define NOT__AVX__ 1"\n${lines.join("\n")}\n`,
  );
  await Deno.chmod(path, 0o755);
  return path;
}

Deno.test({
  name: "the width of vectors, their number and dot products follow from what the compiler defines",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const wide = "__AVX__ __AVX512F__ __AVX512VNNI__";
      const cases: readonly (readonly [string, number, number, boolean, string])[] = [
        ["", 16, 16, false, "scalar"],
        ["__SSE2__", 16, 16, false, "SSE2"],
        ["__AVX__", 32, 16, false, "AVX"],
        ["__AVX__ __AVXVNNI__", 32, 16, true, "AVX2 VNNI"],
        ["__AVX__ __AVX512F__", 64, 32, false, "AVX-512"],
        [wide, 64, 32, true, "AVX-512 VNNI"],
        // GCC's word for tiles of int8, and that of older Clangs.
        [`${wide} __AMX_INT8__`, 64, 32, true, "AVX-512 VNNI"],
        [`${wide} __AMXINT8__`, 64, 32, true, "AVX-512 VNNI"],
        ["__aarch64__ __ARM_NEON", 16, 32, false, "NEON"],
        ["__aarch64__ __ARM_NEON __ARM_FEATURE_MATMUL_INT8", 16, 32, true, "NEON i8mm"],
      ];
      for (const [macros, vectorBytes, vectorRegisters, hasDot4, instructionSet] of cases) {
        const cc = await compilerWith(folder, macros.split(" ").filter((name) => name !== ""));
        const target = await findCompiler({ cc });
        assertEquals(
          [target.vectorBytes, target.vectorRegisters, target.hasDot4],
          [vectorBytes, vectorRegisters, hasDot4],
          macros,
        );
        assertEquals(target.instructionSet, instructionSet);
        assertEquals(target.hasTiles, macros.includes("AMX"));
        assertEquals([target.cc, target.version, target.flags], [cc, "made up 1.0", [
          "-O3",
          "-march=native",
        ]]);
      }
    }),
});

Deno.test({
  name: "a compiler that fails is named with what it says, and leaves nothing behind",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const cc = `${folder}/fails`;
      const version = `if [ "$1" = --version ]; then echo "made up"; exit; fi\n`;
      const macros = `for each; do [ "$each" = -dM ] && exit 0; done\n`;
      await Deno.writeTextFile(
        cc,
        `#!/bin/sh\n${version}${macros}echo "no such thing" >&2\nexit 1\n`,
      );
      await Deno.chmod(cc, 0o755);
      const cache = `${folder}/libraries`;
      const target = await findCompiler({ cc });
      await assertRejects(
        () => compileNative(matmul({ m: 1, k: 1, n: 1 }), { target, cache }),
        CompilerError,
        `${cc} failed: no such thing`,
      );
      assertEquals([...Deno.readDirSync(cache)], []);
    }),
});

Deno.test({
  name:
    "without a folder one is made that is the user's alone, and one that is not is refused (needs cc)",
  ignore: ignore || Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const script = `${folder}/script.ts`;
      const door = new URL("../../lib/native/mod.ts", import.meta.url).href;
      const lab = new URL("../../lib/lab.ts", import.meta.url).href;
      await Deno.writeTextFile(
        script,
        `import { compileNative } from "${door}";
import { matmul } from "${lab}";
using kernel = await compileNative(matmul({ m: 1, k: 1, n: 1 })).catch((error) => ({
  wasCached: error.message,
  [Symbol.dispose]() {},
}));
console.log(kernel.wasCached);`,
      );
      const config = new URL("../../deno.json", import.meta.url).pathname;
      const run = async () => {
        const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--no-check", "--config", config, script],
          env: { TMPDIR: folder, NO_COLOR: "1" },
        }).output();
        return new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr);
      };
      assertEquals([await run(), await run()], ["false", "true"]);
      const [own] = [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory);
      assertEquals(own.name, `tinyloom_native_${Deno.uid() ?? 0}`);
      assertEquals(Deno.statSync(`${folder}/${own.name}`).mode! & 0o777, 0o700);
      await Deno.chmod(`${folder}/${own.name}`, 0o720);
      assert((await run()).includes("belongs to somebody else"));
    }),
});
