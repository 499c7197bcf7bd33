// How networks learn: what a batch shows, what is taught, what decays, and which networks learn together.
import {
  type CompareSearchesOptions,
  largestGenes,
  smallestGenes,
  type SupernetSpace,
  trainSupernet,
  type TrainSupernetOptions,
  wakeWordImages,
} from "tinyloom";
import { randomStream } from "../../lib/measure/random.ts";
import { softmaxCrossEntropy, softmaxRows } from "../../lib/tinynas/supernet/dense_layers.ts";
import { compareSettings } from "../../lib/tinynas/compare/compare_options.ts";
import { activeLayers } from "../../lib/tinynas/supernet/elastic_layers.ts";
import { findSettings } from "../../lib/tinynas/supernet/find_options.ts";
import { trainingSchedule } from "../../lib/tinynas/supernet/learner.ts";
import { batchesOfImages, filledRecipe } from "../../lib/tinynas/supernet/training_recipe.ts";
import { createWorkspace } from "../../lib/tinynas/supernet/workspace.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { assertGradient } from "./finite_differences.ts";

const TINY: SupernetSpace = {
  resolutions: [16, 20],
  stem: 4,
  first: 4,
  stages: [{ channels: 8, stride: 2, depths: [1, 2] }],
  kernels: [3, 5],
  expansions: [2, 3],
  head: null,
  classes: 2,
};

Deno.test("a smoothed label leaves every class its share, a soft one takes its place", () => {
  const logits = Float32Array.of(0, Math.log(3), 0, 0);
  const smooth = softmaxCrossEntropy(logits, [1, 0], { smoothing: 0.5 });
  // Of the first image: 3/4 for the class with probability 3/4, 1/4 for the other.
  const first = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
  assertAlmostEquals(smooth.loss, (first + Math.log(2)) / 2, 1e-6);
  assertEquals([...smooth.dLogits].map((slope) => Math.round(slope * 1e6) / 1e6), [
    0,
    0,
    -0.125,
    0.125,
  ]);
  assertEquals(smooth.correct, 2);
  const soft = softmaxRows(Float32Array.of(Math.log(3), 0, 0, 0), 2);
  const taught = softmaxCrossEntropy(logits, [1, 0], { smoothing: 0.5, soft });
  [-0.25, 0.25, 0, 0].forEach((slope, i) => assertAlmostEquals(taught.dLogits[i], slope, 1e-6));
});

Deno.test("gradients of smoothed and taught losses agree with differences", () => {
  const logits = Float32Array.of(0.3, -1, 2, 0.5, 0.1, -0.7);
  const soft = softmaxRows(Float32Array.of(1, 0, -1, 2, 0.5, 0), 3);
  for (const targets of [{ smoothing: 0.2 }, { soft }]) {
    const loss = () => softmaxCrossEntropy(logits, [2, 0], targets).loss;
    const { dLogits } = softmaxCrossEntropy(logits, [2, 0], targets);
    assertGradient(logits, { gradient: dLogits, loss });
  }
});

Deno.test("batches show every example once before one comes again, each changed in another way", () => {
  const recipe = filledRecipe({ batch: 6, augment: { shiftRows: 0.25 } });
  const next = batchesOfImages(recipe, { count: 15, random: randomStream(3, 0) });
  const batches = Array.from({ length: 5 }, next);
  const shown = batches.flatMap(({ indices }) => indices);
  const halves = [shown.slice(0, 15), shown.slice(15)];
  for (const half of halves) {
    assertEquals(half.toSorted((a, b) => a - b), [...Array(15).keys()]);
  }
  assert(halves[0].some((index, i) => index !== halves[1][i]));
  const variations = batches.flatMap(({ variations }) => variations);
  assertEquals(variations.length, 30);
  assertEquals(new Set(variations.map(({ down }) => down)).size, 30);
});

Deno.test("the largest learns alone first, then with the smallest and any others", () => {
  const options = { among: undefined, firstSteps: 2, together: 4, random: randomStream(1, 0) };
  const schedule = trainingSchedule(TINY, options);
  const size = (networks: ReturnType<typeof schedule>) => networks.map(({ depths }) => depths[0]);
  assertEquals(size(schedule(0)), [2]);
  assertEquals(size(schedule(1)), [2]);
  const steps = Array.from({ length: 20 }, (_, i) => schedule(2 + i));
  for (const networks of steps) {
    assertEquals(networks.length, 4);
    const [largest, smallest] = networks;
    assertEquals({ ...largest, resolution: 20 }, largestGenes(TINY));
    assertEquals({ ...smallest, resolution: 16 }, smallestGenes(TINY));
  }
  assertEquals(new Set(steps.flatMap((networks) => size(networks.slice(2)))).size, 2);
});

Deno.test("with several together the largest learns alone only if it is asked for", async () => {
  const options = { space: TINY, images: 16, steps: 1, batch: 8 };
  for (
    const [more, share] of [
      [{}, 0.3],
      [{ together: 2 }, 0],
      [{ together: 2, largestShare: 0.5 }, 0.5],
    ] as const
  ) {
    const { problem } = await trainSupernet({ ...options, ...more });
    assertEquals(JSON.parse(problem).largestShare, share);
  }
});

Deno.test("a super-network of four together learns at twice the rate, unless another is asked for", () => {
  const images = wakeWordImages({ seed: 1, count: 8, resolution: 16 });
  const device = { name: "small", sramBytes: 24_576, flashBytes: 131_072 };
  const options = { data: { train: images, validation: images, test: images }, device, rate: 0.3 };
  const rateOf = (more: Partial<CompareSearchesOptions>) =>
    compareSettings({ ...options, ...more }).supernetRate;
  assertEquals(rateOf({}), 0.3);
  assertEquals(rateOf({ together: 4 }), 0.6);
  assertEquals(rateOf({ together: 4, supernetRate: 0.1 }), 0.1);
  assertEquals(findSettings({ together: 4 }).rate, 0.4);
  assertEquals(findSettings({ together: 4, rate: 0.1 }).rate, 0.1);
});

Deno.test("weights decay, batch normalizations and biases do not", async () => {
  const only = smallestGenes(TINY);
  const options = { space: TINY, images: 16, steps: 4, batch: 8, among: [only] };
  const [kept, decayed] = await Promise.all(
    [0, 1].map((decay) => trainSupernet({ ...options, decay })),
  );
  const { layers, parameters } = createWorkspace(TINY, 1);
  const used = new Set(activeLayers(TINY, only).map(({ index }) => index));
  // Of what no network uses, only the decay changes anything.
  const idle = layers.filter((_, index) => !used.has(index));
  assert(idle.length > 0);
  for (const { weights, gamma } of idle) {
    const [weight, scale] = [weights, gamma].map((address) => (address - parameters) / 4);
    assertEquals([kept.parameters[scale], decayed.parameters[scale]], [1, 1]);
    const [before, after] = [kept, decayed].map((each) => Math.abs(each.parameters[weight]));
    assert(after < before, `${after} after ${before}`);
  }
});

Deno.test("every part of a recipe changes what is learnt, and bad ones are refused", async () => {
  const options = { space: TINY, images: 32, steps: 8, batch: 8, largestShare: 0 };
  const base = (await trainSupernet(options)).parameters;
  const changes: TrainSupernetOptions[] = [
    { together: 2 },
    { together: 4 },
    { smoothing: 0.1 },
    { augment: { shiftRows: 0.3 } },
    { decay: 0.1 },
  ];
  for (const change of changes) {
    const { parameters } = await trainSupernet({ ...options, ...change });
    assert(parameters.some((value, i) => value !== base[i]), JSON.stringify(change));
  }
  for (
    const [change, message] of [
      [{ smoothing: 1 }, "smoothing is 1, needed a number from 0 to below 1"],
      [{ augment: { erase: -0.1 } }, "erase of augment is -0.1"],
      [{ decay: NaN }, "decay is NaN, needed a number of at least 0"],
      [{ together: 0 }, "together is 0, needed a whole number of at least 1"],
    ] as const
  ) {
    await assertRejects(() => trainSupernet({ ...options, ...change }), RangeError, message);
  }
});
