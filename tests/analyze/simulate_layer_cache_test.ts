// Addresses of an engine's layers, against those that their code accesses.
import { walkedLayer } from "../../lib/engine/walked_layer.ts";
import { traceKernels } from "../../lib/kernel/walk/walk_kernels.ts";
import {
  caches,
  count,
  createEngine,
  type EngineOptions,
  type Model,
  planMemory,
  randomFrame,
  run,
  simulateLayerCache,
  zoo,
} from "../../mod.ts";
import { assert, assertEquals, assertGreater, assertThrows } from "../assert.ts";
import { goldenModels } from "../engine/golden.ts";
import { randomSegmentModel } from "../engine/random_segments.ts";
import { plainPlan } from "../engine/same_as_reference.ts";
import { single, tensor } from "../engine/single_operator.ts";
import { accessText, assertSameAccesses, executedAccesses } from "../kernel/executed_accesses.ts";
import { drawer } from "../plan/random_graph.ts";
import { randomPaths } from "../plan/random_paths.ts";

const small = ["ad01_int8", "hello_world_int8", "keyword_scrambled_8bit", "micro_speech_quantized"];

for (const { name, model } of goldenModels().filter(({ name }) => small.includes(name))) {
  Deno.test(`addresses of ${name}'s layers are those that they access`, () => {
    for (const plan of [planMemory(model), plainPlan(model)]) assertAccesses(model, { plan });
  });
}

Deno.test("addresses of random segments are those that they access", () => {
  for (let seed = 200; seed < 206; seed++) {
    const draw = drawer(seed);
    const shape = { dtype: "int8", operators: 2 + draw(5), extent: 8, channels: 12 } as const;
    const { model } = randomSegmentModel(draw, shape);
    for (const { plan } of randomPaths(model, draw, { count: 2, input: "resident" })) {
      assertAccesses(model, { plan });
    }
  }
});

Deno.test("caches see all accesses of a layer that they are large enough for", () => {
  using engine = createEngine(zoo("mlperf-tiny-kws"));
  const hierarchy = {
    name: "bytes",
    levels: [{ name: "all", sizeBytes: 2 ** 20, ways: 2 ** 20 / 64, lineBytes: 64 }],
    source: "made up",
  };
  const [all] = simulateLayerCache(engine, 1, { hierarchy });
  const { loads, stores } = count(engine, 1);
  // An access of two lines asks for both.
  assert(all.accesses >= loads + stores);
  assertEquals(all.misses, new Set(linesOf(engine, 1)).size);
});

Deno.test("a table is looked up with inputs of the model, and the engine left as it was", () => {
  const model = single("SOFTMAX", { beta: 1 }, {
    inputs: [tensor("int8", [1, 40], [0.1, 0])],
    outputs: [tensor("int8", [1, 40], [1 / 256, -128])],
  });
  using engine = createEngine(model);
  assertThrows(
    () => simulateLayerCache(engine, 0, { hierarchy: caches.zen4 }),
    TypeError,
    "kernel layer0_softmax: what is executed, or where, depends on i32.load8_s from t0",
  );
  const misses = (input: Int8Array) => {
    const [l1] = simulateLayerCache(engine, 0, { hierarchy: caches.zen4, inputs: [input] });
    return l1.missesByTensor.layer0_softmax_powers;
  };
  const input = Int8Array.from({ length: 40 }, (_, i) => 3 * i - 60);
  const [before] = run(engine, [input]);
  assertEquals(misses(new Int8Array(40)), 1);
  assertGreater(misses(input), 5);
  assertEquals(run(engine, [input])[0], before);
});

Deno.test("caches are simulated for one thread", () => {
  using engine = createEngine(zoo("mlperf-tiny-ad"), { threads: 2 });
  assertThrows(
    () => simulateLayerCache(engine, 0, { hierarchy: caches.zen4 }),
    RangeError,
    "the engine has 2 threads",
  );
});

function linesOf(engine: ReturnType<typeof createEngine>, layer: number): number[] {
  const lines: number[] = [];
  traceKernels(walkedLayer(engine, layer)[0]).run((address, bytes) => {
    lines.push(address >>> 6, (address + bytes - 1) >>> 6);
  });
  return lines;
}

function assertAccesses(model: Model, options: EngineOptions): void {
  const inputs = randomFrame(model);
  using engine = createEngine(model, options);
  engine.layers.forEach(({ kernel }, layer) => {
    const [code] = walkedLayer(engine, layer, inputs);
    if (/quantize float32/.test(kernel)) return;
    const { regions, run } = traceKernels(code);
    const traced: string[] = [];
    run((address, bytes, region, stores) => {
      const what = stores ? "store" : "load";
      traced.push(accessText(what, { address, bytes, region: regions[region] }));
    });
    const executed = executedAccesses(code, code.memory!.bytes);
    assertSameAccesses(traced, executed, `${layer}: ${kernel}`);
  });
}
