import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  createEngine,
  planMemory,
  readModel,
  run,
  runReference,
  validatePlan,
  writeModel,
} from "tinyloom";
import { randomStream } from "../../lib/measure/random.ts";
import { softmaxCrossEntropy } from "../../lib/tinynas/supernet/dense_layers.ts";
import {
  deploySubnetwork,
  modelAccuracy,
  quantizeNetwork,
} from "../../lib/tinynas/supernet/deploy_subnetwork.ts";
import { activeLayers } from "../../lib/tinynas/supernet/elastic_layers.ts";
import { evaluateSubnetwork, openSupernet } from "../../lib/tinynas/supernet/evaluate.ts";
import { floatModel } from "../../lib/tinynas/supernet/float_model.ts";
import { initializeParameters } from "../../lib/tinynas/supernet/learner.ts";
import { backward, forward } from "../../lib/tinynas/supernet/passes.ts";
import { subnetwork } from "../../lib/tinynas/supernet/subnetwork.ts";
import { supernetFitness } from "../../lib/tinynas/supernet/supernet_fitness.ts";
import {
  genesBy,
  largestGenes,
  randomGenes,
  smallestGenes,
  type SupernetSpace,
} from "../../lib/tinynas/supernet/supernet_space.ts";
import { trainSupernet } from "../../lib/tinynas/supernet/train_supernet.ts";
import { floatsAt } from "../../lib/tinynas/supernet/training_memory.ts";
import { wakeWordImages } from "../../lib/tinynas/supernet/wake_word_images.ts";
import {
  createWorkspace,
  loadPatches,
  pixelsAsFloats,
} from "../../lib/tinynas/supernet/workspace.ts";
import { assertGradient } from "./finite_differences.ts";

const TINY: SupernetSpace = {
  resolutions: [16, 20],
  stem: 4,
  first: 4,
  stages: [
    { channels: 8, stride: 2, depths: [1, 2] },
    { channels: 12, stride: 2, depths: [1, 2] },
  ],
  kernels: [3, 5],
  expansions: [2, 3],
  head: null,
  classes: 2,
};

Deno.test("the gradient of a whole network, residual blocks included, agrees with differences", () => {
  for (const genes of [largestGenes(TINY), smallestGenes(TINY)]) {
    const workspace = createWorkspace(TINY, 8);
    initializeParameters(workspace, 3);
    const { memory, parameters, parameterCount, gradientBytes } = workspace;
    // Away from the corners of ReLU6, where a difference has no one slope.
    for (const { beta, channels } of workspace.layers) floatsAt(memory, beta, channels).fill(3);
    const images = wakeWordImages({ seed: 5, count: 8, resolution: genes.resolution });
    loadPatches(workspace, {
      images,
      indices: [...images.labels.keys()],
    });
    const pass = { layers: activeLayers(TINY, genes), batch: 8 };
    const loss = () => softmaxCrossEntropy(forward(workspace, pass).logits, images.labels).loss;
    const { logits, statistics } = forward(workspace, pass);
    const { dLogits } = softmaxCrossEntropy(logits, images.labels);
    backward(workspace, pass, { statistics, dLogits });
    const values = floatsAt(memory, parameters, parameterCount);
    const gradient = floatsAt(memory, parameters + gradientBytes, parameterCount);
    // Every layer's first weight that is used.
    const used = pass.layers.map(({ index }) => {
      const { kind, kernel, weightsStride, weights } = workspace.layers[index];
      const middle = kind === "depthwise" ? (kernel ** 2 - 1) / 2 * weightsStride : 0;
      return (weights - parameters) / 4 + middle;
    });
    assertGradient(values, { gradient, loss, step: 2e-3, tolerance: 0.02, indices: used });
  }
});

Deno.test("parameters of layers that a sub-network does not use have no gradient", () => {
  const genes = smallestGenes(TINY);
  const workspace = createWorkspace(TINY, 4);
  initializeParameters(workspace, 3);
  const images = wakeWordImages({ seed: 5, count: 4, resolution: genes.resolution });
  loadPatches(workspace, { images, indices: [0, 1, 2, 3] });
  const pass = { layers: activeLayers(TINY, genes), batch: 4 };
  const { logits, statistics } = forward(workspace, pass);
  backward(workspace, pass, {
    statistics,
    dLogits: softmaxCrossEntropy(logits, images.labels).dLogits,
  });
  const used = new Set(pass.layers.map(({ index }) => index));
  workspace.layers.forEach(({ weights, weightCount }, index) => {
    const gradient = floatsAt(workspace.memory, weights + workspace.gradientBytes, weightCount);
    assertEquals(gradient.some((value) => value !== 0), used.has(index), `layer ${index}`);
  });
});

Deno.test("training lowers the loss, and is the same for the same seed", async () => {
  const options = { space: TINY, images: 256, steps: 120, batch: 16, largestShare: 0.5 };
  const trained = await trainSupernet(options);
  const first = trained.history[0].loss;
  assert(trained.history.at(-1)!.loss < first, `${trained.history.at(-1)!.loss} after ${first}`);
  assertEquals((await trainSupernet(options)).parameters, trained.parameters);
  assert(trained.parameters.every(Number.isFinite));
});

Deno.test("an aborted training returns what was learnt", async () => {
  const controller = new AbortController();
  const trained = await trainSupernet({
    space: TINY,
    images: 32,
    steps: 200,
    batch: 4,
    onProgress: ({ step }) => step === 40 && controller.abort(),
    signal: controller.signal,
  });
  assertEquals(trained.history.at(-1)!.step, 40);
});

Deno.test("a training that is gone on with when it is aborted already stays where it was", async () => {
  const options = { space: TINY, images: 32, steps: 60, batch: 4 };
  const pause = new AbortController();
  const begun = await trainSupernet({
    ...options,
    onProgress: ({ step }) => step === 20 && pause.abort(),
    signal: pause.signal,
  });
  const resumed = await trainSupernet({ ...options, resume: begun, signal: AbortSignal.abort() });
  assertEquals(resumed.step, 20);
  assertEquals(resumed, begun);
});

Deno.test("a sub-network computes the same in training kernels, as a float32 model, and roughly as int8", async () => {
  const trained = await trainSupernet({ space: TINY, images: 128, steps: 60, batch: 16 });
  // All calibration images in one batch, as they are for the models: statistics depend on batches.
  const workspace = openSupernet(trained, 64);
  const random = randomStream(7, 0);
  for (const genes of [largestGenes(TINY), randomGenes(TINY, random), smallestGenes(TINY)]) {
    const { resolution } = genes;
    const calibration = wakeWordImages({ seed: 2, count: 64, resolution });
    const images = wakeWordImages({ seed: 3, count: 100, resolution });
    const inherited = evaluateSubnetwork(workspace, genes, { calibration, images });
    const network = subnetwork(trained, { genes, calibration });
    const model = floatModel(network);
    // Logits differ by rounding; an image on the edge may fall to either side.
    assertAlmostEquals(modelAccuracy(model, images), inherited, 0.011);

    const bytes = writeModel(quantizeNetwork(network, calibration));
    const quantized = readModel(bytes);
    assertAlmostEquals(modelAccuracy(quantized, images), inherited, 0.1);
    const plan = planMemory(quantized);
    using engine = createEngine(quantized, { plan, checked: true });
    const input = Int8Array.from({ length: resolution ** 2 }, (_, i) => i * 31 % 256 - 128);
    assertEquals(run(engine, [input]), runReference(quantized, [input]).outputs);
  }
});

Deno.test("a quantized network has the scales that TFLite prescribes", async () => {
  const trained = await trainSupernet({ space: TINY, images: 16, steps: 1, batch: 8 });
  const calibration = wakeWordImages({ seed: 2, count: 8, resolution: 16 });
  const genes = smallestGenes(TINY);
  const { tensors, operators, inputs } = quantizeNetwork(
    subnetwork(trained, { genes, calibration }),
    calibration,
  );
  assertEquals(tensors[inputs[0]].quantization, { scales: [1 / 128], zeroPoints: [0], axis: 0 });
  for (const operator of operators) {
    if (operator.op === "ADD" || operator.op === "MEAN") continue;
    const [x, w, b] = operator.inputs.map((index) => tensors[index].quantization!);
    assertEquals(w.zeroPoints.every((zero) => zero === 0), true);
    assertEquals(b.scales, w.scales.map((scale) => Math.fround(scale * x.scales[0])));
    const channels = tensors[operator.inputs[2]].shape[0];
    assertEquals(w.scales.length, operator.op === "FULLY_CONNECTED" ? 1 : channels);
  }
});

Deno.test("images are the same for a seed, differ between seeds, and show one scene at all resolutions", () => {
  const options = { seed: 1, count: 6, resolution: 24 };
  const images = wakeWordImages(options);
  assertEquals(wakeWordImages(options), images);
  assert(wakeWordImages({ ...options, seed: 2 }).pixels.some((p, i) => p !== images.pixels[i]));
  const larger = wakeWordImages({ ...options, resolution: 48 });
  const mean = (pixels: Float32Array) => pixels.reduce((sum, p) => sum + p) / pixels.length;
  images.labels.forEach((_, image) => {
    const [small, large] = [images, larger].map((set) => mean(pixelsAsFloats(set, image)));
    assertAlmostEquals(small, large, 0.02);
  });
});

Deno.test("genes and spaces that cannot be are refused", async () => {
  const genes = largestGenes(TINY);
  assertThrows(
    () => activeLayers(TINY, { ...genes, resolution: 17 }),
    RangeError,
    "resolution is 17, needed one of 16, 20",
  );
  assertThrows(
    () => activeLayers(TINY, { ...genesBy(TINY, (v) => v[0]), kernels: [[7], [3]] }),
    RangeError,
    "kernel of stage 0, block 0 is 7, needed one of 3, 5",
  );
  await assertRejects(
    () => trainSupernet({ space: { ...TINY, stem: 6 } }),
    RangeError,
    "6 channels, needed a positive multiple of 4",
  );
  await assertRejects(
    () => trainSupernet({ space: { ...TINY, kernels: [3, 9] } }),
    RangeError,
    "filter size 9",
  );
  await assertRejects(
    () => trainSupernet({ steps: 0 }),
    RangeError,
    "steps is 0, needed a whole number of at least 1",
  );
});

Deno.test("images of one's own are learnt: those given, unturned unless asked", async () => {
  const options = { space: { ...TINY, resolutions: [16] }, images: 64, steps: 20, batch: 8 };
  const sets = [wakeWordImages({ seed: 1, count: 64, resolution: 16 })];
  const { parameters } = await trainSupernet(options);
  const { images: _, ...without } = options;
  assertEquals((await trainSupernet({ ...without, sets })).parameters, parameters);
  const straight = await trainSupernet({ ...without, sets, augment: { mirror: false } });
  assert(straight.parameters.some((value, i) => value !== parameters[i]));
  const others = [{ ...sets[0], labels: sets[0].labels.map((label) => 1 - label) }];
  const other = await trainSupernet({ ...without, sets: others });
  assert(other.parameters.some((value, i) => value !== parameters[i]));
});

Deno.test("images that a space cannot learn are refused", async () => {
  const space = { ...TINY, resolutions: [16] };
  const set = wakeWordImages({ seed: 1, count: 4, resolution: 16 });
  for (
    const [sets, text] of [
      [[], "0 sets, needed one for each resolution: 16"],
      [
        [{ ...set, height: 8, width: 32 }],
        "examples of 8 x 32 x 1 (height, width, channels), needed 16 x 16 x 1",
      ],
      [[{ ...set, pixels: set.pixels.slice(1) }], "4 labels and 1023 bytes, needed 1024"],
      [
        [{ ...set, labels: Uint16Array.of(0, 1, 2, 0) }],
        "example 2 is of class 2, needed one below 2",
      ],
      [[{ ...set, classes: ["a", "b", "c"] }], "examples of 3 classes, needed 2"],
      [[{ ...set, groups: Uint32Array.of(1) }], "1 groups, needed one for each of 4 examples"],
    ] as const
  ) {
    await assertRejects(() => trainSupernet({ space, sets, steps: 1 }), RangeError, text);
  }
});

Deno.test("a fitness takes genes as a list and classes held-out images, on any number of threads", async () => {
  const trained = await trainSupernet({ space: TINY, images: 64, steps: 20, batch: 8 });
  const options = { images: 50, calibrationImages: 32 };
  using fitness = await supernetFitness(trained, options);
  const network = { genes: [1, 3, 2, 0, 0, 2, 5, 3, 3, 3], resolution: 20 };
  const same = evaluateSubnetwork(
    openSupernet(trained, 32),
    { resolution: 20, depths: [1, 2], kernels: [[3], [5, 3]], expansions: [[2], [3, 3]] },
    {
      calibration: wakeWordImages({ seed: trained.seed + 1001, count: 32, resolution: 20 }),
      images: wakeWordImages({ seed: trained.seed + 1000, count: 50, resolution: 20 }),
    },
  );
  const others = [16, 20, 16].map((resolution) => ({ ...network, resolution }));
  const accuracies = await fitness.rate([network, ...others]);
  assertEquals(accuracies[0], same);
  assertEquals(accuracies[2], same);
  using shared = await supernetFitness(trained, { ...options, workers: 2 });
  assertEquals(await shared.rate([network, ...others]), accuracies);
  assertThrows(
    () => fitness.rate([{ genes: [1], resolution: 20 }]),
    RangeError,
    "1 genes, needed 10",
  );
});

Deno.test("training gives the same on one thread, on two, and after an interruption", async () => {
  const options = { space: TINY, images: 64, steps: 60, batch: 24, seed: 3 };
  const whole = await trainSupernet(options);
  assertEquals(await trainSupernet({ ...options, workers: 2 }), whole);
  const controller = new AbortController();
  const half = await trainSupernet({
    ...options,
    onProgress: ({ step }) => step === 40 && controller.abort(),
    signal: controller.signal,
  });
  assertEquals([half.step, half.history.length], [40, 2]);
  assertEquals(await trainSupernet({ ...options, resume: half }), whole);
  await assertRejects(
    () => trainSupernet({ ...options, seed: 4, resume: half }),
    TypeError,
    "the training is another one",
  );
});

Deno.test("a network trained alone from inherited weights changes only what it uses", async () => {
  const options = { space: TINY, images: 64, batch: 8 };
  const trained = await trainSupernet({ ...options, steps: 20 });
  const only = smallestGenes(TINY);
  const tuned = await trainSupernet({ ...options, steps: 10, from: trained, only, rate: 0.01 });
  const { layers, parameters } = createWorkspace(TINY, 1);
  const used = new Set(activeLayers(TINY, only).map(({ index }) => index));
  layers.forEach(({ weights, kind, kernel, weightsStride }, index) => {
    const middle = kind === "depthwise" ? (kernel ** 2 - 1) / 2 * weightsStride : 0;
    const at = (weights - parameters) / 4 + middle;
    const change = Math.abs(tuned.parameters[at] - trained.parameters[at]);
    assertEquals(change > 0, used.has(index), `layer ${index} changed by ${change}`);
  });
});

Deno.test("a deployed network fits its plan and runs in it", async () => {
  const trained = await trainSupernet({ space: TINY, images: 64, steps: 20, batch: 8 });
  const genes = largestGenes(TINY);
  const deployed = deploySubnetwork(trained, { genes, images: 50, calibrationImages: 32 });
  assertEquals(readModel(deployed.tflite), deployed.model);
  assertEquals(validatePlan(deployed.plan, deployed.model), []);
  assertAlmostEquals(deployed.int8Accuracy, deployed.floatAccuracy, 0.1);
});
