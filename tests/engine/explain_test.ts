import {
  createEngine,
  type EngineOptions,
  explain,
  type Model,
  type OperatorAttributes,
  planMemory,
  zoo,
} from "../../mod.ts";
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

/** What is told of the plain nest of a layer, line by line. */
async function plainOf(
  model: Model,
  { layer = 0, ...options }: EngineOptions & { readonly layer?: number } = {},
): Promise<readonly string[]> {
  using engine = createEngine(model, { relaxedDot: false, ...options });
  const text = await explain(engine, layer);
  return text.split("Plain nest\n\n")[1].split("\n\nSchedule\n")[0].split("\n");
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

Deno.test("the plain nest of a convolution is over the image with its padding", async () => {
  assertEquals(await plainOf(convolution({})), [
    "// I is the input with its padding around it, W the weights, O the output",
    "// sums alone; bias, rescaling and activation follow when a sum is complete",
    "O = 0  // wherever it is summed",
    "for (row = 0; row < 3; row++)",
    "  for (col = 0; col < 3; col++)",
    "    for (o = 0; o < 4; o++)",
    "      for (kh = 0; kh < 3; kh++)",
    "        for (k = 0; k < 9; k++)",
    "          O[row][col][o] += I[2*row+kh][6*col+k] * W[o][kh][k]",
  ]);
  const far = await plainOf(convolution({ strideW: 1, dilationW: 2 }, { output: [1, 3, 6, 4] }));
  assertEquals(
    far.at(-1)!.trim(),
    "O[row][col][o] += I[2*row+kh][3*col+6*kw+c] * W[o][kh][kw][c]",
  );
});

Deno.test("a depthwise convolution with a PAD of its own is told as a nest, plain and scheduled", async () => {
  const model = zoo("mcunet-in3", { explicitPadding: true });
  const plan = planMemory(model);
  const layer = plan.steps.findIndex(({ name, foldedPadding }) => (
    name === "DEPTHWISE_CONV_2D" && foldedPadding !== null
  ));
  const lines = await plainOf(model, { plan, layer });
  assertMatch(lines[3], /^for \(row = 0; row < \d+; row\+\+\)$/);
  assertMatch(
    lines.at(-1)!,
    /^ +O\[row\]\[col\]\[c\] \+= I\[.*kh\]\[.*kw\+c\] \* W\[kh\]\[kw\]\[c\]$/,
  );
  using engine = createEngine(model, { plan });
  const text = await explain(engine, layer);
  assert(engine.layers[layer].schedule.length > 4);
  for (const step of engine.layers[layer].schedule) {
    assertStringIncludes(text, `- ${JSON.stringify(step)}\n`);
  }
  assertStringIncludes(text, "Nest as scheduled\n\n");
});

Deno.test("a layer whose code is made from no nest is told to have none", async () => {
  const relu = single("RELU", {}, {
    inputs: [tensor("float32", [1, 4])],
    outputs: [tensor("float32", [1, 4])],
  });
  for (const [model, options] of [[relu, {}], [convolution({}), { optimizations: [] }]] as const) {
    using engine = createEngine(model, options);
    const { kernel } = engine.layers[0];
    assertEquals(await plainOf(model, options), [
      `// no nest of its own: ${kernel} is not made from one`,
    ]);
    assert(!(await explain(engine, 0)).includes("Nest as scheduled"));
  }
});
