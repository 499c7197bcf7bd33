import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  lifetimes,
  type Model,
  planMemory,
  type PlanStep,
  type TechniqueName,
  validatePlan,
} from "tinyloom";
import { CONV, Graph } from "../model/models.ts";

const REAL = { dtype: "float32", quantization: null } as const;

/** QUANTIZE, PAD, CONV_2D VALID, RESHAPE, SOFTMAX, DEQUANTIZE. */
function edgeToEdge(): Model {
  const graph = new Graph();
  const image = graph.tensor([1, 4, 4, 2], REAL);
  const quantized = graph.add("QUANTIZE", {
    inputs: [image],
    output: [1, 4, 4, 2],
    attributes: {},
  });
  const amounts = graph.integers([0, 0, 1, 2, 0, 1, 0, 0], [4, 2]);
  const padded = graph.add("PAD", {
    inputs: [quantized, amounts],
    output: [1, 7, 5, 2],
    attributes: {},
  });
  const convolved = graph.add("CONV_2D", {
    inputs: [padded, graph.constant([3, 3, 3, 2]), -1],
    output: [1, 5, 3, 3],
    attributes: { ...CONV, padding: "VALID" },
  });
  const flat = graph.add("RESHAPE", {
    inputs: [convolved, graph.integers([1, 45])],
    output: [1, 45],
    attributes: { newShape: [1, 45] },
  });
  const classes = graph.add("SOFTMAX", {
    inputs: [flat],
    output: [1, 45],
    attributes: { beta: 1 },
  });
  const result = graph.tensor([1, 45], REAL);
  const last = { op: "DEQUANTIZE", version: 2, attributes: {} } as const;
  graph.operators.push({ ...last, inputs: [classes], outputs: [result] });
  return graph.model([image], [result]);
}

const offsets: readonly TechniqueName[] = ["direct-kernels", "optimal-offsets"];

Deno.test("with nothing folded or aliased every operator runs, real edges included", () => {
  const model = edgeToEdge();
  const plan = planMemory(model, { techniques: offsets });
  assertEquals(plan.steps.map(({ operator }) => operator), [0, 1, 2, 3, 4, 5]);
  assertEquals([plan.removed, plan.inputs, plan.outputs], [[], model.inputs, model.outputs]);
  // DEQUANTIZE: 45 bytes in, 180 out.
  assertEquals([plan.peakBytes, plan.peak?.name], [225, "DEQUANTIZE"]);
});

Deno.test("a folded PAD is the convolution's own padding, and the convolution reads its input", () => {
  const model = edgeToEdge();
  const plan = planMemory(model, { techniques: [...offsets, "fold-pad"] });
  assertEquals(plan.removed.map(({ operator, technique }) => [operator, technique]), [
    [1, "fold-pad"],
  ]);
  const convolution = plan.steps.find(({ name }) => name === "CONV_2D") as PlanStep;
  assertEquals(convolution.foldedPadding, { top: 1, bottom: 2, left: 0, right: 1 });
  assertEquals(convolution.inputs[0], 1);
  assertEquals(validatePlan(plan, model), []);
});

Deno.test("a PAD of channels, or one that somebody else reads, stays", () => {
  const graph = new Graph();
  const image = graph.tensor([1, 4, 4, 2]);
  const amounts = graph.integers([0, 0, 1, 1, 1, 1, 0, 1], [4, 2]);
  const padded = graph.add("PAD", {
    inputs: [image, amounts],
    output: [1, 6, 6, 3],
    attributes: {},
  });
  const convolved = graph.add("CONV_2D", {
    inputs: [padded, graph.constant([3, 3, 3, 3]), -1],
    output: [1, 4, 4, 3],
    attributes: { ...CONV, padding: "VALID" },
  });
  const plan = planMemory(graph.model([image], [convolved]));
  assertEquals([plan.removed, plan.steps.length], [[], 2]);
});

Deno.test("a view shares its input's place and lives as long as both", () => {
  const model = edgeToEdge();
  const [, , , view] = lifetimes(model, { techniques: ["alias-views"] });
  assertEquals(view, { tensors: [5, 7], name: "t5", sizeBytes: 45, from: 2, until: 4 });
});

Deno.test("integers at the edges: the caller hands t1 and takes t8", () => {
  const model = edgeToEdge();
  const plan = planMemory(model, { techniques: [...offsets, "integer-edges"] });
  assertEquals([plan.inputs, plan.outputs], [[1], [8]]);
  assertEquals(plan.steps.map(({ name }) => name), ["PAD", "CONV_2D", "RESHAPE", "SOFTMAX"]);
  assertEquals(validatePlan(plan, model), []);
});

Deno.test("everything together: softmax in place, one convolution", () => {
  const model = edgeToEdge();
  const plan = planMemory(model);
  assertEquals(plan.steps.map(({ name }) => name), ["CONV_2D", "SOFTMAX"]);
  // 32 bytes in, 45 out. Backward, a pixel's 3 bytes may lie over what no earlier pixel reads.
  assert(plan.optimal && plan.peakBytes < 77 && plan.peakBytes >= 45);
  assertEquals(validatePlan(plan, model), []);
});

Deno.test("an ADD of two inputs that die stores its sum over one of them", () => {
  const graph = new Graph();
  const image = graph.tensor([1, 10]);
  const relu = (from: number) =>
    graph.add("RELU", { inputs: [from], output: [1, 10], attributes: {} });
  const sum = graph.add("ADD", {
    inputs: [relu(image), relu(image)],
    output: [1, 10],
    attributes: { activation: "NONE", potScaleInt16: false },
  });
  const model = graph.model([image], [sum]);
  assertEquals(planMemory(model, { techniques: offsets }).peakBytes, 30);
  const plan = planMemory(model);
  assertEquals([plan.peakBytes, plan.optimal], [20, true]);
  const [share] = plan.buffers.find(({ tensors }) => tensors[0] === sum)!.shares;
  assertEquals([share.step, share.form, share.distanceBytes], [2, "overlap", 0]);
});

Deno.test("an input that is the weights as well is not overwritten", () => {
  const graph = new Graph();
  const square = graph.tensor([4, 4]);
  const result = graph.add("FULLY_CONNECTED", {
    inputs: [square, square, -1],
    output: [4, 4],
    attributes: {
      activation: "NONE",
      weightsFormat: "DEFAULT",
      keepNumDims: false,
      asymmetricQuantizeInputs: false,
      quantizedBiasType: "float32",
    },
  });
  const model = graph.model([square], [result]);
  const plan = planMemory(model);
  assertEquals([plan.peakBytes, plan.steps[0].form], [32, "plain"]);
});

Deno.test("a depthwise convolution in place keeps a ring, as wide as there is room", () => {
  const graph = new Graph();
  const image = graph.tensor([1, 8, 8, 4]);
  const depthwise = graph.add("DEPTHWISE_CONV_2D", {
    inputs: [image, graph.constant([1, 3, 3, 4]), -1],
    output: [1, 8, 8, 4],
    attributes: {
      padding: "SAME",
      strideH: 1,
      strideW: 1,
      dilationH: 1,
      dilationW: 1,
      depthMultiplier: 1,
      activation: "NONE",
    },
  });
  const model = graph.model([image], [depthwise]);
  const techniques = ["optimal-offsets", "in-place-depthwise"] as const;
  const plan = planMemory(model, { techniques });
  const [{ form, delayPixels, channelsAtOnce, ring }] = plan.steps;
  assertEquals([form, delayPixels, channelsAtOnce], ["in-place", 9, 1]);
  assertEquals(plan.peakBytes, 256 + 9);
  assertEquals(plan.buffers.find(({ id }) => id === ring)?.sizeBytes, 9);
  const wide = planMemory(model, { techniques, channels: 4 });
  assertEquals([wide.peakBytes, wide.steps[0].channelsAtOnce], [256 + 36, 4]);
  assertEquals(validatePlan(wide, model), []);
});

Deno.test("offsets keep the alignment asked for, and that of the elements", () => {
  const model = edgeToEdge();
  for (const alignmentBytes of [1, 4, 16]) {
    const plan = planMemory(model, { alignmentBytes, techniques: offsets });
    assert(plan.buffers.every(({ offsetBytes }) => offsetBytes % alignmentBytes === 0));
    assertEquals(validatePlan(plan, model), []);
  }
});

Deno.test("a model without operators has an empty plan; empty tensors take no room", () => {
  const graph = new Graph();
  const nothing = graph.tensor([1, 0]);
  const kept = graph.tensor([1, 5]);
  const model = graph.model([nothing, kept], [nothing, kept]);
  const plan = planMemory(model);
  assertEquals([plan.peakBytes, plan.steps, plan.peak], [5, [], null]);
  assertEquals(validatePlan(plan, model), []);
});

Deno.test("options out of range are refused with what was found and what is needed", () => {
  const model = edgeToEdge();
  const fails = (options: object, message: string) =>
    assertThrows(() => planMemory(model, options), RangeError, message);
  fails({ techniques: ["magic"] }, 'technique "magic", needed one of fold-pad');
  fails({ alignmentBytes: 0 }, "alignmentBytes is 0, needed a whole number of at least 1");
  fails({ input: "nowhere" }, 'input "nowhere", needed one of resident, external');
  fails({ scratch: "some" }, 'scratch "some"');
  fails({ pixels: 1.5 }, "pixels is 1.5");
});
