import {
  accumulate,
  affine,
  defineNest,
  execute,
  interpret,
  type Nest,
  type NestDtype,
  pack,
  reorder,
  toJavaScript,
  vectorize,
} from "tinyloom";
import { isFloat, zeros } from "../../lib/nest/dtype.ts";
import { clearOutputs } from "../../lib/codegen/execute.ts";
import { assertEquals } from "../assert.ts";
import { randomInputs } from "./random_data.ts";

const all: NestDtype[] = ["f32", "f64", "i8", "u8", "i16", "i32"];

for (const to of all) {
  for (const update of ["add", "max"] as const) {
    Deno.test(`${update} into ${to} from every dtype it can hold`, () => {
      for (const from of all) {
        const narrows = from === "f64" && to === "f32";
        if (!narrows && (isFloat(to) || !isFloat(from))) check(products(from, to, update));
      }
    });
  }
}

Deno.test("an int32 is rounded to a float32 before it is multiplied", () => {
  const nest = reorder(products("i32", "f32", "add"), ["k", "i"]);
  const inputs = randomInputs(nest, 2);
  inputs.X.forEach((_, at) => inputs.X[at] = 2 ** 30 + 12345 * at + 1);
  const expected = execute(nest, inputs).Y;
  assertEquals(runJavaScript(nest, inputs), expected);
  assertEquals(execute(vectorize(nest, "i"), inputs).Y, expected);
});

// Values from 0 to 3, whose sums every target holds.
function check(nest: Nest): void {
  const inputs = randomInputs(nest, 4);
  for (const data of Object.values(inputs)) data.forEach((value, at) => data[at] = value & 3);
  const expected = [...interpret(nest, inputs).Y];
  const [from, to] = [nest.tensors[0].dtype, nest.tensors[2].dtype];
  const variants = [nest, accumulate(nest, "k"), pack(nest, "X"), reorder(nest, ["k", "i"])];
  if (["f32", "f64", "i32"].includes(to) && (from === "f64") === (to === "f64")) {
    variants.push(
      vectorize(reorder(nest, ["k", "i"]), "i"),
      vectorize(pack(accumulate(nest, "k"), "X"), "k", { reduction: true }),
    );
  }
  for (const each of variants) {
    const what = `${from} ${JSON.stringify(each.steps)}`;
    assertEquals([...execute(each, inputs).Y], expected, what);
    assertEquals([...execute(each, inputs, { fma: true }).Y], expected, what);
    assertEquals([...runJavaScript(each, inputs)], expected, what);
  }
}

function runJavaScript(nest: Nest, inputs: ReturnType<typeof randomInputs>) {
  const { dtype, shape } = nest.tensors[2];
  const Y = zeros(dtype, shape[0]);
  clearOutputs(nest, { Y });
  new Function(`return ${toJavaScript(nest)}`)()(inputs.X, inputs.W, Y);
  return Y;
}

function products(from: NestDtype, to: NestDtype, update: "add" | "max"): Nest {
  return defineNest({
    name: "products",
    extents: { i: 11, k: 7 },
    tensors: [
      { name: "X", dtype: from, shape: [7, 11], role: "input" },
      { name: "W", dtype: from, shape: [7], role: "input" },
      { name: "Y", dtype: to, shape: [11], role: "output" },
    ],
    body: {
      target: { tensor: "Y", index: [affine("i")] },
      update,
      value: {
        kind: "binary",
        op: "mul",
        left: { kind: "read", access: { tensor: "X", index: [affine("k"), affine("i")] } },
        right: { kind: "read", access: { tensor: "W", index: [affine("k")] } },
      },
    },
  });
}
