// Counts of an engine's layers, against code that counts what it executes.
import fc from "fast-check";
import {
  type ConstantArray,
  count,
  createEngine,
  type EngineOptions,
  type LayerCounts,
  type Model,
  optimizationNames,
  planMemory,
  randomFrame,
  zoo,
} from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { goldenModels } from "../engine/golden.ts";
import { convLayers, depthwiseLayers, poolLayers } from "../engine/random_layer.ts";
import {
  floatConvLayers,
  floatDenseLayers,
  floatPoolLayers,
} from "../engine/random_float_layer.ts";
import { randomSegmentModel } from "../engine/random_segments.ts";
import { plainPlan } from "../engine/same_as_reference.ts";
import { single, tensor } from "../engine/single_operator.ts";
import { drawer } from "../plan/random_graph.ts";
import { randomPaths } from "../plan/random_paths.ts";
import type { Executed } from "../kernel/counting_code.ts";
import { executedLayers } from "./executed_layers.ts";

const models = goldenModels();

for (const { name, model } of models) {
  Deno.test(`counts of ${name}'s layers are what they execute, fused or not`, () => {
    const plans = [
      planMemory(model),
      plainPlan(model),
      planMemory(model, { fusion: "rolling", input: "external" }),
    ];
    for (const plan of plans) assertCounts(model, { plan });
  });
}

Deno.test("counts of layers in segments are what they execute", () => {
  const model = zoo("mobilenet_v2", { width: 0.35, resolution: 64 });
  for (const fusion of ["rolling", "patch"] as const) {
    const plan = planMemory(model, { fusion, input: "external" });
    assert(plan.segments.length > 0);
    assertCounts(model, { plan });
  }
});

for (const dtype of ["int8", "int16", "float32"] as const) {
  Deno.test(`counts of random segments of ${dtype} are what they execute`, () => {
    for (let seed = 100; seed < 112; seed++) {
      const draw = drawer(seed);
      const shape = { dtype, operators: 2 + draw(6), extent: 14, channels: 20 };
      const { model, input } = randomSegmentModel(draw, shape);
      for (const { plan } of randomPaths(model, draw, { count: 2, input: "resident" })) {
        assertCounts(model, { plan }, [input]);
      }
    }
  });
}

for (
  const [what, layers] of Object.entries({
    convLayers,
    depthwiseLayers,
    poolLayers,
    floatConvLayers,
    floatDenseLayers,
    floatPoolLayers,
  })
) {
  Deno.test(`counts of random ${what} are what they execute, on one thread or two`, () => {
    fc.assert(
      fc.property(layers, fc.constantFrom(1, 2), ({ model, inputs }, threads) => {
        assertCounts(model, { threads }, inputs);
      }),
      { seed: 51, numRuns: 30 },
    );
  });
}

Deno.test("counts of kernels without some optimizations are what they execute", () => {
  const model = zoo("mobilenet_v2", { width: 0.35, resolution: 32 });
  for (let length = 0; length < optimizationNames.length; length++) {
    const optimizations = optimizationNames.slice(0, length);
    assertCounts(model, { optimizations });
  }
});

Deno.test("a layer that branches on vectors of its input is refused", () => {
  const model = single("QUANTIZE", {}, {
    inputs: [tensor("float32", [1, 40])],
    outputs: [tensor("int8", [1, 40], [0.5, 3])],
  });
  using engine = createEngine(model, { plan: plainPlan(model) });
  assertThrows(
    () => count(engine, 0),
    TypeError,
    "kernel layer0_quantize: what is executed depends on v128.load from t0",
  );
});

Deno.test("there is no count of a layer that there is not", () => {
  using engine = createEngine(zoo("mlperf-tiny-ad"));
  assertThrows(
    () => count(engine, 10),
    RangeError,
    "layer is 10, needs an integer from 0 to 9",
  );
});

/** All layers; those that branch on the input's floats are refused, never counted wrongly. */
function assertCounts(
  model: Model,
  options: EngineOptions,
  inputs: readonly ConstantArray[] = randomFrame(model),
): void {
  using engine = createEngine(model, options);
  executedLayers(engine, inputs).forEach((executed, layer) => {
    const { kernel } = engine.layers[layer];
    if (/quantize float32/.test(kernel)) return;
    const counts = count(engine, layer);
    assertEquals(comparable(counts), comparable(executed), `${layer}: ${kernel}`);
  });
}

function comparable(counts: Executed | LayerCounts): Executed {
  const { loads, stores, loadedBytes, storedBytes, loopTests, addressUpdates } = counts;
  const { instructions, regions } = counts;
  return {
    loads,
    stores,
    loadedBytes,
    storedBytes,
    loopTests,
    addressUpdates,
    instructions,
    regions,
  };
}
