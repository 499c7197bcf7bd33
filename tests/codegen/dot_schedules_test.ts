import fc from "fast-check";
import {
  execute,
  hasExactRelaxedDot,
  interpret,
  type Nest,
  type TensorData,
  toJavaScript,
} from "tinyloom";
import { assertEquals } from "../assert.ts";
import { convTile, dotTile } from "./conv_tile.ts";
import { randomInputs } from "./random_data.ts";

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 3 }),
  row: fc.integer({ min: 1, max: 21 }),
  pixels: fc.integer({ min: 1, max: 4 }),
  outs: fc.integer({ min: 1, max: 9 }),
  stride: fc.integer({ min: 1, max: 5 }),
});
const pairs = fc.record({
  group: fc.constant(2 as const),
  round: fc.constantFrom(2, 4, 8),
  staged: fc.boolean(),
  weights: fc.constantFrom("i8" as const, "i16" as const),
}).map((form) => ({ ...form, staged: form.staged && form.round > 2 }));
const fours = fc.record({ group: fc.constant(4 as const), round: fc.constantFrom(4, 8, 16) });

Deno.test("pairs, from registers or memory, compute what the plain nest computes", () => {
  fc.assert(
    fc.property(sizes, pairs, fc.boolean(), fc.nat(), (size, form, quantized, seed) => {
      const plain = convTile(size, { quantized });
      assertComputes(dotTile(plain, form), plain, seed);
    }),
    { seed: 31, numRuns: 300 },
  );
});

Deno.test("fours compute what the plain nest computes", () => {
  fc.assert(
    fc.property(sizes, fours, fc.boolean(), fc.nat(), (size, form, quantized, seed) => {
      const plain = convTile(size, { unsigned: true, quantized });
      assertComputes(dotTile(plain, form), plain, seed);
    }),
    { seed: 32, numRuns: 300 },
  );
});

Deno.test("int16 need not be packed either", () => {
  fc.assert(
    fc.property(sizes, pairs, fc.nat(), (size, { round, staged }, seed) => {
      const plain = convTile(size, { dtype: "i16" });
      const form = { group: 2, round, staged, weights: "i16" } as const;
      assertComputes(dotTile(plain, form), plain, seed);
    }),
    { seed: 33, numRuns: 100 },
  );
});

function assertComputes(nest: Nest, plain: Nest, seed: number): void {
  const inputs = randomInputs(plain, seed);
  // Sums wrap, as int32 does.
  const expected = [...interpret(plain, inputs).O].map((sum) => sum | 0);
  assertEquals(inJavaScript(nest, inputs), expected, JSON.stringify(nest.steps));
  if (nest.loops.some(({ step }) => step === 4) && !hasExactRelaxedDot()) return;
  const { O } = execute(nest, inputs, { relaxedDot: true });
  assertEquals([...O], expected, JSON.stringify(nest.steps));
}

function inJavaScript(nest: Nest, inputs: Record<string, TensorData>): number[] {
  const { dtype, shape } = nest.tensors.at(-1)!;
  const length = shape[0] * shape[1];
  const O = dtype === "i8" ? new Int8Array(length) : new Int32Array(length);
  const tensors = nest.tensors.map(({ name }) => name === "O" ? O : inputs[name]);
  new Function(`return ${toJavaScript(nest)}`)()(...tensors);
  return [...O];
}
