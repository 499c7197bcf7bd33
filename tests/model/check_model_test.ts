import { checkModel, liveBytes, type Model, ModelError, type Operator } from "tinyloom";
import { assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { convolutional, Graph, sampleModels } from "./models.ts";

Deno.test("no output shape is accepted but the right one", () => {
  for (const model of Object.values(sampleModels())) {
    for (const operator of model.operators) {
      if (operator.op === "OPAQUE") continue;
      // The operator alone: what it reads is given, what it writes is asked for.
      const alone = { ...model, operators: [operator], signatures: [] };
      const inputs = operator.inputs.filter((index) =>
        index !== -1 && model.tensors[index].data === null && !model.tensors[index].isVariable
      );
      const graph = { ...alone, inputs: [...new Set(inputs)], outputs: operator.outputs };
      checkModel(graph);
      for (const output of operator.outputs) {
        model.tensors[output].shape.forEach((extent, axis) => {
          const shape = model.tensors[output].shape.with(axis, extent + 1);
          assertThrows(() => checkModel(withTensor(graph, output, { shape })), ModelError);
        });
      }
    }
  }
});

function withTensor(
  model: Model,
  index: number,
  change: Partial<Model["tensors"][number]>,
): Model {
  return { ...model, tensors: model.tensors.with(index, { ...model.tensors[index], ...change }) };
}

Deno.test("shapes that are unknown until run time are not held against an operator", () => {
  const model = convolutional();
  const output = model.operators[0].outputs[0];
  const wrong = withTensor(model, output, { shape: [1, 1, 1, 4] });
  assertThrows(() => checkModel(wrong), ModelError);
  checkModel(withTensor(model, output, { shape: [1, 1, 1, 4], shapeSignature: [1, -1, -1, 4] }));
});

Deno.test("negative strides and masks cut as TensorFlow cuts", () => {
  const slice = (output: number[], masks: { end?: number; shrink?: number }) => {
    const graph = new Graph();
    const x = graph.tensor([7, 5]);
    const lists = [[-1, 1], [0, 4], [-2, 1]].map((list) => graph.integers(list));
    const y = graph.add("STRIDED_SLICE", {
      inputs: [x, ...lists],
      output,
      attributes: {
        beginMask: 0,
        endMask: masks.end ?? 0,
        ellipsisMask: 0,
        newAxisMask: 0,
        shrinkAxisMask: masks.shrink ?? 0,
        offset: false,
      },
    });
    return graph.model([x], [y]);
  };
  checkModel(slice([3, 3], {}));
  checkModel(slice([4, 4], { end: 3 }));
  checkModel(slice([3], { shrink: 2 }));
  const error = assertThrows(() => checkModel(slice([4, 3], {})), ModelError);
  assertEquals(error.reason, "operator 0 STRIDED_SLICE: output of shape [4,3], needed [3,3]");
});

Deno.test("a custom operator may read scratch that nothing writes, others may not", () => {
  const graph = new Graph();
  const [x, scratch, y] = [graph.tensor([4]), graph.tensor([100]), graph.tensor([4])];
  const npu = {
    op: "OPAQUE",
    opName: "npu",
    code: 32,
    optionTable: null,
    attributes: {},
    customOptions: null,
    version: 1,
  } as const;
  graph.operators.push({ ...npu, inputs: [x, scratch], outputs: [y] });
  const model = graph.model([x], [y]);
  checkModel(model);
  assertEquals(liveBytes(model), [108]);
  const builtin = { ...npu, opName: "POW", code: 78, inputs: [x, scratch], outputs: [y] };
  const error = assertThrows(() => checkModel({ ...model, operators: [builtin] }), ModelError);
  assertStringIncludes(error.reason, "reads tensor 1, which nothing before it writes");
});

const operators: Record<string, { change: (operator: Operator) => Operator; reason: string }> = {
  "an input too few": {
    change: (operator) => ({ ...operator, inputs: [0] }),
    reason: "operator 0 CONV_2D: 1 inputs, needed 2 to 3",
  },
  "a missing filter": {
    change: (operator) => ({ ...operator, inputs: [0, -1, 2] }),
    reason: "input 1 is left out (-1) but needed",
  },
  "an input too many": {
    change: (operator) => ({ ...operator, inputs: [0, 1, 2, 2] }),
    reason: "4 inputs, needed 2 to 3",
  },
  "a stride of zero": {
    change: (operator) =>
      operator.op === "CONV_2D"
        ? { ...operator, attributes: { ...operator.attributes, strideH: 0 } }
        : operator,
    reason: "a stride, dilation or window extent of 0, needed at least 1",
  },
  "a bias of the wrong length": {
    change: (operator) => ({ ...operator, inputs: [0, 1, 1] }),
    reason: "bias of shape [4,3,3,3], needed 4 elements",
  },
  "a tensor that is not there": {
    change: (operator) => ({ ...operator, inputs: [0, 1, 99] }),
    reason: "reads tensor 99 of 17",
  },
};

for (const [name, { change, reason }] of Object.entries(operators)) {
  Deno.test(`an operator with ${name} is refused`, () => {
    const model = convolutional();
    const changed = model.operators.with(0, change(model.operators[0]));
    const error = assertThrows(() => checkModel({ ...model, operators: changed }), ModelError);
    assertStringIncludes(error.reason, reason);
  });
}
