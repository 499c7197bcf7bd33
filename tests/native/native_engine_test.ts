// Engines as native code: the same bits as WebAssembly and the reference, in the same plans.
import {
  createEngine,
  createNativeEngine,
  explain,
  findCompiler,
  type Model,
  type NativeTarget,
  type Plan,
  planMemory,
  profile,
  profileTotals,
  randomFrame,
  readModel,
  resetState,
  run,
  runReference,
  ScheduleError,
  zoo,
} from "tinyloom";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";
import { sharedModels } from "../model/shared_models.ts";

const ignore = !hasCommand("cc");
const cache = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(cache, { recursive: true }));

/** Quickly compiled, still with all the processor has; or as if it had less. */
const machine = () => findCompiler({ flags: ["-O0", "-march=native"] });
const flagsOf: Readonly<Record<string, readonly string[]>> = {
  "vectors of 32 bytes": ["-O0", "-mavx2", "-mfma", "-mavxvnni"],
  "vectors of 64 bytes without fours": ["-O0", "-mavx512f", "-mavx512bw", "-mavx512vl"],
  "vectors of 32 bytes without fours": ["-O0", "-mavx2", "-mfma"],
  "vectors of 16 bytes": ["-O0", "-msse4.1"],
};

Deno.test({
  name: "networks run natively bit for bit, whatever vectors the processor has (needs cc)",
  ignore,
  fn: async () => {
    const targets = [await machine()];
    for (const flags of Object.values(flagsOf)) {
      const target = await targetOr(flags);
      if (target !== null) targets.push(target);
    }
    targets.push(await findCompiler());
    for (const target of targets) await assertSame(zoo("mlperf-tiny-kws"), { target });
  },
});

Deno.test({
  name: "every plan runs natively: in place, over each other, patches, rolling rows (needs cc)",
  ignore,
  fn: async () => {
    const target = await machine();
    const model = zoo("mlperf-tiny-kws");
    for (
      const plan of [
        planMemory(model),
        planMemory(model, { fusion: "rolling", input: "external" }),
        planMemory(model, { fusion: "patch" }),
      ]
    ) {
      await assertSame(model, { target, plan });
    }
  },
});

// Larger ones take a compiler long.
const mostBytes = 100_000;

for (const { name, bytes } of sharedModels().filter(({ bytes }) => bytes.length < mostBytes)) {
  Deno.test({
    name: `${name} runs natively as it does in WebAssembly, its state from run to run (needs cc)`,
    ignore,
    fn: async () => await assertSame(readModel(bytes), { target: await machine() }),
  });
}

Deno.test({
  name:
    "convolutions take vectors as wide as the processor's, and a schedule may ask for others (needs cc)",
  ignore,
  fn: async () => {
    const target = await machine();
    const model = zoo("mlperf-tiny-kws");
    using engine = await createNativeEngine(model, { target, cache });
    if (target.vectorBytes < 64 || !target.hasDot4) return;
    const at = engine.layers.findIndex(({ kernel }) => kernel.startsWith("conv int8"));
    const { schedule } = engine.layers[at];
    assert(schedule.some((step) => step.op === "vectorize" && step.lanes === 16));
    const steps = schedule.map((step) => step.op === "vectorize" ? { ...step, lanes: 8 } : step);
    using other = await createNativeEngine(model, { target, cache, schedules: { [at]: steps } });
    assertEquals(other.layers[at].schedule, steps);
    const frame = randomFrame(model, { seed: 5 });
    assertEquals(run(other, frame), run(engine, frame));
    assertThrows(
      () => createEngine(model, { schedules: { [at]: steps } }),
      ScheduleError,
      "256 bits",
    );
  },
});

Deno.test({
  name: "convolutions take pairs by vectors of 32 bytes where there are no fours (needs cc)",
  ignore,
  fn: async () => {
    const target = await targetOr(flagsOf["vectors of 32 bytes without fours"]);
    if (target === null) return;
    using engine = await createNativeEngine(zoo("mlperf-tiny-kws"), { target, cache });
    const convolutions = engine.layers.filter(({ kernel }) => kernel.startsWith("conv int8"));
    assertEquals(convolutions.length, 6);
    for (const { kernel, schedule } of convolutions.slice(0, -1)) {
      assertMatch(kernel, / dot i16$/);
      assert(schedule.some((step) => step.op === "vectorize" && step.lanes === 8), kernel);
    }
  },
});

Deno.test({
  name:
    "native engines are profiled and explained as others are, and refuse to run when released (needs cc)",
  ignore,
  fn: async () => {
    const model = zoo("mlperf-tiny-ad");
    const engine = await createNativeEngine(model, { target: await machine(), cache });
    const table = await profile(engine, { budgetMs: 20 });
    assertEquals(table.numRows, engine.layers.length);
    assertEquals(profileTotals(table).macs, 264_192);
    assertMatch(await explain(engine, 0), /conv int8/);
    assertEquals(engine.wasm.length, 0);
    assertMatch(engine.source, /void run\(uint8_t \*base/);
    engine[Symbol.dispose]();
    engine[Symbol.dispose]();
    assertThrows(() => run(engine, [new Int8Array(640)]), TypeError, "released");
  },
});

Deno.test({
  name:
    "layers that differ in addresses alone have one function, and all parts make one source (needs cc)",
  ignore,
  fn: async () => {
    // Layers of 128 by 128 differ in addresses alone.
    using one = await createNativeEngine(zoo("mlperf-tiny-ad"), { target: await machine(), cache });
    const heads = (pattern: RegExp) => [...one.source.matchAll(pattern)].length;
    const definitions = heads(/^TL_APART TL_LAYER void \w+_and_alike\(.*\{$/gm);
    assert(definitions >= 1, `${definitions} functions are shared`);
    const callers = heads(/^ {2}layer\d+_fully_connected_and_alike\(constants, .*\);$/gm);
    assert(callers > definitions && callers <= 10, `${callers} layers call them`);
    // Several parts, in which every function is defined once.
    using two = await createNativeEngine(zoo("mlperf-tiny-ic"), {
      target: await machine(),
      cache,
    });
    const parts = new Set(two.source.match(/^#if IN_PART\(\d+\)/gm));
    assert(parts.size > 1, `${parts.size} parts`);
    const path = `${cache}/whole.c`;
    Deno.writeTextFileSync(path, two.source);
    const { success, stderr } = await new Deno.Command(two.target.cc, {
      args: [
        ...two.target.flags,
        "-Wall",
        "-Wno-unused-function",
        "-Werror",
        "-fsyntax-only",
        path,
      ],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  },
});

Deno.test({
  name:
    "an engine is compiled once for a source, and a compiler that is not there is named (needs cc)",
  ignore,
  fn: async () => {
    const own = Deno.makeTempDirSync();
    try {
      const options = { target: await machine(), cache: own };
      const cached = async () => {
        using engine = await createNativeEngine(zoo("mlperf-tiny-ad"), options);
        return engine.wasCached;
      };
      assertEquals([await cached(), await cached()], [false, true]);
      const target = { ...options.target, cc: "no-such-compiler", version: "other" };
      await assertRejects(() => createNativeEngine(zoo("mlperf-tiny-ad"), { target, cache: own }));
    } finally {
      Deno.removeSync(own, { recursive: true });
    }
  },
});

/** A compiler with these flags; null: what it makes would not run here, or it does not know them. */
async function targetOr(flags: readonly string[]): Promise<NativeTarget | null> {
  const { macros } = await machine();
  const needed = flags.filter((flag) => flag.startsWith("-m"))
    .map((flag) => `__${flag.slice(2).toUpperCase().replace(".", "_")}__`);
  if (!needed.every((name) => macros.includes(`#define ${name} `))) return null;
  return await findCompiler({ flags });
}

/** Runs a model natively and as WebAssembly, several frames in a row; the first also by the reference. */
async function assertSame(
  model: Model,
  { target, plan }: { readonly target: NativeTarget; readonly plan?: Plan },
): Promise<void> {
  using expected = createEngine(model, { plan });
  using found = await createNativeEngine(model, { plan: expected.plan, target, cache });
  assertEquals(found.memory.arenaBytes, expected.plan.peakBytes);
  for (const engine of [expected, found]) resetState(engine);
  const isFloat = model.tensors.some(({ dtype }) => dtype === "float32");
  for (const seed of [1, 2, 3]) {
    const frame = randomFrame(model, { seed });
    assertEquals(run(found, frame), run(expected, frame));
  }
  if (isFloat) return;
  const frame = randomFrame(model, { seed: 1 });
  for (const engine of [expected, found]) resetState(engine);
  assertEquals(run(found, frame), runReference(model, frame).outputs);
}
