import {
  createEngine,
  explain,
  type Model,
  type OperatorAttributes,
  planMemory,
  pseudocode,
  zoo,
} from "../../mod.ts";
import { labNest } from "../../lib/engine/explain/lab_nest.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { constant, single, tensor } from "./single_operator.ts";

const conv: OperatorAttributes["CONV_2D"] = {
  activation: "NONE",
  padding: "SAME",
  strideH: 2,
  strideW: 2,
  dilationH: 1,
  dilationW: 1,
  quantizedBiasType: "int32",
};

function convolution(
  attributes: Partial<typeof conv>,
  { depth = 3, output = [1, 3, 3, 4] }: { depth?: number; output?: number[] } = {},
): Model {
  const weights = constant("int8", new Int8Array(36 * depth).fill(1), {
    shape: [4, 3, 3, depth],
    quantization: { scales: [0.5], zeroPoints: [0], axis: 0 },
  });
  return single("CONV_2D", { ...conv, ...attributes }, {
    inputs: [tensor("int8", [1, 6, 6, 3], [0.5, 0]), weights, null],
    outputs: [tensor("int8", output, [0.5, 0])],
  });
}

function nestOf(model: Model, layer = 0) {
  const { nest, remarks } = labNest(model, planMemory(model).steps[layer]);
  return { text: nest === null ? null : pseudocode(nest), remarks: remarks.join("; ") };
}

Deno.test("a layer is told by its tensors, plain nest, schedule and kernel", async () => {
  using engine = createEngine(zoo("mlperf-tiny-ad"));
  const text = await explain(engine, 4);
  const [title, ...rest] = text.split("\n");
  assertEquals(
    title,
    "Layer 4 of 10: FULLY_CONNECTED, operator 4 of the model, 1,024 MACs",
  );
  const body = rest.join("\n");
  assertMatch(body, /reads +t12 +dense3 +int8 +\[1,128\] .* 128 B +arena 0 to 127/);
  assertMatch(body, /reads +t13 +dense4\/weights +int8 +\[8,128\] .* 1,024 B +constant/);
  assertMatch(body, /writes +t15 +dense4 +int8 +\[1,8\] .* 8 B +arena 128 to 135/);
  // Where four products are one instruction, elements are taken as uint8.
  assertMatch(
    body,
    /for \(o = 0; o < 8; o\+\+\)\n {2}for \(k = 0; k < 128; k\+\+\)\n {4}O\[0\]\[o\] \+= (I\[k\]|\(I\[k\] \+ 128\)) \* W\[o\]\[k\]\n/,
  );
  for (const step of engine.layers[4].schedule) {
    assertStringIncludes(body, `- ${JSON.stringify(step)}\n`);
  }
  assertStringIncludes(body, `- kernel ${engine.layers[4].kernel}\n- form plain\n- one thread\n`);
  for (const remark of engine.layers[4].remarks) assertStringIncludes(body, `- ${remark}\n`);
  assertStringIncludes(body, "layer4_fully_connected(thread):\n");
  assert(!body.includes("(module"));
});

Deno.test("bytes that two tensors share are told with the reason", async () => {
  const model = zoo("mlperf-tiny-vww");
  using engine = createEngine(model);
  const layer = engine.plan.steps.findIndex(({ form }) => form === "in-place");
  const { inputs: [input], outputs: [output] } = engine.plan.steps[layer];
  const text = await explain(engine, layer);
  assertMatch(text, new RegExp(`shares bytes with t${output}: channel by channel`));
  assertMatch(text, new RegExp(`shares bytes with t${input}: channel by channel`));
  assertStringIncludes(text, "- form in-place, loops ");
});

Deno.test("the WebAssembly text holds the functions of that layer alone", async () => {
  for (const options of [{}, { threads: 2 }, { checked: true }]) {
    using engine = createEngine(zoo("mlperf-tiny-ad"), options);
    const text = await explain(engine, 4, { wat: true });
    assertStringIncludes(text, "(module");
    const exports = [...text.matchAll(/\(export "([^"]+)"/g)].map(([, name]) => name);
    assert(exports.length > 0 && exports.every((name) => name.startsWith("layer4_")), `${exports}`);
    assertEquals(/checkRead/.test(text), "checked" in options);
  }
});

Deno.test("a layer that is not there is refused", async () => {
  using engine = createEngine(zoo("mlperf-tiny-ad"));
  for (const layer of [-1, 10, 0.5, NaN]) {
    await assertRejects(() => explain(engine, layer), RangeError, "needs an integer from 0 to 9");
  }
});

Deno.test("the plain nest of a convolution has its padding", () => {
  const { text } = nestOf(convolution({}));
  assertEquals(
    text,
    `// I reads as 0 outside its 6 x 6 x 3 elements
for (y = 0; y < 3; y++)
  for (x = 0; x < 3; x++)
    for (o = 0; o < 4; o++)
      for (ky = 0; ky < 3; ky++)
        for (kx = 0; kx < 3; kx++)
          for (c = 0; c < 3; c++)
            O[y][x][o] += I[2*y+ky][2*x+kx][c] * W[o][ky][kx][c]
`,
  );
  const valid = nestOf(convolution({ padding: "VALID" }, { output: [1, 2, 2, 4] })).text!;
  assertEquals(valid.split("\n")[0], "for (y = 0; y < 2; y++)");
});

Deno.test("padding that is neither same nor valid becomes part of the image", () => {
  const model = zoo("mcunet-in3", { explicitPadding: true });
  const plan = planMemory(model);
  const layer = plan.steps.findIndex(({ foldedPadding }) => foldedPadding !== null);
  const { text, remarks } = nestOf(model, layer);
  assertStringIncludes(remarks, "the input begins at row 1, column 1");
  assertMatch(text!, /^for \(y = 0; y < 88; y\+\+\)/);
});

Deno.test("where the lab has no nest, the reason is told", () => {
  assertEquals(nestOf(convolution({ strideW: 1 }, { output: [1, 3, 6, 4] })), {
    text: null,
    remarks: "strides 2 and 1 differ: the lab's nests do not go that far",
  });
  assertStringIncludes(
    nestOf(convolution({ dilationH: 2, dilationW: 2 })).remarks,
    "taps are 2 x 2 apart",
  );
  assertStringIncludes(nestOf(convolution({}, { depth: 1 })).remarks, "3 groups of channels");
  const relu = single("RELU", {}, {
    inputs: [tensor("float32", [1, 4])],
    outputs: [tensor("float32", [1, 4])],
  });
  assertStringIncludes(nestOf(relu).remarks, "RELU has no nest of its own");
});
