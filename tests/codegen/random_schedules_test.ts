import fc from "fast-check";
import startWabt from "wabt";
import {
  compile,
  createPool,
  execute,
  type ExecuteOptions,
  interpret,
  type Nest,
  type TensorData,
} from "tinyloom";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { randomInputs } from "./random_data.ts";
import { randomNest } from "./random_nest.ts";
import { randomChoices, schedule, type Scheduled } from "./random_schedule.ts";
import { runJavaScript } from "./run_javascript.ts";

const scheduled = fc.tuple(randomNest, randomChoices, fc.nat())
  .map(([plain, choices, seed]) => ({ plain, seed, ...schedule(plain, choices) }));

// Fours are in no schedule where the machine does not multiply them exactly.
const run = (nest: Nest, inputs: Record<string, TensorData>, options: ExecuteOptions = {}) =>
  execute(nest, inputs, { ...options, relaxedDot: true });

Deno.test("random schedules compute what the plain nest computes, fused or not, on 1 and 2 threads", () => {
  using pool = createPool(2);
  const seen: Scheduled[] = [];
  fc.assert(
    fc.property(scheduled, ({ plain, seed, ...rest }) => {
      const { nest } = rest;
      seen.push(rest);
      const inputs = randomInputs(nest, seed);
      const expected = output(interpret(plain, inputs));
      assertSame(output(run(nest, inputs)), expected, nest, "plain arithmetic");
      assertSame(output(run(nest, inputs, { fma: true })), expected, nest, "fused");
      if (nest.loops.some((loop) => loop.mode === "parallel")) {
        assertSame(output(run(nest, inputs, { pool })), expected, nest, "two threads");
      }
    }),
    { seed: 20, numRuns: 1200 },
  );
  const sum = (of: (each: Scheduled) => number) =>
    seen.reduce((total, each) => total + of(each), 0);
  assertGreater(sum(({ legal }) => legal) / sum(({ tried }) => tried), 0.4);
  const uses = (has: (nest: Nest) => boolean) => seen.filter(({ nest }) => has(nest)).length;
  for (const mode of ["parallel", "vector"]) {
    assertGreater(uses(({ loops }) => loops.some((loop) => loop.mode === mode)), 80, mode);
  }
  assertGreater(uses(({ loops }) => loops.some((loop) => loop.unroll !== 1)), 80);
  assertGreater(uses(({ packs }) => packs.length > 0), 80);
  assertGreater(uses(({ accumulateAt }) => accumulateAt !== null), 80);
  assertGreater(uses(({ loops }) => loops.some((loop) => loop.mode === "dot")), 10);
  assertGreater(uses(({ staged }) => staged.length > 0), 10);
  assertGreater(uses(({ body }) => body.finish !== undefined), 15);
  assertGreater(uses(({ name }) => name === "reversed"), 40);
  assertGreater(uses(({ name }) => name === "fir"), 40);
  assertGreater(uses(({ name }) => name === "affine"), 40);
  assertGreater(uses(({ loops }) => loops.some(({ step }) => step > 2 ** 30)), 10);
});

Deno.test("random schedules: JavaScript and unfused WebAssembly agree bit for bit", () => {
  fc.assert(
    fc.property(scheduled, ({ nest, seed }) => {
      const inputs = randomInputs(nest, seed, "fraction");
      assertSame(runJavaScript(nest, inputs), output(run(nest, inputs)), nest, "JavaScript");
    }),
    { seed: 21, numRuns: 500 },
  );
});

Deno.test("random schedules that keep the order of additions give the bits of the plain nest", () => {
  let kept = 0;
  fc.assert(
    fc.property(scheduled, ({ plain, nest, seed }) => {
      if (!keepsOrder(nest)) return;
      kept++;
      const inputs = randomInputs(nest, seed, "fraction");
      assertSame(output(run(nest, inputs)), output(run(plain, inputs)), nest, "order kept");
    }),
    { seed: 22, numRuns: 500 },
  );
  assertGreater(kept, 200);
});

Deno.test("random schedules stay within the rounding error of a sum of products", () => {
  fc.assert(
    fc.property(scheduled, fc.boolean(), ({ plain, nest, seed }, fma) => {
      const target = plain.tensors.find(({ role }) => role === "output")!;
      if (plain.body.update !== "add" || target.dtype !== "f32") return;
      // The bound below is for products of two elements.
      if (["shifted", "reversed", "affine"].includes(plain.name)) return;
      const inputs = randomInputs(nest, seed, "fraction");
      const sizes = Object.fromEntries(
        Object.entries(inputs).map(([name, data]) => [name, data.map(Math.abs) as TensorData]),
      );
      const exact = output(interpret(plain, inputs));
      const magnitude = output(interpret(plain, sizes));
      const additions = plain.axes.filter(({ role }) => role === "reduction")
        .reduce((product, { extent }) => product * extent, 1);
      // Higham, Accuracy and Stability of Numerical Algorithms, (3.5): n u / (1 - n u) of |a|.|b|;
      // n grows by one for a product, and by one for the sum across lanes that starts at zero.
      const n = additions + 2;
      const unit = n * 2 ** -24 / (1 - n * 2 ** -24);
      output(run(nest, inputs, { fma })).forEach((value, at) => {
        const error = Math.abs(value - exact[at]);
        assert(error <= unit * magnitude[at], `${describe(nest)}: off by ${error} at ${at}`);
      });
    }),
    { seed: 23, numRuns: 300 },
  );
});

Deno.test("modules of random schedules are valid in V8 and in wabt", async () => {
  const wabt = await startWabt();
  const features = { threads: true, simd: true, relaxed_simd: true };
  fc.assert(
    fc.property(scheduled, fc.boolean(), fc.constantFrom(1, 2, 3), ({ nest }, fma, threads) => {
      const { wasm } = compile(nest, { fma, threads, relaxedDot: true });
      assert(WebAssembly.validate(wasm), describe(nest));
      const module = wabt.readWasm(wasm, { ...features, readDebugNames: false });
      (module.validate as (options: typeof features) => void).call(module, features);
      module.destroy();
    }),
    { seed: 24, numRuns: 500 },
  );
});

// Reduction loops that still run axis by axis, in the axes' order, and in no vector's lanes.
function keepsOrder(nest: Nest): boolean {
  const all = nest.axes.filter(({ role }) => role === "reduction");
  const reductions = all.filter(({ extent }) => extent > 1).map(({ name }) => name);
  const walked = nest.loops.filter(({ axis }) => reductions.includes(axis));
  const places = walked.map(({ axis }) => reductions.indexOf(axis));
  // Lanes are added to what there is last, even along an axis of one.
  const isLane = ({ mode, axis }: Nest["loops"][number]) =>
    mode === "vector" && all.some(({ name }) => name === axis);
  return !nest.loops.some(isLane) &&
    places.every((place, at) => at === 0 || places[at - 1] <= place);
}

function output<T>(outputs: Record<string, T>): T {
  return Object.values(outputs)[0];
}

function assertSame(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  nest: Nest,
  what: string,
): void {
  assertEquals(actual.length, expected.length);
  for (let at = 0; at < expected.length; at++) {
    if (actual[at] === expected[at]) continue;
    throw new Error(
      `${what}: element ${at} is ${actual[at]}, not ${expected[at]}, in ${describe(nest)}`,
    );
  }
}

function describe({ name, axes, steps }: Nest): string {
  const sizes = axes.map((axis) => `${axis.name} ${axis.extent}`).join(", ");
  return `${name} (${sizes}): ${JSON.stringify(steps)}`;
}
