import { checkModel, type Model, ModelError, operatorMacs, readModel, writeModel } from "tinyloom";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";
import { places, shared } from "../shared_files.ts";
import { Graph } from "./models.ts";

type Blocks = "SPACE_TO_DEPTH" | "DEPTH_TO_SPACE";

function blocks(op: Blocks, blockSize: number, shapes: readonly [number[], number[]]): Model {
  const graph = new Graph();
  const x = graph.tensor(shapes[0]);
  const y = graph.add(op, { inputs: [x], output: shapes[1], attributes: { blockSize } });
  return graph.model([x], [y]);
}

function extreme(
  op: "MINIMUM" | "MAXIMUM",
  shapes: readonly [number[], number[], number[]],
): Model {
  const graph = new Graph();
  const [a, b] = shapes.slice(0, 2).map((shape) => graph.tensor(shape));
  const y = graph.add(op, { inputs: [a, b], output: shapes[2], attributes: {} });
  return graph.model([a, b], [y]);
}

const accepted: Record<string, Model> = {
  "blocks of 2 x 2 to channels": blocks("SPACE_TO_DEPTH", 2, [[2, 6, 4, 3], [2, 3, 2, 12]]),
  "channels to blocks of 3 x 3": blocks("DEPTH_TO_SPACE", 3, [[1, 2, 1, 18], [1, 6, 3, 2]]),
  "the smaller of equal shapes": extreme("MINIMUM", [[2, 3], [2, 3], [2, 3]]),
  "the larger of shapes that stretch": extreme("MAXIMUM", [[5, 1], [4, 3, 1, 3], [4, 3, 5, 3]]),
};

for (const [name, model] of Object.entries(accepted)) {
  Deno.test(`${name}: accepted, written and read back`, () => {
    checkModel(model);
    assertEquals(readModel(writeModel(model)), model);
    assertEquals(operatorMacs(model.operators[0], model.tensors), 0);
    const [output] = model.outputs;
    model.tensors[output].shape.forEach((extent, axis) => {
      const changed = { ...model.tensors[output] };
      const shape = changed.shape.with(axis, extent + 1);
      const wrong = { ...model, tensors: model.tensors.with(output, { ...changed, shape }) };
      assertThrows(() => checkModel(wrong), ModelError, `needed [${changed.shape}]`);
    });
  });
}

const refused: readonly [reason: string, op: Blocks, blockSize: number, input: number[]][] = [
  ["blocks of 2 x 2 on an input of shape [1,3,4,1]", "SPACE_TO_DEPTH", 2, [1, 3, 4, 1]],
  ["blocks of 2 x 2 on an input of shape [1,4,3,1]", "SPACE_TO_DEPTH", 2, [1, 4, 3, 1]],
  ["a block of 0, needed at least 1", "SPACE_TO_DEPTH", 0, [1, 2, 2, 1]],
  ["input of shape [2,2,1], needed 4", "SPACE_TO_DEPTH", 2, [2, 2, 1]],
  ["blocks of 2 x 2 from an input of shape [1,1,1,6]", "DEPTH_TO_SPACE", 2, [1, 1, 1, 6]],
  ["a block of -1, needed at least 1", "DEPTH_TO_SPACE", -1, [1, 1, 1, 4]],
  ["input of shape [1,1,4], needed 4", "DEPTH_TO_SPACE", 2, [1, 1, 4]],
];

Deno.test("blocks that do not divide and shapes that do not stretch are refused", () => {
  const reasonOf = (model: Model) => assertThrows(() => checkModel(model), ModelError).reason;
  for (const [reason, op, blockSize, input] of refused) {
    assertStringIncludes(reasonOf(blocks(op, blockSize, [input, [1, 1, 1, 1]])), reason);
  }
  for (const op of ["MINIMUM", "MAXIMUM"] as const) {
    const model = extreme(op, [[2, 3], [2, 2], [2, 3]]);
    assertStringIncludes(reasonOf(model), "inputs of shapes that do not broadcast");
  }
});

for (const op of ["SPACE_TO_DEPTH", "DEPTH_TO_SPACE", "MINIMUM", "MAXIMUM"]) {
  Deno.test(`models of ${op} that TensorFlow Lite Micro runs are read`, () => {
    for (const place of places) {
      let read = 0;
      for (const name of place.names(`operators/${op}`)) {
        if (!name.endsWith(".tflite")) continue;
        const model = readModel(place.read(`operators/${op}/${name}`)!);
        read += model.operators.filter((operator) => operator.op === op).length;
        checkModel(model);
      }
      assert(read >= (place === shared ? 6 : 1), `${read} operators in ${place.name}`);
    }
  });
}
