// Every network of the zoo: determinism, files, options.
import { assert, assertEquals, assertNotEquals, assertThrows } from "../assert.ts";
import {
  checkModel,
  constantValues,
  type Model,
  readModel,
  writeModel,
  zoo,
  zooNames,
  type ZooOptions,
  zooTable,
} from "tinyloom";

function shapeOf(model: Model, which: "inputs" | "outputs"): readonly number[] {
  return model.tensors[model[which][0]].shape;
}

Deno.test("every network of the zoo is consistent and reads back equal", async (t) => {
  for (const name of zooNames()) {
    await t.step(name, () => {
      const model = zoo(name);
      checkModel(model);
      assertEquals(readModel(writeModel(model)), model);
    });
  }
});

Deno.test("the same name, options and seed give the same bytes, another seed gives others", () => {
  const bytes = (options: ZooOptions) => writeModel(zoo("mcunet-in0", options));
  assertEquals(bytes({}), bytes({ seed: 1 }));
  assertEquals(bytes({ seed: -7 }), bytes({ seed: -7 }));
  assertNotEquals(bytes({ seed: 2 }), bytes({}));
});

Deno.test("weights are symmetric, use the whole range of every channel, and sum to about zero", () => {
  const { tensors, operators } = zoo("mcunet-in0");
  for (const { op, inputs } of operators) {
    if (op !== "CONV_2D" && op !== "DEPTHWISE_CONV_2D") continue;
    const weights = tensors[inputs[1]];
    const { scales, zeroPoints, axis } = weights.quantization!;
    const channels = weights.shape[axis];
    assertEquals([scales.length, axis], [channels, op === "CONV_2D" ? 0 : 3]);
    assert(zeroPoints.every((zeroPoint) => zeroPoint === 0));
    const values = constantValues(weights) as Int8Array;
    const taps = values.length / channels;
    for (let channel = 0; channel < channels; channel++) {
      const filter = Array.from(
        { length: taps },
        (_, i) => values[op === "CONV_2D" ? channel * taps + i : i * channels + channel],
      );
      assertEquals(Math.max(...filter.map(Math.abs)), 127);
      const sum = filter.reduce((total, value) => total + value);
      assert(Math.abs(sum) <= taps / 2, `${weights.name} channel ${channel} sums to ${sum}`);
    }
  }
});

Deno.test("a bias has the scale of its input times that of its weights", () => {
  const { tensors, operators } = zoo("mlperf-tiny-ic");
  for (const { op, inputs } of operators) {
    if (op !== "CONV_2D" && op !== "FULLY_CONNECTED") continue;
    const [input, weights, bias] = inputs.map((index) => tensors[index].quantization!.scales);
    assertEquals(bias, weights.map((scale) => Math.fround(scale * input[0])));
  }
});

Deno.test("MobileNetV2 takes width, resolution and classes", () => {
  const model = zoo("mobilenet_v2", { width: 0.35, resolution: 144, classes: 10 });
  assertEquals(shapeOf(model, "inputs"), [1, 144, 144, 3]);
  assertEquals(shapeOf(model, "outputs"), [1, 10]);
  const stem = model.tensors[model.operators[0].outputs[0]];
  assertEquals(stem.shape, [1, 72, 72, 16]);
});

Deno.test("a resolution that the strides do not divide rounds up, as SAME padding does", () => {
  const { tensors, operators } = zoo("mcunet-in3", { resolution: 33 });
  const last = operators.findLast(({ op }) => op === "CONV_2D")!;
  assertEquals(tensors[last.outputs[0]].shape, [1, 2, 2, 160]);
});

Deno.test("with explicit padding, a PAD stands where PyTorch's padding is not SAME", () => {
  const { tensors, operators } = zoo("mcunet-vww1", { explicitPadding: true });
  // 80, 40, 20 and 10 rows are padded; 5 rows under a 5x5 filter of stride 2 are SAME already.
  const pads = operators.filter(({ op }) => op === "PAD");
  assertEquals(pads.map(({ outputs }) => tensors[outputs[0]].shape), [
    [1, 82, 82, 3],
    [1, 42, 42, 48],
    [1, 26, 26, 48],
    [1, 16, 16, 144],
  ]);
  assert(!zoo("mcunet-vww1").operators.some(({ op }) => op === "PAD"));
});

Deno.test("with float edges, input and output are float32 around the same int8 network", () => {
  const [plain, edged] = [false, true].map((floatEdges) => zoo("mcunet-in0", { floatEdges }));
  const names = ({ operators }: Model) => operators.map(({ op }) => op);
  assertEquals(names(edged), ["QUANTIZE", ...names(plain), "DEQUANTIZE"]);
  for (const [which, shape] of [["inputs", [1, 48, 48, 3]], ["outputs", [1, 1000]]] as const) {
    const { dtype } = edged.tensors[edged[which][0]];
    assertEquals([dtype, shapeOf(edged, which)], ["float32", [...shape]]);
  }
  const constants = ({ tensors }: Model) => tensors.filter(({ data }) => data !== null);
  assertEquals(constants(edged), constants(plain));
  assertEquals(readModel(writeModel(edged)), edged);
});

Deno.test("an unknown network is refused with the names there are", () => {
  const error = assertThrows(() => zoo("mobilenet"), RangeError, 'network "mobilenet"');
  for (const name of zooNames()) assert(error.message.includes(name));
});

Deno.test("impossible options are refused with the value found and the value needed", async (t) => {
  const refused: readonly [string, ZooOptions, typeof RangeError | typeof TypeError, string][] = [
    [
      "mobilenet_v2",
      { width: 0 },
      RangeError,
      'width 0 of "mobilenet_v2", needed a number above 0',
    ],
    ["mobilenet_v2", { width: -1 }, RangeError, "width -1"],
    ["mobilenet_v2", { width: NaN }, RangeError, "width NaN"],
    ["mobilenet_v2", { width: 5 }, RangeError, "at most 4"],
    ["mobilenet_v2", { resolution: 0 }, RangeError, "resolution 0"],
    ["mobilenet_v2", { resolution: 31 }, RangeError, "needed an integer from 32"],
    ["mobilenet_v2", { resolution: 96.5 }, RangeError, "resolution 96.5"],
    ["mobilenet_v2", { classes: 0 }, RangeError, "classes 0"],
    ["mobilenet_v2", { seed: 0.5 }, RangeError, "seed 0.5"],
    ["mobilenet_v2", { seed: 2 ** 32 }, RangeError, "an integer of 32 bits"],
    ["mcunet-in3", { width: 1 }, TypeError, 'option "width" of "mcunet-in3", which takes seed, '],
    ["mlperf-tiny-kws", { classes: 2 }, TypeError, "which takes seed"],
    ["mobilenet_v2", { size: 96 } as ZooOptions, TypeError, 'option "size"'],
    ["mobilenet_v2", { width: "1" } as unknown as ZooOptions, TypeError, "needed a number"],
  ];
  for (const [name, options, kind, message] of refused) {
    await t.step(`${name} ${Deno.inspect(options)}`, () => {
      assertThrows(() => zoo(name, options), kind, message);
    });
  }
});

Deno.test("the table lists every network with its defaults", () => {
  const rows = zooTable().toArray();
  assertEquals(rows.map(({ name }) => name), [...zooNames()]);
  const defaults = rows.map(({ name, width, resolution, classes, explicitPadding }) =>
    [name, { width, resolution, classes, explicitPadding }] as const
  );
  assertEquals(Object.fromEntries(defaults)["mcunet-in3"], {
    width: null,
    resolution: 176,
    classes: 1000,
    explicitPadding: true,
  });
});
