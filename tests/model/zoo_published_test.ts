// The zoo against what the networks' authors printed, and against real models.
import { assertEquals } from "../assert.ts";
import {
  leastPublishedSram,
  liveBytes,
  macs,
  makeDivisible,
  type Model,
  parameterCount,
  publishedMcunet,
  publishedMcunetModels,
  publishedRuns,
  publishedTinyEngine,
  readModel,
  zoo,
  zooNames,
  zooTable,
} from "tinyloom";
import { sharedModels } from "./shared_models.ts";

/** Channels behind convolutions, which is where these networks have batch normalization. */
function normalizedChannels({ tensors, operators }: Model): number {
  return operators.filter(({ op }) => op === "CONV_2D" || op === "DEPTHWISE_CONV_2D")
    .reduce((sum, { outputs }) => sum + tensors[outputs[0]].shape[3], 0);
}

/** Trainable parameters: a scale and an offset for each channel, of which the file has one bias. */
function trainable(model: Model): number {
  return parameterCount(model) + normalizedChannels(model);
}

/** Weights alone, and the classifier's bias. */
function weights(model: Model): number {
  return parameterCount(model) - normalizedChannels(model);
}

/** A printed figure is the value rounded to the digits that it has. */
function assertPrinted(value: number, printed: number) {
  const digits = String(printed).split(".")[1]?.length ?? 0;
  assertEquals(Number(value.toFixed(digits)), printed);
}

const peak = (model: Model) => Math.max(...liveBytes(model));

Deno.test("MCUNet, its baselines and ProxylessNAS have the published MACs and parameters", async (t) => {
  for (const row of zooTable().toArray()) {
    const { name, publishedMacsMillions: millions, publishedParametersMillions: params } = row;
    if (params === null || !/^(mcunet|mbv2|proxyless)-/.test(name)) continue;
    await t.step(name, () => {
      const model = zoo(name);
      // mobile14: 581 (580.88), gpu and cpu: no MACs printed.
      if (millions !== null) assertPrinted(macs(model) / 1e6, millions);
      assertPrinted(trainable(model) / 1e6, params);
    });
  }
});

Deno.test("MCUNet's table of deployments agrees with the same networks", async (t) => {
  for (const { model: name, macsMillions, parametersMillions } of publishedMcunet) {
    await t.step(name, () => {
      const model = zoo(name);
      assertPrinted(macs(model) / 1e6, macsMillions);
      assertPrinted(trainable(model) / 1e6, parametersMillions);
    });
  }
});

Deno.test("MCUNet's own list agrees with the same networks", async (t) => {
  for (const { model: name, macsMillions, parametersMillions } of publishedMcunetModels) {
    await t.step(name, () => {
      const model = zoo(name);
      assertPrinted(macs(model) / 1e6, macsMillions);
      assertPrinted(trainable(model) / 1e6, parametersMillions);
    });
  }
});

Deno.test("three tables print the SRAM of in0 and in1: 54 and 107, 266 and 307, 49 and 96 kB", () => {
  const names = ["mcunet-in0", "mcunet-in1"];
  const of = <Row extends { readonly model: string }>(rows: readonly Row[]) =>
    names.map((name) => rows.find(({ model }) => model === name)!);
  assertEquals(of(publishedMcunet).map((row) => row.tinyengineSramKb), [54, 107]);
  assertEquals(of(publishedMcunet).map((row) => row.tinyengineFlashKb), [889, 770]);
  assertEquals(of(publishedMcunetModels).map((row) => row.sramKb), [266, 307]);
  assertEquals(of(publishedMcunetModels).map((row) => row.flashKb), [889, 992]);
  const own = publishedTinyEngine.filter(({ engine }) => engine === "tinyengine");
  assertEquals(of(own).map((row) => row.sramKb), [49, 96]);
});

Deno.test("X-CUBE-AI needs the least published SRAM in three of eleven rows", () => {
  const names = [...new Set(publishedTinyEngine.map(({ model }) => model))];
  const least = names.map((model) => ({ model, ...leastPublishedSram(model) }));
  assertEquals(
    least.filter(({ engine }) => engine === "x-cube-ai-7.3.0")
      .map(({ model, sramKb }) => [model, sramKb]),
    [["mcunet-in3", 243], ["mcunet-in4", 342], ["proxyless-w0.3-r176", 221]],
  );
  assertEquals(least.filter(({ engine }) => engine === "tinyengine").length, 8);
});

// tensorflow/models, slim/nets/mobilenet/README.md: width, parameters in millions, and MACs in
// millions by resolution. Cut, not rounded; counted without batch normalization, for 1001 classes.
const SLIM_MOBILENET_V2: readonly [number, number, Readonly<Record<number, number>>][] = [
  [1.4, 6.06, { 224: 582 }],
  [1.3, 5.34, { 224: 509 }],
  [1, 3.47, { 224: 300, 192: 221, 160: 154, 128: 99, 96: 56 }],
  [0.75, 2.61, { 224: 209, 192: 153, 160: 107, 128: 69, 96: 39 }],
  [0.5, 1.95, { 224: 97, 192: 71, 160: 50, 128: 32, 96: 18 }],
  [0.35, 1.66, { 224: 59, 192: 43, 160: 30, 128: 20, 96: 11 }],
];

Deno.test("MobileNetV2 has the published MACs and parameters at 22 widths and resolutions", async (t) => {
  for (const [width, parameters, millions] of SLIM_MOBILENET_V2) {
    for (const [resolution, published] of Object.entries(millions)) {
      await t.step(`width ${width}, resolution ${resolution}`, () => {
        const options = { width, resolution: Number(resolution), classes: 1001 };
        const model = zoo("mobilenet_v2", options);
        assertEquals(Math.floor(macs(model) / 1e6), published);
        assertEquals(Math.floor(weights(model) / 1e4) / 100, parameters);
      });
    }
  }
});

Deno.test("MobileNetV1 has the MACs and parameters of its paper", async (t) => {
  // arXiv:1704.04861, tables 6 and 7, which cuts 290.6 to 290; tensorflow/models,
  // slim/nets/mobilenet_v1.md, rounds it.
  const published = [
    [1, 224, 569, 4.2],
    [0.75, 224, 325, 2.6],
    [0.5, 224, 149, 1.3],
    [0.25, 224, 41, 0.5],
    [1, 192, 418, 4.2],
    [1, 160, 291, 4.2],
    [1, 128, 186, 4.2],
  ] as const;
  for (const [width, resolution, millions, parameters] of published) {
    await t.step(`width ${width}, resolution ${resolution}`, () => {
      const model = zoo("mobilenet_v1", { width, resolution });
      assertPrinted(macs(model) / 1e6, millions);
      assertPrinted(trainable(model) / 1e6, parameters);
    });
  }
});

Deno.test("MobileNetV2 of width 0.75 is the same as by option", () => {
  const [named, scaled] = [zoo("mobilenet_v2-0.75"), zoo("mobilenet_v2", { width: 0.75 })];
  assertEquals(named.tensors, scaled.tensors);
  assertEquals(named.operators, scaled.operators);
});

Deno.test("ResNet-18 has torchvision's parameters and multiply-accumulates", () => {
  const model = zoo("resnet18");
  assertEquals(trainable(model), 11_689_512);
  assertPrinted(macs(model) / 1e9, 1.814);
  // The stem's 112x112x64 and the maximum of it, 56x56x64.
  assertEquals(peak(model), 112 * 112 * 64 + 56 * 56 * 64);
});

Deno.test("the MLPerf Tiny four have as many parameters as their Keras definitions", async (t) => {
  // Keras counts four numbers for each normalized channel, the file keeps a bias. In ResNet-8 the
  // 96 channels of the shortcuts are not normalized, in the auto-encoder all units but the last.
  const published: readonly [string, number, (model: Model) => number][] = [
    ["mlperf-tiny-vww", 221_794, normalizedChannels],
    ["mlperf-tiny-kws", 24_908, normalizedChannels],
    ["mlperf-tiny-ic", 78_666, (model) => normalizedChannels(model) - 96],
    ["mlperf-tiny-ad", 269_992, () => 8 * 128 + 8],
  ];
  for (const [name, parameters, normalized] of published) {
    await t.step(name, () => {
      const model = zoo(name);
      assertEquals(parameterCount(model) + 4 * normalized(model), parameters);
    });
  }
});

const models = Object.fromEntries(sharedModels().map((model) => [model.name, model]));
const REAL = [
  ["mlperf-tiny-kws", "kws_ref_model"],
  ["mlperf-tiny-ad", "ad01_int8"],
  ["mcunet-vww1", "mcunet_vww1"],
] as const;

for (const [name, file] of REAL) {
  const real = models[file];
  Deno.test({
    name: `${name} has the MACs and parameters of the released file (needs ../shared/models)`,
    ignore: real === undefined,
    fn() {
      const [ours, theirs] = [zoo(name), readModel(real.bytes)];
      assertEquals(macs(ours), macs(theirs));
      assertEquals(parameterCount(ours), parameterCount(theirs));
    },
  });
}

Deno.test("largest live bytes are those of the real networks", () => {
  // MobileNetV2 224: block 1 expanded, 112x112x96, and filtered, 56x56x96.
  assertEquals(peak(zoo("mobilenet_v2")), 112 * 112 * 96 + 56 * 56 * 96);
  // With PAD, as converted from PyTorch: 112x112x96 and its padded copy.
  assertEquals(peak(zoo("mobilenet_v2", { explicitPadding: true })), (112 ** 2 + 114 ** 2) * 96);
  // The released mcunet_vww1, without and with its PADs.
  assertEquals(peak(zoo("mcunet-vww1")), 96_000);
  assertEquals(peak(zoo("mcunet-vww1", { explicitPadding: true })), 161_472);
  assertEquals(peak(zoo("mcunet-in3")), 340_736);
});

Deno.test("the published width-scaled baselines follow from the networks they scale", () => {
  const shapes = ({ tensors, operators }: Model) =>
    operators.map(({ op, outputs }) => [op, tensors[outputs[0]].shape]);
  assertEquals(
    shapes(zoo("proxyless-w0.25-r112")),
    shapes(zoo("proxyless-mobile", { width: 0.25, resolution: 112 })),
  );
});

Deno.test("channel counts are multiples of 8 and at most a tenth too low", () => {
  const cases = [[1, 8], [9.6, 16], [11.2, 16], [12, 16], [19.2, 24], [22.4, 24], [56, 56]];
  for (const [channels, expected] of cases) assertEquals(makeDivisible(channels), expected);
});

Deno.test("every network of TinyEngine's table is in the zoo", () => {
  const names = new Set(publishedTinyEngine.map(({ model }) => model));
  assertEquals(names.size, 11);
  assertEquals([...names].filter((name) => !zooNames().includes(name)), []);
});

interface ReferenceBlock {
  readonly kernel: number;
  readonly stride: number;
  readonly in: number;
  readonly expanded: number;
  readonly out: number;
  readonly residual: boolean;
}

interface ReferenceNet {
  readonly resolution: number;
  readonly stem: { readonly out: number };
  readonly blocks: readonly ReferenceBlock[];
  readonly head: { readonly out: number } | null;
  readonly classifier: { readonly classes: number };
}

const reference = readReference();

Deno.test({
  name: "every architecture of the reference is built block by block (needs ../shared/reference)",
  ignore: reference === null,
  async fn(t) {
    for (const [name, net] of Object.entries(reference!)) {
      await t.step(name, () => {
        const { tensors, operators } = zoo(name);
        const built = operators.flatMap(({ op, inputs, outputs }) => {
          const shape = tensors[outputs[0]].shape;
          if (op === "CONV_2D") return [`conv ${shape}`];
          if (op === "DEPTHWISE_CONV_2D") {
            return [`depthwise ${tensors[inputs[1]].shape[1]} ${shape}`];
          }
          return op === "ADD" ? [`add ${shape}`] : [];
        });
        assertEquals(built, layersOf(net));
        assertEquals(tensors[operators.at(-1)!.outputs[0]].shape, [1, net.classifier.classes]);
      });
    }
  },
});

function layersOf({ resolution, stem, blocks, head }: ReferenceNet): string[] {
  let size = Math.ceil(resolution / 2);
  const layers = [`conv 1,${size},${size},${stem.out}`];
  for (const { kernel, stride, in: input, expanded, out, residual } of blocks) {
    if (expanded !== input) layers.push(`conv 1,${size},${size},${expanded}`);
    size = Math.ceil(size / stride);
    layers.push(`depthwise ${kernel} 1,${size},${size},${expanded}`);
    layers.push(`conv 1,${size},${size},${out}`);
    if (residual) layers.push(`add 1,${size},${size},${out}`);
  }
  if (head !== null) layers.push(`conv 1,${size},${size},${head.out}`);
  return layers;
}

function readReference(): Record<string, ReferenceNet> | null {
  try {
    const file = new URL("../../../shared/reference/mcunet.json", import.meta.url);
    return JSON.parse(Deno.readTextFileSync(file)).architectures;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

// Sums over the columns as they stand in the papers' tables: a figure that is copied wrongly changes one.
Deno.test("published tables add up as where they were published", () => {
  const sums = (rows: readonly object[]) => {
    const found: Record<string, number> = {};
    for (const [column, value] of rows.flatMap((row) => Object.entries(row))) {
      if (typeof value === "number") found[column] = (found[column] ?? 0) + value;
    }
    return Object.fromEntries(
      Object.entries(found).map(([column, sum]) => [column, Math.round(1000 * sum) / 1000]),
    );
  };
  assertEquals(sums(publishedMcunet), {
    macsMillions: 374,
    parametersMillions: 7.17,
    activationKb: 1943,
    tfliteSramKb: 4267,
    tinyengineSramKb: 1964,
    tfliteFlashKb: 10_238,
    tinyengineFlashKb: 8510,
    top1Percent: 468,
  });
  assertEquals(sums(publishedMcunetModels), {
    macsMillions: 429.4,
    parametersMillions: 7.53,
    sramKb: 2783,
    flashKb: 9489,
    floatTop1Percent: 659.2,
    top1Percent: 653.6,
  });
  assertEquals(sums(publishedTinyEngine), { latencyMs: 34_153, sramKb: 9254, flashKb: 37_853 });
  assertEquals(sums(publishedRuns), {
    top1Percent: 1036,
    sramKb: 619,
    flashKb: 3516.12,
    perSecond: 490.11,
    microjoules: 65_884.075,
    milliwatts: 386.929,
  });
});
