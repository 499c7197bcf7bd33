// Extents that are not known until run time: of them nothing is asked, of all else everything.
import {
  macs,
  type Model,
  type ModelTensor,
  overlapRules,
  planMemory,
  readModel,
  validatePlan,
  writeModel,
} from "tinyloom";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { constant, list, single, tensor } from "../engine/single_operator.ts";

/** A tensor with extents of -1 that are not known, and any number in their place. */
function open(signature: readonly number[], placeholder: number): ModelTensor {
  const shape = signature.map((extent) => extent === -1 ? placeholder : extent);
  return { ...tensor("int8", shape, [0.5, 0]), shapeSignature: signature };
}

const again = (model: Model) => readModel(writeModel(model));

Deno.test("whatever number stands for an extent that is not known, the operator is accepted", () => {
  for (const placeholder of [0, 1, 2, 5, 9]) {
    const x = open([1, -1, 4], placeholder);
    const models = [
      single("GATHER", { axis: 1, batchDims: 0 }, {
        inputs: [x, tensor("int32", [3])],
        outputs: [open([1, 3, -1], 7)],
      }),
      single("CONCATENATION", { axis: 1, activation: "NONE" }, {
        inputs: [x, tensor("int8", [1, 2, 4], [0.5, 0])],
        outputs: [open([1, -1, 4], 3)],
      }),
      single("TRANSPOSE", {}, { inputs: [x, list(0, 2, 1)], outputs: [open([1, 4, -1], 6)] }),
      single("FULLY_CONNECTED", {
        activation: "NONE",
        weightsFormat: "DEFAULT",
        keepNumDims: true,
        asymmetricQuantizeInputs: false,
        quantizedBiasType: "float32",
      }, {
        inputs: [x, constant("int8", new Int8Array(12), { shape: [3, 4] }), null],
        outputs: [open([1, -1, 3], 8)],
      }),
    ];
    for (const model of models) {
      const read = again(model);
      assert(Number.isFinite(macs(read)) && macs(read) >= 0, model.name);
      for (const fusion of ["none", "best"] as const) {
        const plan = planMemory(read, { fusion });
        assertEquals(validatePlan(plan, read), [], `${model.name} ${placeholder}`);
        assertEquals(plan.optimal, false);
      }
    }
  }
});

Deno.test("attributes and extents that are known are checked beside ones that are not", () => {
  const x = open([1, -1, 4], 1);
  const y = open([1, -1, 4], 1);
  const gather = (axis: number) =>
    single("GATHER", { axis, batchDims: 0 }, { inputs: [x, tensor("int32", [3])], outputs: [y] });
  assertThrows(() => again(gather(7)), Error, "axis 7 of data of shape [1,?,4]");
  const sum = single("ADD", { activation: "NONE", potScaleInt16: false }, {
    inputs: [x, tensor("int8", [1, 1, 3], [0.5, 0])],
    outputs: [y],
  });
  assertThrows(() => again(sum), Error, "do not broadcast");
  const blocks = single("SPACE_TO_DEPTH", { blockSize: 0 }, {
    inputs: [open([1, -1, 4, 1], 2)],
    outputs: [open([1, -1, 2, 4], 1)],
  });
  assertThrows(() => again(blocks), Error, "a block of 0");
  const rows = single("RESIZE_BILINEAR", { alignCorners: false, halfPixelCenters: false }, {
    inputs: [open([1, -1, 4, 3], 2), list(8, 8)],
    outputs: [open([1, 8, -1, 2], 8)],
  });
  assertThrows(() => again(rows), Error, "output of shape [1,8,?,2], needed [1,8,8,3]");
});

Deno.test("numbers that contradict each other where extents are not known share no bytes", () => {
  // Of 3 columns there are no blocks of 2.
  const model = again(single("SPACE_TO_DEPTH", { blockSize: 2 }, {
    inputs: [open([1, 2, -1, 1], 3)],
    outputs: [tensor("int8", [1, 1, 2, 4], [0.5, 0])],
  }));
  assertEquals(overlapRules(model, model.operators[0]), []);
  const plan = planMemory(model);
  assertEquals(validatePlan(plan, model), []);
  assertEquals([plan.peakBytes, plan.optimal], [6 + 8, false]);
  assertEquals(plan.unknown, [
    "scratch memory, state and multiply-accumulates of SPACE_TO_DEPTH (operator 0)",
    "extents, known at run time only, of tensor 0",
  ]);
});
