// What is said of a plan is said of all of it, or what is left out is named.
import { devices, fits, flashBytes, type OpaqueOperator, planMemory, zoo } from "tinyloom";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { planInWords } from "../../lib/cli/plan_in_words.ts";
import { Graph } from "../model/models.ts";

/** A typed operator and one that nobody knows. */
function halfKnown() {
  const graph = new Graph();
  const image = graph.tensor([1, 8]);
  const middle = graph.add("RELU", { inputs: [image], output: [1, 8], attributes: {} });
  const result = graph.tensor([1, 8]);
  const table = graph.integers([1, 2, 3, 4, 5]);
  graph.operators.push({
    op: "OPAQUE",
    opName: "Secret",
    code: 32,
    optionTable: null,
    customOptions: null,
    version: 1,
    attributes: {},
    inputs: [middle, table],
    outputs: [result],
  } as OpaqueOperator);
  return graph.model([image], [result]);
}

Deno.test("a plan with unknown parts is neither optimal nor said to fit", () => {
  const model = halfKnown();
  const plan = planMemory(model, { device: devices.stm32f746 });
  const missing = "scratch memory, state and multiply-accumulates of Secret (operator 1)";
  assertEquals(plan.unknown, [missing]);
  assertEquals([plan.optimal, plan.peakBytes, plan.lowerBoundBytes], [false, 16, 16]);
  assert(!plan.fit!.fits);
  assertStringIncludes(plan.fit!.reason, `cannot tell whether it fits: not known are ${missing}`);
  const words = planInWords(model, plan, undefined).join("\n");
  assertStringIncludes(words, `Not counted: ${missing}.`);
  assertStringIncludes(words, "of what is known at least 16 B");
  assert(!/optimal:|Fits/.test(words), words);
});

Deno.test("the same in segments", () => {
  const { optimal, unknown } = planMemory(halfKnown(), { fusion: "best" });
  assertEquals([optimal, unknown.length], [false, 1]);
});

Deno.test("Flash holds constants of every type", () => {
  assertEquals(flashBytes(halfKnown()).weightsBytes, 20);
});

Deno.test("state is in the words as in the figures", () => {
  const graph = new Graph();
  const image = graph.tensor([1, 8]);
  graph.tensor([1, 24], { isVariable: true });
  const result = graph.add("RELU", { inputs: [image], output: [1, 8], attributes: {} });
  const model = graph.model([image], [result]);
  const plan = planMemory(model);
  assertEquals(plan.stateBytes, 24);
  const words = planInWords(model, plan, undefined).join("\n");
  assertStringIncludes(words, "RAM 32 B: arena 8 B + state 24 B");
});

Deno.test("the operator at the peak is the one that cannot do with less", () => {
  const plan = planMemory(zoo("mcunet-in3"));
  assert(plan.optimal && plan.peak !== null);
  assertEquals([plan.peak.operator, plan.peak.name], [11, "DEPTHWISE_CONV_2D"]);
  assertStringIncludes(plan.lowerBoundReason, "operator 11 DEPTHWISE_CONV_2D");
  assertStringIncludes(fits(plan, devices.nano33iot).reason, "at operator 11 DEPTHWISE_CONV_2D");
});
