// One schedule by several back ends: each verified, with what made it in the record.
import {
  type BackendRow,
  benchBackends,
  benchModelBackends,
  chartBackends,
  CompilerError,
  convVariants,
  count,
  findCompiler,
  matmul,
  type ModelBackendRow,
  nativeMatmul,
  type NativeTarget,
  registerBlock,
  reorder,
  type Step,
  tableToRows,
  vectorize,
  zoo,
} from "tinyloom";
import { backendNames, chosenBackends } from "../../lib/native/backends.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";

const naive = matmul({ m: 9, k: 10, n: 37 });
const simd = vectorize(reorder(naive, ["i", "k", "j"]), "j");
const quick = { budgetMs: 20, settleMs: 0 };

Deno.test({
  name:
    "every back end gives the reference's numbers, and its record says what made them (needs cc)",
  ignore: !hasCommand("cc"),
  fn: async () => {
    const cache = Deno.makeTempDirSync();
    try {
      const table = await benchBackends({ naive, simd }, { ...quick, cache });
      const rows = tableToRows(table) as unknown as BackendRow[];
      assertEquals(rows.map(({ kernel, backend }) => `${kernel} ${backend}`).sort(), [
        ...["naive javascript", "naive native -O0", "naive native -O3", "naive native best"],
        ...["naive wasm", "simd javascript", "simd native -O0", "simd native -O3"],
        ...["simd native best", "simd wasm"],
      ]);
      assert(rows.every(({ verified, minNs }) => verified && minNs > 0));
      const rowOf = (kernel: string, backend: string) =>
        rows.find((row) => row.kernel === kernel && row.backend === backend)!;
      assertEquals(rowOf("simd", "wasm").lanes, 4);
      assertEquals(rowOf("simd", "native -O3").flags, "-O3");
      assert(rowOf("simd", "native best").lanes >= 4);
      assertEquals(rowOf("naive", "native best").lanes, 1);
      assertEquals(rowOf("naive", "wasm").compiler, null);
      assertEquals(rowOf("naive", "javascript").speedup, 1);
      assertEquals(new Set(rows.map(({ macs }) => macs)), new Set([count(naive).macs]));
      assert(table.schema.metadata.has("cpuModel"));
    } finally {
      Deno.removeSync(cache, { recursive: true });
    }
  },
});

Deno.test("back ends without a compiler need none; others say what is missing", async () => {
  const backends = ["javascript", "wasm"] as const;
  const table = await benchBackends({ naive }, { ...quick, backends });
  assertEquals(tableToRows(table).map(({ backend }) => backend).sort(), [...backends]);
  await assertRejects(
    () => benchBackends({ naive }, { ...quick, backends: ["native -O3"], cc: "no-such-compiler" }),
    CompilerError,
    "no-such-compiler",
  );
  await assertRejects(
    () => benchBackends({ naive }, { ...quick, backends: ["fortran" as "wasm"] }),
    RangeError,
    "javascript",
  );
});

Deno.test("WebAssembly is wide where V8 was started so, and nowhere else", async () => {
  const chosen = (flags: string | null, asked?: readonly ("wasm" | "wasm-wide")[]) =>
    chosenBackends(asked, { known: ["wasm", "wasm-wide"], flags });
  for (
    const wide of [
      "--experimental-wasm-revectorize",
      "--stack-size=4000,--experimental_wasm_revectorize",
    ]
  ) {
    assertEquals(await chosen(wide), ["wasm-wide"]);
    assertEquals(await chosen(wide, ["wasm-wide", "wasm-wide"]), ["wasm-wide"]);
    await assertRejects(() => chosen(wide, ["wasm"]), CompilerError, "makes all WebAssembly here");
  }
  for (const plain of ["", "--no-experimental-wasm-revectorize", null]) {
    assertEquals(await chosen(plain), ["wasm"]);
    await assertRejects(
      () => chosen(plain, ["wasm", "wasm-wide"]),
      CompilerError,
      "started with DENO_V8_FLAGS=--experimental-wasm-revectorize",
    );
  }
  await assertRejects(
    () => chosen(null, ["wasm-wide"]),
    CompilerError,
    "--allow-env=DENO_V8_FLAGS",
  );
  await assertRejects(() => chosen("", []), RangeError, "no backend, needed one of wasm");
});

Deno.test("without a compiler the usual back ends are those that need none", async () => {
  const options = { known: backendNames, cc: "no-such-compiler", flags: "" };
  assertEquals(await chosenBackends(undefined, options), ["javascript", "wasm"]);
  const usual = ["wasm", "native best"] as const;
  assertEquals(await chosenBackends(undefined, { ...options, usual }), ["wasm"]);
});

Deno.test({
  name:
    "layers of several stages run by WebAssembly and natively, JavaScript refuses them (needs cc)",
  ignore: !hasCommand("cc"),
  fn: async () => {
    const shape = { height: 5, width: 6, inChannels: 4, outChannels: 8, kernel: [3, 3] } as const;
    const { im2col, winograd2 } = convVariants(shape);
    const cache = Deno.makeTempDirSync();
    try {
      const backends = ["wasm", "native -O3"] as const;
      const variants = { im2col: im2col!, winograd2: winograd2! };
      const table = await benchBackends(variants, { ...quick, cache, backends });
      const rows = tableToRows(table) as unknown as BackendRow[];
      assertEquals(rows.map(({ kernel, backend }) => `${kernel} ${backend}`).sort(), [
        ...["im2col native -O3", "im2col wasm", "winograd2 native -O3", "winograd2 wasm"],
      ]);
      assert(rows.every(({ verified, lanes }) => verified && lanes === 4));
      await assertRejects(
        () => benchBackends({ im2col: im2col! }, { ...quick, backends: ["javascript"] }),
        RangeError,
        "several stages",
      );
    } finally {
      Deno.removeSync(cache, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "natively a block stays one of as many vectors, and a function is asked for each target (needs cc)",
  ignore: !hasCommand("cc"),
  fn: async () => {
    const cache = Deno.makeTempDirSync();
    try {
      const { vectorBytes } = await findCompiler();
      const factor = vectorBytes / 16;
      const block = vectorize(registerBlock(matmul({ m: 6, k: 5, n: 70 }), { i: 2, j: 8 }), "j");
      const small = vectorize(registerBlock(matmul({ m: 6, k: 5, n: 8 }), { i: 2, j: 8 }), "j");
      const layer = convVariants({
        ...{ height: 6, width: 26, inChannels: 3, outChannels: 40, kernel: [3, 3] },
      });
      const asked: (NativeTarget | null)[] = [];
      const best = (target: NativeTarget | null) => {
        asked.push(target);
        return target === null ? block : nativeMatmul({ m: 6, k: 5, n: 70, vectorBytes });
      };
      const { im2col, planes } = layer;
      const variants = { block, small, best, im2col: im2col!, planes: planes! };
      const backends = ["wasm", "native -O3", "native best"] as const;
      const table = await benchBackends(variants, { ...quick, cache, backends });
      const rows = tableToRows(table) as unknown as BackendRow[];
      assert(rows.every(({ verified }) => verified));
      const rowOf = (kernel: string, backend: string) =>
        rows.find((row) => row.kernel === kernel && row.backend === backend)!;
      const tileOf = (kernel: string, backend: string) =>
        JSON.parse(rowOf(kernel, backend).schedule).find(({ op }: Step) => op === "tile").sizes.j;
      assertEquals(rowOf("block", "native best").lanes, 4 * factor);
      assertEquals(tileOf("block", "native best"), 8 * factor);
      assertEquals([rowOf("block", "native -O3").lanes, tileOf("block", "native -O3")], [4, 8]);
      assertEquals(rowOf("small", "native best").lanes, Math.min(8, 4 * factor));
      assertEquals(rowOf("im2col", "native best").lanes, 4 * factor);
      assertEquals(rowOf("best", "native best").lanes, 4 * factor);
      assertEquals(asked.map((target) => target?.flags ?? null), [
        null,
        ["-O3"],
        ["-O3", "-march=native"],
      ]);
      assertEquals(tileOf("best", "wasm"), 8);
    } finally {
      Deno.removeSync(cache, { recursive: true });
    }
  },
});

Deno.test({
  name: "whole models have a row for each back end, with what made their code (needs cc)",
  ignore: !hasCommand("cc"),
  fn: async () => {
    const cache = Deno.makeTempDirSync();
    try {
      const models = { ad: zoo("mlperf-tiny-ad") };
      const table = await benchModelBackends(models, { ...quick, cache });
      const [wasm, native] = tableToRows(table) as unknown as ModelBackendRow[];
      assertEquals([wasm.model, wasm.backend, wasm.speedup], ["ad", "wasm", 1]);
      assertEquals([wasm.compiler, wasm.flags, wasm.vectorBytes], [null, null, 16]);
      assertEquals([native.model, native.backend], ["ad", "native best"]);
      assertEquals(native.speedup, wasm.minNs / native.minNs);
      assertEquals([native.flags, native.wasmBytes], ["-O3 -march=native", 0]);
      assert(native.vectorBytes >= 16 && native.compiler !== null);
      assertEquals([native.macs, native.arenaBytes], [wasm.macs, wasm.arenaBytes]);
      const drawn = JSON.stringify(chartBackends(table));
      for (const label of ["ad, wasm", "ad, native best", "models by each back end"]) {
        assert(drawn.includes(label), label);
      }
    } finally {
      Deno.removeSync(cache, { recursive: true });
    }
  },
});

Deno.test("models by a compiler that is not there, or in JavaScript, are refused", async () => {
  const models = { ad: zoo("mlperf-tiny-ad") };
  await assertRejects(
    () => benchModelBackends(models, { backends: ["native best"], cc: "no-such-compiler" }),
    CompilerError,
    "no-such-compiler",
  );
  await assertRejects(
    () => benchModelBackends(models, { backends: ["javascript" as "wasm"] }),
    RangeError,
    "needed one of wasm, wasm-wide, native -O0",
  );
});
