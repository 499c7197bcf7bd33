// Native code against the other back ends: the same bits from the same steps.
import fc from "fast-check";
import {
  applySteps,
  compile,
  compileNative,
  CompilerError,
  convVariants,
  execute,
  findCompiler,
  matmul,
  type NativeKernel,
  nativeMatmul,
  type Nest,
  pack,
  parallel,
  randomInputs,
  reorder,
  ScheduleError,
  type Step,
  toC,
  toJavaScript,
  vectorize,
} from "tinyloom";
import { clearOutputs } from "../../lib/codegen/execute.ts";
import { type TensorData, zeros } from "../../lib/nest/dtype.ts";
import { elementsOf, plainNest } from "../../lib/nest/define_nest.ts";
import { meaningOf } from "../../lib/nest/pipeline.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { randomInputs as randomData } from "../codegen/random_data.ts";
import { randomNest } from "../codegen/random_nest.ts";
import { randomChoices, schedule } from "../codegen/random_schedule.ts";
import { hasCommand } from "../deploy/c_programs.ts";

const ignore = !hasCommand("cc");
const cache = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(cache, { recursive: true }));

Deno.test({
  name:
    "random schedules, with vectors of any size, give the bits that JavaScript gives (needs cc)",
  ignore,
  fn: async () => {
    // Quickly compiled, still with vectors.
    const target = await findCompiler({ flags: ["-O1", "-march=native"] });
    const wide = fc.tuple(randomNest, randomChoices, fc.nat(), fc.constantFrom(2, 4, 8, 16, 32))
      .map(([plain, choices, seed, lanes]) => (
        { nest: withLanes(schedule(plain, choices).nest, lanes), seed }
      )).filter(({ nest }) =>
        nest.loops.some(({ mode }) => mode === "vector" || mode === "parallel")
      );
    let vectors = 0;
    await fc.assert(
      fc.asyncProperty(wide, async ({ nest, seed }) => {
        if (nest.loops.some((loop) => loop.lanes !== undefined)) vectors++;
        const inputs = randomData(nest, seed);
        for (const threads of [1, 2]) {
          using kernel = await compileNative(nest, { target, threads, cache });
          if (kernel.threads !== threads) continue;
          fill(kernel.tensors, inputs);
          kernel.run();
          const output = nest.body.target.tensor;
          assertEquals(kernel.tensors[output], inJavaScript(nest, inputs), toC(nest));
        }
      }),
      { seed: 5, numRuns: 40 },
    );
    assert(vectors > 8, `${vectors} with vectors`);
  },
});

Deno.test({
  name: "pipelines give the bits that WebAssembly gives, prepared ahead of time (needs cc)",
  ignore,
  fn: async () => {
    const sizes = { height: 6, width: 7, inChannels: 5, outChannels: 9, kernel: [3, 3] } as const;
    for (const computation of Object.values(convVariants(sizes))) {
      if (!("nodes" in computation)) continue;
      const inputs = randomInputs(meaningOf(computation), { seed: 4 });
      using kernel = await compileNative(computation, { cache });
      fill(kernel.tensors, inputs);
      kernel.prepare();
      kernel.run();
      for (const [name, expected] of Object.entries(execute(computation, inputs))) {
        assertEquals(kernel.tensors[name], expected, name);
      }
    }
  },
});

Deno.test({
  name:
    "products of int8, in fours of uint8 and int8 with lines asked for ahead, are exact on threads too (needs cc)",
  ignore,
  fn: async () => {
    const { vectorBytes, vectorRegisters } = await findCompiler();
    for (const [m, k, n] of [[29, 70, 65], [5, 1030, 33], [1, 3, 1]]) {
      const inputs = randomInputs(matmul({ m, k, n, dtype: "i8" }), { seed: 6 });
      inputs.A.fill(-128, 0, 2);
      inputs.B.fill(-128, 0, 2);
      for (const [threads, lanes] of [[1, vectorBytes], [2, vectorBytes], [2, 16]] as const) {
        const nest = nativeMatmul({
          ...{ m, k, n, dtype: "i8", threads, vectorRegisters },
          ...{ vectorBytes: lanes, cacheBytes: 2 ** 15 },
        });
        using kernel = await compileNative(nest, { threads, cache });
        fill(kernel.tensors, inputs);
        kernel.run();
        assertEquals(kernel.tensors.C, Int32Array.from(inJavaScript(nest, inputs)));
        assertMatch(kernel.source, /dot4_i32x/);
        const expected = execute(matmul({ m, k, n, dtype: "i8" }), inputs).C;
        assertEquals(kernel.tensors.C, expected);
      }
    }
  },
});

Deno.test({
  name:
    "threads go on from run to run, for all kernels of a library, until the last is disposed (needs cc)",
  ignore,
  fn: async () => {
    const nest = parallel(matmul({ m: 9, k: 4, n: 5 }), "i");
    const inputs = randomInputs(nest, { seed: 2 });
    const expected = execute(nest, inputs).C;
    const check = ({ tensors, run }: NativeKernel) => {
      tensors.C.fill(0);
      run();
      assertEquals(tensors.C, expected);
    };
    const opened = async () => {
      const kernel = await compileNative(nest, { threads: 3, cache });
      fill(kernel.tensors, inputs);
      return kernel;
    };
    const [first, second] = [await opened(), await opened()];
    for (let turn = 0; turn < 50; turn++) [first, second].forEach(check);
    // Long enough that they sleep.
    await new Promise((resolve) => setTimeout(resolve, 30));
    check(second);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    check(second);
    second[Symbol.dispose]();
    using again = await opened();
    check(again);
  },
});

Deno.test({
  name: "a library is compiled once for a source, and again for other flags (needs cc)",
  ignore,
  fn: async () => {
    const own = Deno.makeTempDirSync();
    try {
      const nest = matmul({ m: 3, k: 5, n: 7 });
      const cached = async (fma: boolean) => {
        using kernel = await compileNative(nest, { cache: own, fma });
        return kernel.wasCached;
      };
      assertEquals([await cached(false), await cached(false), await cached(true)], [
        false,
        true,
        false,
      ]);
      assertEquals([...Deno.readDirSync(own)].map(({ name }) => /\.so$/.test(name)), [true, true]);
    } finally {
      Deno.removeSync(own, { recursive: true });
    }
  },
});

Deno.test({
  name: "a kernel that was disposed of refuses to run (needs cc)",
  ignore,
  fn: async () => {
    const kernel = await compileNative(matmul({ m: 1, k: 1, n: 1 }), { cache });
    kernel[Symbol.dispose]();
    kernel[Symbol.dispose]();
    assertThrows(() => kernel.run(), TypeError, "disposed");
  },
});

Deno.test("without a compiler the error says what was looked for", async () => {
  await assertRejects(
    () => findCompiler({ cc: "no-such-compiler" }),
    CompilerError,
    "no-such-compiler cannot be run",
  );
});

Deno.test({
  name: "flags that the compiler does not know are refused by name (needs cc)",
  ignore,
  fn: async () => {
    await assertRejects(
      () => findCompiler({ flags: ["-fno-such-flag"] }),
      CompilerError,
      "-fno-such-flag",
    );
  },
});

Deno.test("vectors that WebAssembly does not have are for C alone", () => {
  const nest = vectorize(reorder(matmul({ m: 4, k: 4, n: 32 }), ["i", "k", "j"]), "j", {
    lanes: 16,
  });
  assertThrows(() => compile(nest), ScheduleError, "512 bits");
  assertThrows(() => compile(pack(nest, "B")), ScheduleError, "512 bits");
  assertMatch(toC(nest), /f32x16/);
  assertEquals(applySteps(plainNest(nest), nest.steps), nest);
  assertThrows(() => vectorize(matmul({ m: 4, k: 4, n: 4 }), "j", { lanes: 3 }), RangeError, "3");
});

/** The same schedule with other vectors, where it has any and is legal with them. */
function withLanes(nest: Nest, lanes: number): Nest {
  const isDot = nest.steps.some((step) => step.op === "vectorize" && step.dot !== undefined);
  const steps = nest.steps.map((step): Step =>
    step.op === "vectorize" ? { ...step, lanes: isDot && lanes < 4 ? 4 : lanes } : step
  );
  try {
    return applySteps(plainNest(nest), steps);
  } catch (error) {
    if (error instanceof ScheduleError) return nest;
    throw error;
  }
}

function fill(
  tensors: Readonly<Record<string, TensorData>>,
  inputs: Readonly<Record<string, TensorData>>,
): void {
  for (const [name, data] of Object.entries(inputs)) tensors[name].set(data);
}

function inJavaScript(nest: Nest, inputs: Readonly<Record<string, TensorData>>): TensorData {
  const tensors = Object.fromEntries(
    nest.tensors.map((tensor) => [
      tensor.name,
      inputs[tensor.name]?.slice() ?? zeros(tensor.dtype, elementsOf(tensor)),
    ]),
  );
  clearOutputs(nest, tensors);
  new Function(`return ${toJavaScript(nest)}`)()(...nest.tensors.map(({ name }) => tensors[name]));
  return tensors[nest.body.target.tensor];
}
