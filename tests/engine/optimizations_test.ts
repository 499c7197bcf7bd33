import * as fc from "fast-check";
import {
  createEngine,
  createPool,
  type OptimizationName,
  optimizationNames,
  planMemory,
  randomFrame,
  run,
  runReference,
  type TechniqueName,
  techniqueNames,
  zoo,
} from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import type { RandomLayer } from "./random_layer.ts";
import {
  additions,
  convolutions,
  depthwiseConvolutions,
  fullyConnected,
  pools,
  weightTypes,
} from "./random_windows.ts";
import { single, tensor } from "./single_operator.ts";

const { int8 } = weightTypes;
const layers: Readonly<Record<string, fc.Arbitrary<RandomLayer>>> = {
  CONV_2D: convolutions(int8),
  DEPTHWISE_CONV_2D: depthwiseConvolutions(int8),
  FULLY_CONNECTED: fullyConnected(int8),
  AVERAGE_POOL_2D: pools("AVERAGE_POOL_2D", "int8"),
  MAX_POOL_2D: pools("MAX_POOL_2D", "int8"),
  ADD: additions,
};

/** Every set that the engine takes, but for threads. */
const scalar: readonly OptimizationName[] = optimizationNames.slice(0, 5);
const sets = fc.subarray([...scalar]).filter((names) =>
  (!names.includes("loop-unrolling") || names.includes("code-generation")) &&
  (!names.includes("tiling") ||
    names.includes("code-generation") && names.includes("specialised-im2col"))
);
const plans = fc.constantFrom<readonly TechniqueName[]>(
  techniqueNames,
  ["fold-pad", "direct-kernels", "in-place-depthwise"],
  ["fold-pad", "optimal-offsets"],
  ["overlap", "optimal-offsets"],
);
const runs = { seed: 20261122, numRuns: 1000 };

for (const [name, arbitrary] of Object.entries(layers)) {
  Deno.test(`${name} with any set of optimizations is the reference's, bit for bit`, () => {
    fc.assert(
      fc.property(arbitrary, sets, plans, fc.boolean(), (layer, names, techniques, checked) => {
        const { model, inputs } = layer;
        const plan = planMemory(model, { techniques });
        using engine = createEngine(model, { plan, checked, optimizations: names });
        assertEquals(run(engine, inputs), runReference(model, inputs).outputs, names.join(" "));
        assert(/ scalar$/.test(engine.layers.at(-1)!.kernel));
        const isFused = names.includes("operator-fusion");
        if (!isFused) assert(engine.memory.workspaceBytes > 0);
        else if (!names.includes("specialised-im2col")) {
          assertEquals(engine.memory.workspaceBytes, 0);
        }
      }),
      runs,
    );
  });
}

Deno.test("threads share the work of any set of optimizations", () => {
  using pool = createPool(2);
  fc.assert(
    fc.property(fc.oneof(...Object.values(layers)), sets, ({ model, inputs }, names) => {
      const plan = planMemory(model, { techniques: ["fold-pad", "optimal-offsets"] });
      const optimizations = [...names, "threads" as const];
      using engine = createEngine(model, { plan, pool, optimizations });
      assertEquals(run(engine, inputs), runReference(model, inputs).outputs, names.join(" "));
    }),
    { ...runs, numRuns: 500 },
  );
});

for (const name of ["mlperf-tiny-kws", "mcunet-in0"] as const) {
  Deno.test(`${name} gives the same on every rung of the ladder`, () => {
    const model = zoo(name);
    const inputs = randomFrame(model);
    using whole = createEngine(model);
    const expected = run(whole, inputs);
    for (let rung = 0; rung < scalar.length + 1; rung++) {
      using engine = createEngine(model, { optimizations: optimizationNames.slice(0, rung) });
      assertEquals(run(engine, inputs), expected, `rung ${rung}`);
    }
  });
}

const sum = single("ADD", { activation: "NONE", potScaleInt16: false }, {
  inputs: [tensor("int8", [9], [0.5, 3]), tensor("int8", [9], [0.25, -7])],
  outputs: [tensor("int8", [9], [1, 0])],
});

Deno.test("all optimizations are the engine as it is, and without any the code is a library's", () => {
  using fast = createEngine(sum, { optimizations: optimizationNames });
  using plain = createEngine(sum);
  assertEquals(fast.wasm, plain.wasm);
  assertEquals(fast.memory.workspaceBytes, 0);
  using slow = createEngine(sum, { optimizations: [] });
  assertEquals(slow.memory.workspaceBytes, 36);
  assertEquals(slow.layers[0].remarks, [
    "shapes and constants from memory",
    "sums to memory; bias, rescaling and clamp in passes",
  ]);
});

Deno.test("layers of a kind share one function where no code is generated for them", () => {
  const twice = {
    ...sum,
    tensors: [...sum.tensors, tensor("int8", [9], [2, 5])],
    operators: [sum.operators[0], { ...sum.operators[0], inputs: [2, 1], outputs: [3] }],
    outputs: [3],
  };
  using one = createEngine(sum, { optimizations: [] });
  using two = createEngine(twice, { optimizations: [] });
  using generated = createEngine(twice, { optimizations: ["code-generation"] });
  assert(two.wasm.length < one.wasm.length + 60, "a call and no more");
  assert(generated.wasm.length > two.wasm.length);
});

Deno.test("optimizations that are unknown or lack what they build on are refused", () => {
  const create = (...names: string[]) => () =>
    createEngine(sum, { optimizations: names as OptimizationName[] });
  assertThrows(create("magic"), RangeError, 'optimization "magic", needed one of code-generation');
  assertThrows(create("simd"), RangeError, "without code-generation, specialised-im2col");
  assertThrows(create("tiling", "code-generation"), RangeError, "without specialised-im2col");
  assertThrows(
    () => createEngine(sum, { threads: 2, optimizations: [] }),
    RangeError,
    '2 threads without the optimization "threads"',
  );
});
