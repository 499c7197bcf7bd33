import {
  allocate,
  allocateGreedy,
  dataSpaces,
  describeData,
  devices,
  findNetwork,
  guillotineInstance,
  linearBaseline,
  matmul,
  optimizeSpace,
  randomStream,
  resizeData,
  sample,
  searchNetwork,
  searchSpace,
  searchSpaces,
  splitData,
  tableToRows,
  wakeWordImages,
  zeroCostScores,
} from "tinyloom";
import { FakeEvaluator, judged } from "../tune/fake_evaluator.ts";
import type { ExactCases } from "./exact_figures.ts";

const space = searchSpace({ resolution: 64, width: 0.3, classes: 10, depths: [1, 2] });
const two = searchSpace({ resolution: 64, width: 0.3, classes: 2, depths: [1] });
const device = { ...devices.nano33ble, sramBytes: 40 * 1024, flashBytes: 200 * 1024 };

/** Searches of which the seed decides all: a seed that found something finds it again. */
export const searchExact: ExactCases = {
  "search: schedules of f32": () => tuned({ m: 12, k: 20, n: 28 }),
  "search: schedules of i8": () => tuned({ m: 16, k: 24, n: 32, dtype: "i8" }),
  "search: places": () =>
    Array.from({ length: 16 }, (_, i) => {
      const heightUnits = 8 << (i % 4);
      const buffers = guillotineInstance(20 + 8 * i, { moments: 60, heightUnits, seed: i });
      // The fewer nodes, the more it tells in which order they are tried, and which are left out.
      const limited = [100, 1000, 10_000].map((nodeLimit) => {
        const found = allocate(buffers, { seed: i, nodeLimit, timeLimitMs: 600_000 });
        return { ...found, timeMs: 0 };
      });
      return [limited, { ...allocateGreedy(buffers), timeMs: 0 }];
    }),
  "search: networks": async () => {
    const { best, pareto } = await searchNetwork(space, device, {
      ...{ population: 12, generations: 4, parents: 4, front: 2, seed: 5 },
    });
    return [best, pareto];
  },
  "search: spaces": async () => {
    const spaces = searchSpaces({ resolutions: [48, 64], widths: [0.3, 0.5] });
    return (await optimizeSpace(spaces, devices.nano33ble, { samples: 20 })).rows;
  },
  "search: learnt": async () => {
    const images = (count: number, seed: number) => wakeWordImages({ count, seed, resolution: 16 });
    const data = { train: images(32, 1), validation: images(12, 2), test: images(12, 3) };
    const { best, genes, deployed, supernet, data: described } = await findNetwork(
      { name: "small", sramBytes: 24_576, flashBytes: 65_536 },
      {
        data,
        spaces: dataSpaces(data.train, { resolutions: [16], widths: [0.2], depths: [1, 2] }),
        ...{ samples: 8, batch: 8, steps: 4, tuningSteps: 3, networks: 3, population: 3 },
        ...{ parents: 2, generations: 1, front: 2, calibrationImages: 8 },
      },
    );
    const { model, plan } = deployed;
    return [data, best.genes, genes, model, plan.peakBytes, supernet.parameters, described];
  },
  "search: data": () => {
    const data = wakeWordImages({ seed: 4, count: 40, resolution: 12 });
    const grey = wakeWordImages({ seed: 5, count: 4, resolution: 64 });
    const pixels = Uint8Array.from(
      { length: 3 * grey.pixels.length },
      (_, i) => grey.pixels[Math.floor(i / 3)],
    );
    const images = { ...grey, pixels, channels: 3 };
    const splits = splitData(data, { validation: 0.2, test: 0.1 });
    return [
      splits,
      describeData(splits),
      linearBaseline(splits),
      resizeData(data, { height: 7, width: 5 }),
      zeroCostScores({ space: two, networks: [sample(two, randomStream(1, 0))], images }),
    ];
  },
};

async function tuned(shape: Parameters<typeof matmul>[0]): Promise<unknown> {
  const { steps, table } = await judged(matmul(shape), {
    ...{ evaluator: new FakeEvaluator(), evaluations: 40, population: 8, seed: 3, threads: 2 },
  });
  return [steps, tableToRows(table)];
}
