/**
 * Does a super-network rank? On Fashion-MNIST (Debian: dataset-fashion-mnist) it trains one, draws networks
 * of its space for a seed, with multiply-accumulates within a factor of 2, trains each by itself from
 * random weights for equally many steps, and prints Kendall's tau between the accuracies of these and, on
 * the other side, those with inherited weights, or figures that cost no training. Accuracies are those on
 * the last 10,000 of the 60,000 images of training, which nothing learns; the test set is not read. Some
 * networks are trained twice, with another seed: what tau is when the same is measured again; no ranking
 * reaches more.
 *
 * Run: deno task bench:rank SEED [--networks 30] [--steps N] [--alone N] [--twice 10] [--workers 2]
 *   [--together N] [--largest SHARE] [--rate R] [--resolutions 20,24,...] [--expansions 2,3,6]
 *   [--no-native] [--data DIR] [--state FILE]; steps of the
 *   super-network, and of each network alone. It can be stopped, and goes on when it is run again with the
 *   same command. With another super-network (steps, together, largest, rate) what is known of the networks
 *   alone stays.
 *
 * Measured on a 2-core EPYC (Zen 3), 2026-12-01, `bench:rank 7 --twice 0`: parts inherit 86 to 89 %, tau of
 * inherited accuracy 0.43 (95 % of draws 0.16 to 0.65), of multiply-accumulates 0.28, resolution 0.58,
 * parameters -0.25. What brought it there, each by 1,200 steps of networks of 28 pixels and 0.3 to 0.6 million
 * multiply-accumulates, mean inherited accuracy: expansions 1, 3 and 6 76.1 %; 2, 3 and 6 80.0 %; networks as
 * costly as those that are ranked alone 80.7 %; no first tenth of the steps for the largest 81.4 %; or a rate
 * of 0.4 instead of 0.2 82.4 %. Before all of it (3,000 steps, 16 to 48 pixels): 74 to 80 %, tau -0.12.
 */
import { dirname } from "node:path";
import {
  arrayData,
  dataSets,
  findCompiler,
  kendallTau,
  type LabelledData,
  measurePeaks,
  readFindState,
  readIdx,
  searchSpaces,
  supernetFitness,
  supernetGenes,
  supernetSpace,
  tableFromRows,
  tableToText,
  type TrainedSupernet,
  trainSupernet,
  writeFindState,
  writeWhole,
} from "tinyloom";
import { randomStream } from "../../lib/measure/random.ts";
import { networkJudge } from "../../lib/tinynas/candidate.ts";
import { selectExamples, someExamples } from "../../lib/tinynas/data/labelled_data.ts";
import { sharedImages } from "../../lib/tinynas/supernet/team.ts";
import { sample } from "../../lib/tinynas/vary.ts";
import { scriptFlags } from "../script_flags.ts";

const { values: flags, positionals: [seedText = "1"] } = scriptFlags({
  script: import.meta.url,
  options: {
    networks: { type: "string", default: "30" },
    steps: { type: "string", default: "8000" },
    together: { type: "string", default: "4" },
    largest: { type: "string", default: "0" },
    rate: { type: "string", default: "0.4" },
    resolutions: { type: "string", default: "20,24,28,32,40,48" },
    expansions: { type: "string", default: "2,3,6" },
    alone: { type: "string", default: "4000" },
    twice: { type: "string", default: "10" },
    workers: { type: "string", default: String(navigator.hardwareConcurrency) },
    native: { type: "boolean" },
    data: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    state: { type: "string" },
  },
  operands: 1,
  numbers: ["networks", "steps", "together", "largest", "rate", "alone", "twice", "workers"],
});
const seed = Number(seedText);
const count = Number(flags.networks);
const workers = Number(flags.workers);
const native = flags.native ?? await findCompiler().then(() => true, () => false);

const LEAST_MACS = 300_000;
const RESOLUTIONS = flags.resolutions.split(",").map(Number);
const LEARNT = 50_000;
const spaces = searchSpaces({
  resolutions: RESOLUTIONS,
  widths: [0.3],
  inputChannels: 1,
  classes: 10,
  depths: [1, 2, 3],
  expansions: flags.expansions.split(",").map(Number),
  stages: 4,
});
const space = supernetSpace(spaces[0], { resolutions: RESOLUTIONS });
const networks = drawNetworks(seed, count);
// What learns together costs as much as what is ranked, as in a search for a device.
const among = drawNetworks(1000 + seed, 300).toSorted((a, b) => a.macs - b.macs).map((each) =>
  supernetGenes(space, each)
);

const [images, labels] = await Promise.all(
  ["images-idx3", "labels-idx1"].map(async (part) =>
    readIdx(await Deno.readFile(`${flags.data}/train-${part}-ubyte.gz`))
  ),
);
const all = arrayData(images, { labels: [...labels.values as Uint8Array] });
const part = (from: number, until: number): LabelledData =>
  selectExamples(all, Array.from({ length: until - from }, (_, i) => from + i));
const learnt = part(0, LEARNT);
// Shared once, not for every training.
const sets = dataSets(learnt, space).map(sharedImages);
const held = {
  sets: dataSets(part(LEARNT, all.labels.length), space).map(sharedImages),
  calibration: dataSets(someExamples(learnt, 2000), space).map(sharedImages),
  workers,
  native,
};
const training = { space, sets, batch: 64, rate: 0.1, decay: 5e-4, workers, native };

/** What is known: accuracies with inherited weights, and alone, the first time and the second. */
interface Results {
  readonly inherited: readonly number[];
  readonly alone: readonly (readonly number[])[];
}
let supernet: TrainedSupernet | null = null;
let results: Results = { inherited: [], alone: [[], []] };
const { steps, together, largest, rate } = flags;
const shared = JSON.stringify({ steps, together, largest, rate });
const { alone, resolutions, expansions } = flags;
const problem = JSON.stringify({ seed, count, alone, resolutions, expansions });
const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
const file = flags.state ?? `${cache}/tinyloom/rank-${seed}.json`;
await Deno.mkdir(dirname(file), { recursive: true });
await load();

if (results.inherited.length === 0) {
  supernet = await trainSupernet({
    ...training,
    seed,
    steps: Number(steps),
    among,
    together: Number(together),
    largestShare: Number(largest),
    rate: Number(rate),
    ...(supernet !== null && { resume: supernet }),
    onProgress: ({ step, steps, loss, accuracy }) => {
      if (step % 200 > 0) return;
      console.error(
        `super-network: ${step} of ${steps}, loss ${loss.toFixed(3)}, ${percent(accuracy)}`,
      );
    },
    onState: (trained) => {
      supernet = trained;
      return save();
    },
  });
  using fitness = await supernetFitness(supernet, held);
  results = { ...results, inherited: await fitness.rate(networks) };
  await save();
}
for (const [time, wanted] of [networks, networks.slice(0, Number(flags.twice))].entries()) {
  for (let i = results.alone[time].length; i < wanted.length; i++) {
    const startedMs = performance.now();
    const trained = await trainSupernet({
      ...training,
      steps: Number(flags.alone),
      seed: 1000 * (time + 1) + i,
      only: supernetGenes(space, wanted[i]),
    });
    const seconds = (performance.now() - startedMs) / 1000;
    using fitness = await supernetFitness(trained, held);
    const [accuracy] = await fitness.rate([wanted[i]]);
    const alone = results.alone.with(time, [...results.alone[time], accuracy]);
    results = { ...results, alone };
    await save();
    const shown = Number(flags.alone) * training.batch / seconds;
    // A step back costs two forward: the gradients of the weights and of what a layer reads.
    const gmacPerS = 3 * wanted[i].macs * shown / 1e9;
    console.error(
      `alone ${i}, time ${time + 1}: ${percent(accuracy)}, ${shown.toFixed(0)} images/s, ` +
        `${gmacPerS.toFixed(1)} GMAC/s on ${workers} threads`,
    );
  }
}
report();

/** Networks of all resolutions, each as likely, whose multiply-accumulates lie within a factor of 2. */
function drawNetworks(seed: number, count: number) {
  const random = randomStream(seed, 0);
  const unlimited = { sramBytes: Infinity, flashBytes: Infinity, latency: null };
  const budget = { ...unlimited, memory: "in-place", macs: 2 * LEAST_MACS } as const;
  const judges = spaces.map((each) => ({
    each,
    macs: networkJudge(each, { budget, fitness: "macs" }),
    score: networkJudge(each, { budget, fitness: "score" }),
  }));
  const drawn = [];
  while (drawn.length < count) {
    const { each, macs, score } = judges[random(judges.length)];
    const network = macs(sample(each, random));
    if (network === null || network.macs < LEAST_MACS) continue;
    drawn.push({ ...network, score: score(network.genes)!.fitness });
  }
  return drawn;
}

function report(): void {
  const { inherited, alone: [alone, again] } = results;
  networks.forEach(({ resolution, macs, params }, i) =>
    console.error(
      `${resolution} px, ${
        (macs / 1e6).toFixed(2)
      } million MACs, ${params} parameters: inherited ` +
        `${percent(inherited[i])}, alone ${percent(alone[i])}`,
    )
  );
  const figures = {
    "inherited accuracy": inherited,
    "multiply-accumulates": networks.map(({ macs }) => macs),
    "parameters": networks.map(({ params }) => params),
    "resolution": networks.map(({ resolution }) => resolution),
    "entropy score": networks.map(({ score }) => score),
    ...(again.length > 2 && { "accuracy alone, another seed": again }),
  };
  const rows = Object.entries(figures).map(([figure, values]) => {
    const { tau, low, high } = tauOf(values, alone.slice(0, values.length));
    return { figure, networks: values.length, tau, low, high };
  });
  console.log(tableToText(tableFromRows(rows)));
  const { mulAddGmacPerS } = measurePeaks();
  console.log(`peak of this machine without FMA: ${mulAddGmacPerS.toFixed(1)} GMAC/s a thread`);
}

/** Tau, and what holds 95 % of the taus of networks drawn from these with replacement. */
function tauOf(values: readonly number[], alone: readonly number[]) {
  const random = randomStream(1, 0);
  const taus = Array.from({ length: 2000 }, () => {
    const chosen = alone.map(() => random(alone.length));
    return kendallTau(chosen.map((i) => values[i]), chosen.map((i) => alone[i])) ?? 0;
  }).toSorted((a, b) => a - b);
  const round = (value: number): number => Math.round(1000 * value) / 1000;
  return {
    tau: round(kendallTau(values, alone) ?? 0),
    low: round(taus[49]),
    high: round(taus[1949]),
  };
}

async function load(): Promise<void> {
  try {
    const state = readFindState(await Deno.readTextFile(file));
    const saved: { problem: string; shared: string; results: Results } = JSON.parse(state.problem);
    if (saved.problem !== problem) {
      throw new TypeError(`${file} is of another run, ${saved.problem}`);
    }
    const isSame = saved.shared === shared;
    supernet = isSame ? state.supernet : null;
    results = { ...saved.results, ...(!isSame && { inherited: [] }) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function save(): Promise<void> {
  const state = {
    format: "tinyloom super-network search",
    schemaVersion: 1,
    problem: JSON.stringify({ problem, shared, results }),
    supernet,
    searches: [],
    tuned: null,
  } as const;
  await writeWhole(file, writeFindState(state));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
