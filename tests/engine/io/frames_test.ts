import {
  type Frame,
  initialState,
  type Model,
  outputBytes,
  outputNpy,
  quantizeValues,
  readFrames,
  readNpy,
  realValues,
  runReference,
  writeNpy,
  zeroValues,
} from "../../../mod.ts";
import { assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { goldenModels, read } from "../golden.ts";
import { pngFile } from "./png_file.ts";
import { modelOf, quantizing, real, tensor } from "./single_tensor.ts";

const two = modelOf(tensor([1, 2]), tensor([2], { name: "y", dtype: "int16" }));

const raw = (...bytes: number[]) => ({ name: "in.bin", bytes: Uint8Array.from(bytes) });

const npy = (
  values: Int8Array | Int16Array | Float32Array | Float64Array | Int32Array,
  shape = [values.length],
) => {
  const dtype = values[Symbol.toStringTag].replace("Array", "").toLowerCase() as "int8";
  return { name: "in.npy", bytes: writeNpy({ dtype, shape, values }) };
};

async function lists(...of: Parameters<typeof readFrames>): Promise<number[][][]> {
  return (await readFrames(...of)).map((frame) =>
    frame.map((values) => Array.from(values as ArrayLike<number>, Number))
  );
}

async function refuses(
  files: Parameters<typeof readFrames>[0],
  model: Model,
  message: string,
  type: ErrorConstructor = RangeError,
) {
  await assertRejects(() => readFrames(files, model), type, message);
}

Deno.test("a raw file holds frames, each with the inputs in order, little-endian", async () => {
  const frames = await readFrames([raw(1, 255, 2, 0, 255, 255, 3, 4, 0, 1, 0, 128)], two);
  assertEquals(frames, [
    [new Int8Array([1, -1]), new Int16Array([2, -1])],
    [new Int8Array([3, 4]), new Int16Array([256, -32768])],
  ]);
});

Deno.test("raw files run one after the other", async () => {
  const frames = await lists([raw(1, 2), raw(3, 4, 5, 6)], modelOf(tensor([1, 2])));
  assertEquals(frames, [[[1, 2]], [[3, 4]], [[5, 6]]]);
});

Deno.test("a raw file of another size is refused with the sizes found and needed", async () => {
  const needed = 'needed 6 or a multiple: a frame is "x" int8 [1,2] + "y" int16 [2]';
  await refuses([raw(1, 2, 3, 4, 5)], two, `in.bin: 5 bytes, ${needed}`);
  await refuses([raw(1, 2, 3, 4, 5, 6, 7)], two, `in.bin: 7 bytes, ${needed}`);
  await refuses([raw()], two, `in.bin: 0 bytes, ${needed}`);
  await refuses([], two, "no input files", TypeError);
});

Deno.test("an array may leave the leading 1 away, or have the frames in front", async () => {
  const model = modelOf(tensor([1, 2, 3]));
  const one = new Int8Array([1, 2, 3, 4, 5, 6]);
  for (const shape of [[1, 2, 3], [2, 3], [1, 1, 2, 3]]) {
    assertEquals(await readFrames([npy(one, shape)], model), [[one]]);
  }
  const both = new Int8Array([...one, 7, 8, 9, 10, 11, 12]);
  for (const shape of [[2, 2, 3], [2, 1, 2, 3]]) {
    assertEquals(await readFrames([npy(both, shape)], model), [[one], [both.slice(6)]]);
  }
  const needed = "needed [1,2,3] or [frames,1,2,3] or [2,3] or [frames,2,3]";
  await refuses([npy(one, [3, 2])], model, `in.npy: array of shape [3,2], ${needed}`, TypeError);
  await refuses([npy(one, [6])], model, `array of shape [6], ${needed}`, TypeError);
  await refuses([npy(new Int8Array(), [0, 2, 3])], model, "array of shape [0,2,3] has no frames");
  await refuses(
    [npy(one, [3, 2])],
    modelOf(tensor([2, 3])),
    "needed [2,3] or [frames,2,3]",
    TypeError,
  );
});

Deno.test("real arrays are quantized by the input, halves away from zero, saturated", async () => {
  const quantization = { scales: [0.5], zeroPoints: [-3], axis: 0 };
  const reals = [0, 0.25, -0.25, 1e9, -Infinity, 0.3];
  for (const values of [new Float32Array(reals), new Float64Array(reals)]) {
    assertEquals(await lists([npy(values)], modelOf(tensor([1, 6], { quantization }))), [[[
      -3,
      -2,
      -4,
      127,
      -128,
      -2,
    ]]]);
    assertEquals(
      await lists([npy(values)], modelOf(tensor([1, 6], { dtype: "uint8", quantization }))),
      [[[0, 0, 0, 255, 0, 0]]],
    );
    assertEquals(await readFrames([npy(values)], modelOf(real([1, 6]))), [[
      new Float32Array(reals),
    ]]);
  }
});

Deno.test("arrays of another type are refused", async () => {
  const model = modelOf(tensor([2]));
  await refuses(
    [npy(new Int16Array(2))],
    model,
    "array of int16, needed int8 or float32, float64",
    TypeError,
  );
  await refuses(
    [npy(new Int32Array(2))],
    modelOf(real([2])),
    "array of int32, needed float32 or float64",
    TypeError,
  );
  const plain = modelOf(tensor([2], { quantization: null }));
  await refuses(
    [npy(new Float32Array(2))],
    plain,
    'real numbers for "x", which is int8 with scales []',
    TypeError,
  );
  await refuses(
    [npy(new Float32Array(2))],
    modelOf(tensor([2], { dtype: "int32" })),
    "which is int32",
    TypeError,
  );
});

Deno.test("NaN is refused where it is to be quantized, and only there", async () => {
  const numbers = new Float32Array([1, NaN]);
  const bytes = { name: "in.bin", bytes: new Uint8Array(numbers.buffer) };
  const message = 'element 1 for "x" is NaN, and is to be quantized';
  await refuses([npy(numbers)], modelOf(tensor([2])), `in.npy: ${message}`);
  for (const file of [npy(numbers), bytes]) {
    await refuses([file], quantizing(real([2]), tensor([2])), `${file.name}: ${message}`);
    assertEquals(await readFrames([file], modelOf(real([2]))), [[numbers]]);
  }
});

Deno.test("a model with several inputs takes arrays and images in groups", async () => {
  const model = modelOf(tensor([1, 2]), tensor([1, 1, 2, 1], { name: "y" }));
  const image = {
    name: "y.png",
    bytes: pngFile({ width: 2, height: 1, colour: 0, depth: 8, samples: [0, 255] }),
  };
  const x = npy(new Int8Array([1, 2]));
  const y = npy(new Int8Array([3, 4, 5, 6]), [2, 1, 2, 1]);
  assertEquals(
    await lists([x, image, raw(5, 6, 7, 8), npy(new Int8Array([1, 2, 3, 4]), [2, 2]), y], model),
    [
      [[1, 2], [-128, 127]],
      [[5, 6], [7, 8]],
      [[1, 2], [3, 4]],
      [[3, 4], [5, 6]],
    ],
  );
  const whole = "needed an array or an image for each";
  await refuses([x], model, `in.npy: for 1 of 2 inputs, ${whole}`, TypeError);
  await refuses([x, raw(1, 2, 3, 4)], model, `in.npy: for 1 of 2 inputs, ${whole}`, TypeError);
  await refuses([x, y], model, "in.npy, in.npy: 1, 2 frames, needed the same number of each");
});

Deno.test("outputs become one raw file, or an array with the frames in front", () => {
  const frames: Frame[] = [[new Int8Array([1, 2])], [new Int8Array([3, 4])]];
  assertEquals(outputBytes(frames), new Uint8Array([1, 2, 3, 4]));
  assertEquals(
    outputBytes([[new Int32Array([1]), new Float32Array([1])]]),
    new Uint8Array([1, 0, 0, 0, 0, 0, 128, 63]),
  );
  assertEquals(readNpy(outputNpy(frames, modelOf(tensor([1, 2])))), {
    dtype: "int8",
    shape: [2, 2],
    values: new Int8Array([1, 2, 3, 4]),
  });
  assertEquals(readNpy(outputNpy(frames, modelOf(tensor([2])))).shape, [2, 2]);
  assertEquals(readNpy(outputNpy(frames.slice(1), modelOf(tensor([2, 1])))).shape, [1, 2, 1]);
  assertThrows(() => outputNpy(frames, two), TypeError, ".npy for 2 outputs, needed one");
});

Deno.test("what is written as outputs is read as inputs", async () => {
  const model = modelOf(tensor([1, 2]));
  const frames: Frame[] = [[new Int8Array([1, 2])], [new Int8Array([3, 4])]];
  assertEquals(
    await readFrames([{ name: "a.npy", bytes: outputNpy(frames, model) }], model),
    frames,
  );
  assertEquals(await readFrames([{ name: "a.bin", bytes: outputBytes(frames) }], model), frames);
});

Deno.test("every int8, uint8 and int16 quantizes back to itself", () => {
  for (const dtype of ["int8", "uint8", "int16"] as const) {
    const values = zeroValues(dtype, 65536);
    for (let i = 0; i < values.length; i++) values[i] = i;
    const quantization = { scales: [Math.fround(0.0123)], zeroPoints: [7], axis: 0 };
    const of = tensor([65536], { dtype, quantization });
    assertEquals(quantizeValues(Float32Array.from(realValues(values, of)), of), values);
  }
});

Deno.test("real values: integers by scale and zero point, others as they are", () => {
  const quantization = { scales: [0.5], zeroPoints: [3], axis: 0 };
  assertEquals(
    realValues(new Int32Array([1, 3]), tensor([2], { dtype: "int32", quantization })),
    new Float64Array([-1, 0]),
  );
  assertEquals(
    realValues(new BigInt64Array([5n]), tensor([1], { dtype: "int64", quantization: null })),
    new Float64Array([5]),
  );
  assertEquals(realValues(new Float32Array([0.5]), real([1])), new Float64Array([0.5]));
});

for (const { name, model, frames } of goldenModels()) {
  if (frames === null) continue;
  Deno.test(`${name}: the frames of one file, in order, give the golden sequence`, async () => {
    const inputs = await readFrames(
      [{ name: "seq_input.bin", bytes: read(name, "seq_input.bin") }],
      model,
    );
    assertEquals(inputs.length, frames);
    let state = initialState(model);
    const outputs = inputs.map((frame) => {
      const result = runReference(model, frame, { state });
      state = result.state;
      return result.outputs;
    });
    assertEquals(outputBytes(outputs), read(name, "seq_output.0.bin"));
  });
}
