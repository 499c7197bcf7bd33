import {
  dataSpaces,
  devices,
  findNetwork,
  optimizeSpace,
  randomStream,
  sample,
  searchNetwork,
  searchSpace,
  searchSpaces,
  spaceSize,
  wakeWordImages,
} from "tinyloom";
import { checkAugmentation, drawVariation } from "../../lib/tinynas/data/augment.ts";
import { paretoFront, spreadOverFront } from "../../lib/tinynas/candidate.ts";
import { cross, mutate } from "../../lib/tinynas/vary.ts";
import { networkCost, networkLayers } from "../../lib/tinynas/network_cost.ts";
import { memoryBounds, memoryModels } from "../../lib/tinynas/memory_bounds.ts";
import { decode, networkOf } from "../../lib/tinynas/architecture.ts";
import type { ExactCases } from "./exact_figures.ts";

const space = searchSpace({ resolution: 48, width: 0.2, classes: 3, depths: [1, 2], stages: 4 });
const small = { name: "small", sramBytes: 24_576, flashBytes: 65_536 };
const images = (count: number, seed: number) => wakeWordImages({ count, seed, resolution: 16 });
const data = { train: images(32, 1), validation: images(12, 2), test: images(12, 3) };
const quick = {
  ...{ samples: 8, batch: 8, steps: 5, tuningSteps: 3, networks: 3, population: 3, parents: 2 },
  ...{ generations: 1, calibrationImages: 8 },
};

/** What a call gives, or why it refuses. */
async function orError(make: () => unknown): Promise<unknown> {
  try {
    return await make();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

/** What is learnt and searched in other ways than the plain ones. */
export const learningExact: ExactCases = {
  "learning: variations": () => {
    const random = randomStream(3, 1);
    const asked = [
      {},
      { mirror: false, shiftRows: 0.1 },
      { shiftColumns: 0.2, contrast: 0.3, brightness: 0.4, erase: 0.5 },
    ];
    const refused = [{ erase: 1 }, { contrast: -0.1 }, { shiftRows: NaN }];
    return Promise.all([
      asked.map((augment) => Array.from({ length: 6 }, () => drawVariation(augment, random))),
      ...[...asked, ...refused].map((augment) => orError(() => checkAugmentation(augment))),
    ]);
  },
  "learning: genes": () => {
    const random = randomStream(2, 0);
    const full = searchSpace({ resolution: 64, width: 0.5, columns: 40 });
    return [full, space].map((each) => {
      const all = Array.from({ length: 6 }, () => sample(each, random));
      return all.map((genes, i) => {
        const layers = networkLayers(networkOf(each, decode(each, genes)), each);
        return [
          genes,
          mutate(each, genes, { rate: i / 5, random }),
          cross(each, [genes, all[(i + 1) % 6]], random),
          networkCost(layers),
          (Object.keys(memoryModels) as (keyof typeof memoryModels)[]).map((memory) =>
            memoryBounds(memory)(layers)
          ),
        ];
      });
    });
  },
  "learning: spaces": async () => [
    searchSpaces({ resolutions: [48, 80], aspect: 0.4, widths: [0.2, 1] }),
    [{}, { stages: 1 }, { stages: 6, depths: [3, 1, 3] }, { kernels: [3], expansions: [2, 1] }]
      .map((options) => [searchSpace(options), spaceSize(searchSpace(options))]),
    await Promise.all(
      [
        { stages: 0 },
        { stages: 7 },
        { widths: [0] },
        { widths: [4] },
        { widths: [4.1] },
        { kernels: [2] },
        { kernels: [] },
        { expansions: [0] },
        { depths: [1.5] },
        { classes: 0 },
        { resolutions: [1] },
        { inputChannels: 0 },
        { aspect: 0 },
        { resolutions: [48], widths: [0.2], aspect: 0.001 },
      ].map((options) => orError(() => searchSpaces(options as never).length)),
    ),
  ],
  "learning: fronts": () => {
    const random = randomStream(9, 0);
    const points = Array.from({ length: 30 }, () => ({
      ...{ peakBytes: random(5), flashBytes: random(5), macs: random(5), fitness: random(5) },
    }));
    return [
      paretoFront(points as never, ["peakBytes"]),
      paretoFront(points as never, ["peakBytes", "flashBytes", "macs"]),
      [1, 2, 3, 7, 30, 31].map((count) => spreadOverFront(points, count)),
    ];
  },
  "learning: budgets": async () => {
    const spaces = searchSpaces({ resolutions: [48, 64], widths: [0.2, 0.3], classes: 3 });
    const asked = [
      { memory: "layers", mostMacs: 2_000_000, seed: 3 },
      { memory: "rolling", leastShare: 0.5 },
      { memory: "overlap", mostLatencyMs: 400 },
      { leastShare: 1 },
      { mostMacs: 1 },
    ] as const;
    return await Promise.all(asked.map((options) =>
      orError(async () => {
        const { rows, best } = await optimizeSpace(spaces, devices.nano33ble, {
          ...{ samples: 8, ...options },
        });
        return [rows, best];
      })
    ));
  },
  "learning: searches": async () => {
    const common = { population: 6, generations: 2, parents: 2, front: 3 };
    const asked = [
      { memory: "rolling", mutationShare: 1, mutationRate: 0.5, seed: 2 },
      { memory: "layers", mutationShare: 0, fitness: "score", generations: 1 },
      { memory: "overlap", mostLatencyMs: 300, generations: 0 },
      { mostMacs: 1, population: 2 },
      { mostLatencyMs: 0 },
      { mutationShare: 1.1 },
      { mutationRate: -0.1 },
      { population: 1 },
      { fitness: "speed" },
    ] as const;
    const device = { ...devices.nano33ble, sramBytes: 30_000, flashBytes: 250_000 };
    return await Promise.all(asked.map((options) =>
      orError(async () => {
        const found = await searchNetwork(space, device, { ...common, ...options } as never);
        const { best, pareto, evaluations, ended, state } = found;
        return [best, pareto, evaluations, ended, state];
      })
    ));
  },
};

/** What is trained, which takes longer. */
export const trainingExact: ExactCases = {
  "learning: recipes": async () => {
    const { best, deployed, supernet, data: described } = await findNetwork(small, {
      ...{ ...quick, data, front: 2, seed: 2, decay: 0.001, smoothing: 0.1, quantizedSteps: 2 },
      augment: { mirror: false, shiftRows: 0.2, contrast: 0.3, brightness: 0.2, erase: 0.3 },
      spaces: dataSpaces(data.train, { resolutions: [16, 24], widths: [0.2], depths: [1] }),
      ...{ ghostBatch: 4, together: 2, memory: "rolling", mostMacs: 600_000, resolutions: 2 },
      ...{ validationImages: 9, rate: 0.05, tuningRate: 0.01, quantizedRate: 0.002 },
    });
    const { model, floatAccuracy, int8Accuracy } = deployed;
    return [best, model, floatAccuracy, int8Accuracy, supernet.parameters, described];
  },
};
