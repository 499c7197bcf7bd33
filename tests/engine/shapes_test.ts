import { assertEquals, assertThrows } from "../assert.ts";
import { constant, list, run, single, tensor } from "./single_operator.ts";

const slice = {
  beginMask: 0,
  endMask: 0,
  ellipsisMask: 0,
  newAxisMask: 0,
  shrinkAxisMask: 0,
  offset: false,
};

Deno.test("RESHAPE, SQUEEZE and EXPAND_DIMS keep the elements in order", () => {
  const x = new Int8Array([1, 2, 3, 4]);
  const inputs = [tensor("int8", [1, 4])];
  const reshape = { inputs, outputs: [tensor("int8", [2, 2])] };
  assertEquals(run(single("RESHAPE", { newShape: [2, 2] }, reshape), x), [1, 2, 3, 4]);
  const squeeze = { inputs, outputs: [tensor("int8", [4])] };
  assertEquals(run(single("SQUEEZE", { squeezeDims: [] }, squeeze), x), [1, 2, 3, 4]);
  const expand = { inputs: [inputs[0], list(0)], outputs: [tensor("int8", [1, 1, 4])] };
  assertEquals(run(single("EXPAND_DIMS", {}, expand), x), [1, 2, 3, 4]);
});

Deno.test("TRANSPOSE permutes dimensions, bigints too", () => {
  const model = single("TRANSPOSE", {}, {
    inputs: [tensor("int64", [1, 2, 3]), list(2, 0, 1)],
    outputs: [tensor("int64", [3, 1, 2])],
  });
  const x = BigInt64Array.from([1n, 2n, 3n, 4n, 5n, 6n]);
  assertEquals(run(model, x), [1, 4, 2, 5, 3, 6]);
});

Deno.test("PAD surrounds with the zero point of 8-bit integers, with 0 otherwise", () => {
  const model = (dtype: "int8" | "int16") =>
    single("PAD", {}, {
      inputs: [
        tensor(dtype, [1, 2], [1, dtype === "int8" ? -128 : 0]),
        constant("int32", new Int32Array([1, 0, 0, 2]), { shape: [2, 2] }),
      ],
      outputs: [tensor(dtype, [2, 4], [1, dtype === "int8" ? -128 : 0])],
    });
  const z = -128;
  assertEquals(run(model("int8"), new Int8Array([5, 6])), [z, z, z, z, 5, 6, z, z]);
  assertEquals(run(model("int16"), new Int16Array([5, 6])), [0, 0, 0, 0, 5, 6, 0, 0]);
});

Deno.test("CONCATENATION joins along an axis; uint8 of other scales is requantized", () => {
  const model = single("CONCATENATION", { axis: -1, activation: "NONE" }, {
    inputs: [tensor("uint8", [2, 1], [1, 10]), tensor("uint8", [2, 2], [0.5, 0])],
    outputs: [tensor("uint8", [2, 3], [1, 10])],
  });
  const y = run(model, new Uint8Array([1, 2]), new Uint8Array([0, 1, 100, 255]));
  assertEquals(y, [1, 10, 11, 2, 60, 138]);
});

Deno.test("CONCATENATION refuses int8 of other scales", () => {
  const model = single("CONCATENATION", { axis: 0, activation: "NONE" }, {
    inputs: [tensor("int8", [1], [1, 0]), tensor("int8", [1], [0.5, 0])],
    outputs: [tensor("int8", [2], [1, 0])],
  });
  const one = new Int8Array(1);
  assertThrows(() => run(model, one, one), Error, "operator 0 CONCATENATION: input of scale 0.5");
});

Deno.test("SPLIT cuts equal parts, PACK stacks", () => {
  const model = single("SPLIT", { numSplits: 2 }, {
    inputs: [list(1), tensor("int8", [2, 4])],
    outputs: [tensor("int8", [2, 2]), tensor("int8", [2, 2])],
  });
  const x = new Int8Array([1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals(run(model, x), [1, 2, 5, 6]);
  assertEquals(run({ ...model, outputs: [model.outputs[1]] }, x), [3, 4, 7, 8]);
  const pack = single("PACK", { axis: 1, valuesCount: 2 }, {
    inputs: [tensor("int16", [2]), tensor("int16", [2])],
    outputs: [tensor("int16", [2, 2])],
  });
  assertEquals(run(pack, new Int16Array([1, 2]), new Int16Array([3, 4])), [1, 3, 2, 4]);
});

Deno.test("STRIDED_SLICE walks forwards and backwards, and drops dimensions", () => {
  const x = new Int8Array([0, 1, 2, 3, 4, 5, 6, 7]);
  const model = (masks: Partial<typeof slice>, [begin, end, stride]: number[][], shape: number[]) =>
    single("STRIDED_SLICE", { ...slice, ...masks }, {
      inputs: [tensor("int8", [2, 4]), list(...begin), list(...end), list(...stride)],
      outputs: [tensor("int8", shape)],
    });
  assertEquals(run(model({}, [[0, -3], [2, 100], [1, 2]], [2, 2]), x), [1, 3, 5, 7]);
  assertEquals(
    run(model({ beginMask: 3, endMask: 3 }, [[0, 0], [0, 0], [-1, -2]], [2, 2]), x),
    [7, 5, 3, 1],
  );
  assertEquals(run(model({ shrinkAxisMask: 1 }, [[-1, 0], [0, 2], [1, 1]], [2]), x), [4, 5]);
  assertEquals(run(model({}, [[1], [2], [1]], [1, 4]), x), [4, 5, 6, 7]);
});

Deno.test("RESIZE_NEAREST_NEIGHBOR takes the nearest pixel", () => {
  const model = (attributes: { alignCorners: boolean; halfPixelCenters: boolean }, to: number) =>
    single("RESIZE_NEAREST_NEIGHBOR", attributes, {
      inputs: [tensor("int8", [1, 1, 3, 1]), list(1, to)],
      outputs: [tensor("int8", [1, 1, to, 1])],
    });
  const x = new Int8Array([10, 20, 30]);
  const plain = { alignCorners: false, halfPixelCenters: false };
  assertEquals(run(model(plain, 5), x), [10, 10, 20, 20, 30]);
  assertEquals(run(model({ ...plain, alignCorners: true }, 4), x), [10, 20, 20, 30]);
  assertEquals(run(model({ ...plain, halfPixelCenters: true }, 2), x), [10, 30]);
});
