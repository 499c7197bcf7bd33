import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  createEngine,
  deploySubnetwork,
  floatModel,
  labelsOf,
  largestGenes,
  mobileNetV2Space,
  planMemory,
  quantizeNetwork,
  readModel,
  resNetSpace,
  run,
  runReference,
  smallestGenes,
  subnetwork,
  type SupernetSpace,
  supernetSpace,
  trainSupernet,
  validatePlan,
  writeModel,
} from "tinyloom";
import { randomStream } from "../../lib/measure/random.ts";
import { mobilenetV2 } from "../../lib/model/zoo/mobilenet_v2.ts";
import { networkLayers } from "../../lib/tinynas/network_cost.ts";
import { exampleBytes, type LabelledData } from "../../lib/tinynas/data/labelled_data.ts";
import { softmaxCrossEntropy } from "../../lib/tinynas/supernet/dense_layers.ts";
import { modelAccuracy } from "../../lib/tinynas/supernet/deploy_subnetwork.ts";
import { activeLayers, elasticLayers } from "../../lib/tinynas/supernet/elastic_layers.ts";
import { calibrateStatistics, openSupernet } from "../../lib/tinynas/supernet/evaluate.ts";
import { initializeParameters } from "../../lib/tinynas/supernet/learner.ts";
import { backward, forward } from "../../lib/tinynas/supernet/passes.ts";
import {
  checkSupernetSpace,
  inputShape,
  randomGenes,
} from "../../lib/tinynas/supernet/supernet_space.ts";
import { floatsAt } from "../../lib/tinynas/supernet/training_memory.ts";
import {
  createWorkspace,
  loadPatches,
  pixelsAsFloats,
} from "../../lib/tinynas/supernet/workspace.ts";
import { dot } from "./finite_differences.ts";

const UNEXPANDED: SupernetSpace = {
  resolutions: [16, 20],
  stem: 4,
  first: 8,
  stages: [
    { channels: 8, stride: 2, depths: [1, 2] },
    { channels: 12, stride: 2, depths: [1, 2] },
  ],
  kernels: [3, 5],
  expansions: [1, 3],
  head: 20,
  classes: 2,
};
const RESIDUAL: SupernetSpace = {
  resolutions: [16, 20],
  stem: 8,
  first: null,
  stages: [
    { channels: 8, stride: 1, depths: [1, 2], block: "residual" },
    { channels: 12, stride: 2, depths: [1, 2], block: "residual" },
  ],
  kernels: [3],
  expansions: [1],
  head: null,
  classes: 2,
};
const BOTH: SupernetSpace = {
  ...UNEXPANDED,
  first: null,
  stages: [
    { channels: 8, stride: 2, depths: [1, 2], block: "residual" },
    { channels: 12, stride: 1, depths: [1, 2] },
  ],
};
/** Images of three colours that are not square, of three classes. */
const COLOURED: SupernetSpace = {
  ...BOTH,
  resolutions: [14, 20],
  columns: [18, 26],
  inputChannels: 3,
  classes: 3,
};
const SPACES = Object.entries({ UNEXPANDED, RESIDUAL, BOTH, COLOURED });

/** Examples of a space's shape: stripes across whose number tells the class, in noise. */
function examplesOf(
  space: SupernetSpace,
  { resolution, count, seed }: {
    readonly resolution: number;
    readonly count: number;
    readonly seed: number;
  },
): LabelledData {
  const { height, width, channels } = inputShape(space, resolution);
  const random = randomStream(seed, 0);
  const labels = Uint16Array.from({ length: count }, (_, i) => i % space.classes);
  const pixels = Uint8Array.from({ length: count * height * width * channels }, (_, i) => {
    const [row, label] = [
      Math.floor(i / channels / width) % height,
      labels[Math.floor(i / channels / width / height)],
    ];
    return 100 + 50 * Math.sin(2 * Math.PI * (1 + label) * row / height) + random(50);
  });
  const classes = Array.from({ length: space.classes }, (_, label) => `${label + 1} stripes`);
  return { pixels, labels, height, width, channels, classes };
}

const names = (layers: readonly { readonly name: string }[]) => layers.map(({ name }) => name);

Deno.test("a block of expansion 1 has no pointwise convolution before its depthwise one", () => {
  const genes = {
    resolution: 16,
    depths: [2, 1],
    kernels: [[3, 5], [3, 3]],
    expansions: [[3, 1], [1, 1]],
  };
  const layers = activeLayers(UNEXPANDED, genes);
  assertEquals(names(layers), [
    "stem",
    "first/depthwise",
    "first/project",
    "stage0/block0/expand",
    "stage0/block0/depthwise",
    "stage0/block0/project",
    "stage0/block1/depthwise",
    "stage0/block1/project",
    "stage1/block0/depthwise",
    "stage1/block0/project",
    "head",
  ]);
  const all = elasticLayers(UNEXPANDED);
  const [project, depthwise, added] = layers.slice(5);
  assertEquals([depthwise.inputChannels, depthwise.channels, depthwise.kernel], [8, 8, 5]);
  assertEquals(all[depthwise.index].channels, 24);
  assertEquals(depthwise.input, project.index);
  assertEquals(added.adds, project.index);
});

Deno.test("a space that only has expansion 1 has no weights to expand", () => {
  const layers = elasticLayers({ ...UNEXPANDED, expansions: [1] });
  assert(names(layers).every((name) => !name.endsWith("expand")));
});

Deno.test("residual blocks add their input where stride is 1 and channels stay the same", () => {
  const layers = activeLayers(RESIDUAL, largestGenes(RESIDUAL));
  assertEquals(
    layers.map(({ name, adds, activation, sumActivation }) => [
      name,
      adds === null ? null : layers[adds].name,
      activation,
      sumActivation,
    ]),
    [
      ["stem", null, "RELU6", "NONE"],
      ["stage0/block0/convolution0", null, "RELU6", "NONE"],
      ["stage0/block0/convolution1", "stem", "NONE", "RELU6"],
      ["stage0/block1/convolution0", null, "RELU6", "NONE"],
      ["stage0/block1/convolution1", "stage0/block0/convolution1", "NONE", "RELU6"],
      ["stage1/block0/convolution0", null, "RELU6", "NONE"],
      ["stage1/block0/convolution1", null, "RELU6", "NONE"],
      ["stage1/block1/convolution0", null, "RELU6", "NONE"],
      ["stage1/block1/convolution1", "stage1/block0/convolution1", "NONE", "RELU6"],
    ],
  );
});

for (const [name, space] of SPACES) {
  Deno.test(`the gradient of a whole network agrees with differences: ${name}`, () => {
    for (const genes of [largestGenes(space), smallestGenes(space)]) {
      const workspace = createWorkspace(space, 8);
      initializeParameters(workspace, 3);
      const { memory, gradientBytes } = workspace;
      // Sums are clamped at both ends, but few values lie within a step of a corner.
      for (const { beta, channels } of workspace.layers) floatsAt(memory, beta, channels).fill(1.7);
      const { resolution } = genes;
      const images = examplesOf(space, { seed: 5, count: 8, resolution });
      loadPatches(workspace, { images, indices: [...images.labels.keys()] });
      const pass = { layers: activeLayers(space, genes), batch: 8 };
      const loss = () => softmaxCrossEntropy(forward(workspace, pass).logits, images.labels).loss;
      const { logits, statistics } = forward(workspace, pass);
      const { dLogits } = softmaxCrossEntropy(logits, images.labels);
      backward(workspace, pass, { statistics, dLogits });
      // Along a layer's own gradient the loss rises most, so that rounding matters least.
      for (const { index } of pass.layers) {
        const { name, weights, weightCount, channels } = workspace.layers[index];
        const count = weightCount + 2 * channels;
        const values = floatsAt(memory, weights, count);
        const gradient = floatsAt(memory, weights + gradientBytes, count);
        const norm = Math.sqrt(dot(gradient, gradient));
        const before = values.slice();
        const step = 1e-3;
        const [above, below] = [step, -step].map((change) => {
          gradient.forEach((slope, i) => values[i] = before[i] + change * slope / norm);
          return loss();
        });
        values.set(before);
        assertAlmostEquals((above - below) / (2 * step) / norm, 1, 0.02, name);
      }
    }
  });

  Deno.test(`training kernels, float32 model and int8 model agree: ${name}`, async () => {
    const sets = setsOf(space, 128);
    const trained = await trainSupernet({ space, sets, steps: 60, batch: 16 });
    const workspace = openSupernet(trained, 64);
    const random = randomStream(7, 0);
    for (const genes of [largestGenes(space), randomGenes(space, random), smallestGenes(space)]) {
      const { resolution } = genes;
      const calibration = examplesOf(space, { seed: 2, count: 64, resolution });
      const images = examplesOf(space, { seed: 3, count: 100, resolution });
      const layers = activeLayers(space, genes);
      const statistics = calibrateStatistics(workspace, layers, calibration);
      loadPatches(workspace, { images, indices: [0, 1, 2] });
      const { logits } = forward(workspace, { layers, batch: 3 }, statistics);
      const network = subnetwork(trained, { genes, calibration });
      const model = floatModel(network);
      using floats = createEngine(model);
      for (const image of [0, 1, 2]) {
        const [found] = run(floats, [pixelsAsFloats(images, image)]) as Float32Array[];
        found.forEach((logit, k) =>
          assertAlmostEquals(logit, logits[image * space.classes + k], 1e-4)
        );
      }

      const quantized = readModel(writeModel(quantizeNetwork(network, calibration)));
      const accuracies = [quantized, model].map((each) => modelAccuracy(each, images));
      assertAlmostEquals(accuracies[0], accuracies[1], 0.1);
      const plan = planMemory(quantized);
      using engine = createEngine(quantized, { plan, checked: true });
      const input = Int8Array.from({ length: exampleBytes(images) }, (_, i) => i * 31 % 256 - 128);
      assertEquals(run(engine, [input]), runReference(quantized, [input]).outputs);
    }
  });

  Deno.test(`a deployed network fits its plan: ${name}`, async () => {
    const trained = await trainSupernet({ space, sets: setsOf(space, 16), steps: 2, batch: 8 });
    const genes = largestGenes(space);
    const { resolution } = genes;
    const [test, calibration] = [4, 8].map((count, seed) =>
      examplesOf(space, { resolution, count, seed })
    );
    const { plan, model } = deploySubnetwork(trained, { genes, test, calibration });
    assertEquals(validatePlan(plan, model), []);
    const { height, width, channels } = inputShape(space, resolution);
    assertEquals(model.tensors[model.inputs[0]].shape, [1, height, width, channels]);
    assertEquals(model.tensors[model.outputs[0]].shape, [1, space.classes]);
    assertEquals(labelsOf(model), test.classes);
  });
}

function setsOf(space: SupernetSpace, count: number): readonly LabelledData[] {
  return space.resolutions.map((resolution) => examplesOf(space, { resolution, count, seed: 1 }));
}

const RESIDUAL_NET = supernetSpace(resNetSpace(), { resolutions: [32] });
const MOBILE_NET = supernetSpace(mobileNetV2Space({ width: 0.1 }), { resolutions: [32] });

for (
  const [name, space] of [...SPACES, ["ResNet", RESIDUAL_NET], ["MobileNetV2", MOBILE_NET]] as const
) {
  Deno.test(`training lowers the loss: ${name}`, async () => {
    const { history, parameters } = await trainSupernet({
      space,
      sets: setsOf(space, 128),
      steps: 100,
      batch: 16,
      largestShare: 0.5,
    });
    const [first, last] = [history[0].loss, history.at(-1)!.loss];
    assert(last < first, `${last} after ${first}`);
    assert(parameters.every(Number.isFinite));
  });
}

Deno.test("the MobileNetV2 that is trained has the convolutions of the zoo's", () => {
  const space = supernetSpace(mobileNetV2Space(), { resolutions: [96] });
  const trained = activeLayers(space, largestGenes(space)).map(
    ({ kind, kernel, stride, channels, rows, adds }) => ({
      op: kind === "depthwise" ? "DEPTHWISE_CONV_2D" : "CONV_2D",
      kernel,
      stride,
      outputChannels: channels,
      outputRows: rows,
      isAdded: adds !== null,
    }),
  );
  const net = mobilenetV2(1, { narrowHead: true, ends: "logits" });
  const ends = { resolution: 96, inputChannels: 1, classes: 2 };
  const layers = networkLayers(net, ends);
  const known = layers.flatMap(({ op, kernel, stride, outputChannels, outputRows }, i) =>
    op === "CONV_2D" || op === "DEPTHWISE_CONV_2D"
      ? [{ op, kernel, stride, outputChannels, outputRows, isAdded: layers[i + 1].op === "ADD" }]
      : []
  );
  assertEquals(trained, known);
});

Deno.test("spaces and widths that cannot be are refused", () => {
  const stage = RESIDUAL.stages[0];
  const refused: [Partial<SupernetSpace>, string][] = [
    [{ head: 10 }, "head has 10 channels, needed a positive multiple of 4"],
    [{ first: 0 }, "first block has 0 channels"],
    [{ inputChannels: 0 }, "images of 0 channels, needed an integer from 1 to 16"],
    [{ columns: [16] }, "1 columns, needed one for each of 16,20"],
    [{ columns: [20, 16] }, "columns [20,16], needed positive integers in ascending order"],
    [{ expansions: [0, 1] }, "expansions [0,1], needed positive integers"],
    [{ stages: [stage, { ...stage, channels: 7 }] }, "stage 1 has 7 channels"],
    [{ stages: [{ ...stage, stride: 3 }] }, "stride of stage 0 is 3, needed one of 1, 2"],
    [{ stages: [{ ...stage, depths: [] }] }, "depths of stage 0 []"],
    [
      { stages: [{ ...stage, block: "dense" as "residual" }] },
      "block of stage 0 is dense, needed one of inverted-residual, residual",
    ],
  ];
  for (const [change, message] of refused) {
    assertThrows(() => checkSupernetSpace({ ...RESIDUAL, ...change }), RangeError, message);
  }
  const genes = { ...largestGenes(RESIDUAL), expansions: [[3, 3], [3, 3]] };
  const message = "expansion of stage 0, block 0 is 3, needed one of 1";
  assertThrows(() => activeLayers(RESIDUAL, genes), RangeError, message);
  assertThrows(() => resNetSpace({ width: 0 }), RangeError, "width is 0");
  assertThrows(() => mobileNetV2Space({ width: NaN }), RangeError, "width is NaN");
});
