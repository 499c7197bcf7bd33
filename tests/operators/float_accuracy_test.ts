// Functions of float32 in the kernel language against JavaScript's in float64: all of float32, from the
// smallest subnormal number to the largest, infinities and NaN.
import { createEngine, type OperatorName, run } from "../../mod.ts";
import { Numbers } from "../engine/random_layer.ts";
import { single, tensor } from "../engine/single_operator.ts";
import { assert, assertEquals } from "../assert.ts";

const COUNT = 20_000;

const FUNCTIONS = {
  EXP: { compute: Math.exp, most: 90 },
  LOG: { compute: Math.log, most: Infinity },
  SIN: { compute: Math.sin, most: Infinity },
  COS: { compute: Math.cos, most: Infinity },
  ELU: { compute: (x: number) => x < 0 ? Math.expm1(x) : x, most: 90 },
} as const satisfies Partial<Record<OperatorName, unknown>>;

for (const [op, { compute, most }] of Object.entries(FUNCTIONS)) {
  Deno.test(`${op} is the nearest float32, all but one in a thousand times, and then its neighbour`, () => {
    const values = argumentsUpTo(most);
    const found = outputsOf(op as OperatorName, values);
    let neighbours = 0;
    values.forEach((x, i) => {
      const right = Math.fround(compute(x));
      if (Object.is(found[i], right)) return;
      assert(
        Math.abs(stepsOf(found[i]) - stepsOf(right)) <= 1,
        `${op}(${x}) is ${found[i]}, needed ${right}`,
      );
      neighbours++;
    });
    assert(neighbours <= COUNT / 1000, `${neighbours} of ${COUNT}`);
  });
}

Deno.test("functions of float32 take what is at the ends as C does", () => {
  const ends = new Float32Array([0, -0, 1, Infinity, -Infinity, NaN, -1]);
  const want = (op: OperatorName, ...results: number[]) =>
    assertEquals([...outputsOf(op, ends)], results, op);
  want("EXP", 1, 1, Math.fround(Math.E), Infinity, 0, NaN, Math.fround(1 / Math.E));
  want("LOG", -Infinity, -Infinity, 0, Infinity, NaN, NaN, NaN);
  want("SIN", 0, -0, Math.fround(Math.sin(1)), NaN, NaN, NaN, Math.fround(-Math.sin(1)));
  want("COS", 1, 1, Math.fround(Math.cos(1)), NaN, NaN, NaN, Math.fround(Math.cos(1)));
  want("ELU", 0, -0, 1, Infinity, -1, NaN, Math.fround(Math.expm1(-1)));
  want("ROUND", 0, -0, 1, Infinity, -Infinity, NaN, -1);
});

Deno.test("ROUND takes the even one of two integers, and gives no -0 but for -0", () => {
  const halves = new Float32Array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, -0.25, 8388607.5, 0.49999997]);
  assertEquals([...outputsOf("ROUND", halves)], [0, 2, 2, 0, -2, -2, 0, 8388608, 0]);
});

/** float32 of all sizes up to one, as many of each power of two; small ones near each other too. */
function argumentsUpTo(most: number): Float32Array {
  const random = new Numbers(20261130);
  const bits = new Uint32Array(1);
  const view = new Float32Array(bits.buffer);
  return Float32Array.from({ length: COUNT }, (_, i) => {
    do {
      if (i % 2 === 0) bits[0] = random.below(2 ** 16) * 2 ** 16 + random.below(2 ** 16);
      else view[0] = (random.below(2 ** 24) / 2 ** 23 - 1) * Math.min(most, 2 ** (i % 12));
    } while (!(Math.abs(view[0]) <= Math.min(most, 3.4e38)));
    return view[0];
  });
}

function outputsOf(op: OperatorName, values: Float32Array): Float32Array {
  const model = single(op, {} as never, {
    inputs: [tensor("float32", [values.length])],
    outputs: [tensor("float32", [values.length])],
  });
  using engine = createEngine(model);
  return run(engine, [values])[0] as Float32Array;
}

/** How many float32 lie between a number and 0. */
function stepsOf(x: number): number {
  const [bits] = new Int32Array(new Float32Array([x]).buffer);
  return bits < 0 ? -(bits & 0x7fffffff) : bits;
}
