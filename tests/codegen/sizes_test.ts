import { createPool, execute, interpret, type Nest, toJavaScript } from "tinyloom";
import { assertEquals } from "../assert.ts";
import { type Sizes, techniques, techniquesI8 } from "./presets.ts";
import { randomInputs } from "./random_data.ts";

const sizes: readonly Sizes[] = [
  { m: 17, k: 31, n: 13 },
  { m: 1, k: 1000, n: 1 },
  { m: 1, k: 1, n: 1 },
  { m: 5, k: 1, n: 7 },
  { m: 129, k: 127, n: 131 },
];

for (const size of sizes) {
  for (const [dtype, all] of [["f32", techniques], ["i8", techniquesI8]] as const) {
    Deno.test(`${size.m} x ${size.k} x ${size.n} ${dtype} is right under every technique`, () => {
      using pool = createPool(2);
      const inputs = randomInputs(all.naive(size), 1);
      const expected = [...interpret(all.naive(size), inputs).C];
      for (const [technique, make] of Object.entries(all)) {
        const nest = make(size);
        assertSame(execute(nest, inputs).C, expected, technique);
        assertSame(execute(nest, inputs, { fma: true, pool }).C, expected, `${technique}, fused`);
        assertSame(runJavaScript(nest, inputs), expected, `${technique} in JavaScript`);
      }
    });
  }
}

function runJavaScript(nest: Nest, { A, B }: ReturnType<typeof randomInputs>) {
  const [m, n] = nest.tensors.find(({ name }) => name === "C")!.shape;
  const C = nest.tensors[0].dtype === "f32" ? new Float32Array(m * n) : new Int32Array(m * n);
  new Function(`return ${toJavaScript(nest)}`)()(A, B, C);
  return C;
}

function assertSame(actual: ArrayLike<number>, expected: readonly number[], what: string): void {
  const wrong = expected.findIndex((value, at) => actual[at] !== value);
  assertEquals(wrong, -1, `${what}: C[${wrong}] is ${actual[wrong]}, not ${expected[wrong]}`);
}
