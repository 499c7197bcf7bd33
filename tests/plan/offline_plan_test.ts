import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  offlinePlan,
  PlanError,
  planMemory,
  readModel,
  tflmGreedyPlan,
  validatePlan,
  withOfflinePlan,
  writeModel,
  zoo,
} from "tinyloom";
import { Graph } from "../model/models.ts";

function offsetsIn(data: Uint8Array): Int32Array {
  return new Int32Array(data.slice().buffer);
}

Deno.test("the metadata holds version, subgraphs, count and an offset for every tensor", () => {
  const model = zoo("mlperf-tiny-vww");
  const plan = offlinePlan(model);
  assertEquals([plan.peakBytes, tflmGreedyPlan(model).peakBytes], [55_296, 73_728]);
  const planned = readModel(writeModel(withOfflinePlan(model)));
  const { name, data } = planned.metadata.at(-1)!;
  assertEquals(name, "OfflineMemoryAllocation");
  const words = offsetsIn(data);
  assertEquals([...words.slice(0, 3)], [1, 1, model.tensors.length]);
  assertEquals(words.length, 3 + model.tensors.length);
  model.tensors.forEach(({ data }, tensor) => {
    const buffer = plan.buffers.find(({ tensors }) => tensors.includes(tensor));
    assertEquals(words[3 + tensor], buffer?.offsetBytes ?? -1);
    if (data !== null) assertEquals(words[3 + tensor], -1);
  });
});

Deno.test("a plan is replaced, other metadata stays", () => {
  const model = zoo("mlperf-tiny-ad");
  const kept = { name: "min_runtime_version", data: new Uint8Array([49]) };
  const twice = withOfflinePlan(withOfflinePlan({ ...model, metadata: [kept] }));
  assertEquals(twice.metadata.map(({ name }) => name), [kept.name, "OfflineMemoryAllocation"]);
});

Deno.test("plans that TFLM's kernels would break are refused", () => {
  const model = zoo("mlperf-tiny-kws");
  assertThrows(
    () => withOfflinePlan(model, planMemory(model)),
    PlanError,
    'need a plan without "overlap" and "in-place-depthwise"',
  );
  const graph = new Graph();
  const image = graph.tensor([1, 5]);
  const result = graph.add("RELU", { inputs: [image], output: [1, 5], attributes: {} });
  const odd = graph.model([image], [result]);
  const unaligned = planMemory(odd, { techniques: ["optimal-offsets"] });
  assertThrows(
    () => withOfflinePlan(odd, unaligned),
    PlanError,
    "lies at 5, needed a multiple of 16",
  );
});

Deno.test("operators are written in the plan's order, those it leaves out where they are needed", () => {
  const model = zoo("mcunet-vww0", { explicitPadding: true });
  const techniques = ["fold-pad", "alias-views", "optimal-offsets"] as const;
  const plan = planMemory(model, { techniques, alignmentBytes: 16 });
  assert(plan.removed.length > 0);
  const planned = withOfflinePlan(model, plan);
  assertEquals(planned.operators, model.operators);
  assertEquals(validatePlan(offlinePlan(planned), planned), []);
});
