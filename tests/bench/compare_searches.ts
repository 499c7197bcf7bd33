/**
 * Is a searched network better than one that nobody searched? `compareSearches` on Fashion-MNIST (Debian:
 * dataset-fashion-mnist): every arm, five seeds, 32 and 64 KiB of SRAM, 256 KiB of Flash. All arms learn
 * what one larger network, trained first on the same examples, says of them (`softLabels`). The state is
 * kept in a file, that network in FILE.teacher: the same command goes on where it was stopped. The result
 * is what lesson 21 reads.
 *
 * Run: deno task bench:search --state FILE [--out FILE] [--data DIR] [--sram 32,64] [--flash 256]
 *   [--macs-per-kib 30000] [--resolutions 28,32,40] [--seeds 1,2,3,4,5] [--steps 2400] [--tuning-steps 9600]
 *   [--teacher-steps 6000] [--workers N] [--no-native] [--nats URL] [--quick]
 *
 * With --nats (and NATS_TOKEN and others in the environment) `tinyloom worker --nats URL` on other machines
 * does the work; how many of them does not matter. Where there is a C compiler trainings are native: the
 * same bits, sooner.
 *
 * Measured on a 2-core Xeon, 2026-12-01: 102.9 minutes beside other work, which had about a tenth of it;
 * the result is in notebooks/searches_compared.json. Super-networks then held blocks of expansion 1 too, and
 * their rate was 0.2 with only the largest in the first 0.3 of the steps; `bench:rank` says why no more. With at most 20,000 multiply-accumulates for each KiB
 * and widths up to 0.5 the median of the searched network at 64 KiB was 92.05 %; it is 92.27 % now.
 */
import {
  compareSearches,
  type CompareSearchesOptions,
  connectWorkers,
  dataSets,
  dataSpaces,
  findCompiler,
  largestGenes,
  readCompareState,
  readData,
  readFindState,
  resNetSpace,
  softLabels,
  supernetSpace,
  tableToRows,
  tableToText,
  type TrainedSupernet,
  trainSupernet,
  writeCompareState,
  writeFindState,
  writeWhole,
} from "tinyloom";
import { loginOf } from "../../lib/cli/machines.ts";
import { someExamples } from "../../lib/tinynas/data/labelled_data.ts";
import { scriptFlags } from "../script_flags.ts";

const { values: flags } = scriptFlags({
  script: import.meta.url,
  options: {
    state: { type: "string" },
    out: { type: "string" },
    data: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    sram: { type: "string", default: "32,64" },
    flash: { type: "string", default: "256" },
    seeds: { type: "string", default: "1,2,3,4,5" },
    resolutions: { type: "string", default: "28,32,40" },
    "macs-per-kib": { type: "string", default: "30000" },
    steps: { type: "string", default: "2400" },
    "tuning-steps": { type: "string", default: "9600" },
    "teacher-steps": { type: "string", default: "6000" },
    workers: { type: "string", default: String(navigator.hardwareConcurrency) },
    native: { type: "boolean" },
    nats: { type: "string" },
    "nats-creds": { type: "string" },
    quick: { type: "boolean", default: false },
  },
  operands: 0,
  numbers: ["flash", "macs-per-kib", "steps", "tuning-steps", "teacher-steps", "workers"],
});
if (flags.state === undefined) {
  console.error("--state FILE is needed: it keeps what is known, and the command goes on from it");
  Deno.exit(2);
}

const KIB = 1024;
const numbers = (text: string) => text.split(",").map(Number);

/** Multiply-accumulates at most: what can be trained in two hours on two cores. */
const macsPerKib = Number(flags["macs-per-kib"]);

const sizes = {
  ...{ samples: 300, networks: 300, resolutions: 2 },
  ...{
    batch: 64,
    ghostBatch: 32,
    steps: Number(flags.steps),
    tuningSteps: Number(flags["tuning-steps"]),
  },
  ...{ rate: 0.2, tuningRate: 0.12, decay: 5e-4, together: 4, trialSteps: 400, pieceSteps: 1000 },
  ...{ population: 16, generations: 4, parents: 6 },
  ...{ searchImages: 1000, calibrationImages: 256 },
} as const;

const quickSizes = {
  ...sizes,
  ...{ samples: 40, networks: 40, steps: 60, tuningSteps: 40, trialSteps: 20, pieceSteps: 40 },
  ...{ population: 4, generations: 1, parents: 2 },
} as const;

const files = [...Deno.readDirSync(flags.data)].map(({ name: path }) => ({
  path,
  read: () => Deno.readFileSync(`${flags.data}/${path}`),
}));
const { train, validation, test } = await readData(files, { validation: 1 / 12 });
const spaces = dataSpaces(train, {
  ...{
    resolutions: numbers(flags.resolutions),
    widths: [0.3, 0.4, 0.5, 0.6],
    expansions: [2, 3, 4, 6],
  },
});
const workers = Number(flags.workers);
const native = flags.native ?? await findCompiler().then(() => true, () => false);
const stateFile = flags.state;
const secondsFile = `${stateFile}.seconds`;
const resume = await Deno.readTextFile(stateFile).then(readCompareState).catch(unlessMissing);
let seconds = Number(await Deno.readTextFile(secondsFile).catch(unlessMissing) ?? 0);

const login = await loginOf({
  flags,
  env: (name) => Deno.env.get(name),
  resolve: (path) => path,
});
const machines = login && await connectWorkers({ ...login, onNotice: console.error });
const controller = new AbortController();
Deno.addSignalListener("SIGINT", () => controller.abort());
const taught = await teach();
const options: CompareSearchesOptions = {
  ...(flags.quick ? quickSizes : sizes),
  data: { train: taught.data, validation, test },
  device: numbers(flags.sram).map((kib) => ({
    name: `${kib} KiB`,
    sramBytes: kib * KIB,
    flashBytes: Number(flags.flash) * KIB,
    mostMacs: macsPerKib * kib,
  })),
  seeds: numbers(flags.seeds),
  spaces,
  workers,
  native,
  machines,
  signal: controller.signal,
  ...(resume !== undefined && { resume }),
  onProgress: ({ done, of, parts, seconds: more }) => {
    seconds += more;
    console.error(
      `${done} of ${of} steps, ${(seconds / 60).toFixed(1)} minutes: ${parts.length} parts, ` +
        `${parts[0]} first`,
    );
  },
  onState: async (state) => {
    await writeWhole(stateFile, writeCompareState(state));
    await writeWhole(secondsFile, String(seconds));
  },
};
const comparison = await compareSearches(options).catch(async (error) => {
  if (error !== controller.signal.reason) throw error;
  return await stop();
});

await machines?.[Symbol.asyncDispose]();
const { table, summary, ranks } = comparison;
console.log(tableToText(table));
console.log(tableToText(summary));
console.log(tableToText(ranks));
if (flags.out !== undefined) {
  const record = {
    schemaVersion: 1,
    data: "Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017)",
    trainImages: train.labels.length,
    validationImages: validation.labels.length,
    testImages: test.labels.length,
    minutes: Math.round(seconds / 6) / 10,
    workers,
    teacher: taught.record,
    flashBytes: Number(flags.flash) * KIB,
    limit: `at most ${macsPerKib} multiply-accumulates for each KiB of SRAM`,
    sizes: flags.quick ? quickSizes : sizes,
    networks: tableToRows(table),
    summary: tableToRows(summary),
    ranks: tableToRows(ranks),
  };
  await writeWhole(flags.out, JSON.stringify(record, null, 2) + "\n");
}

/**
 * The training examples with what a larger network says of them: a ResNet-8 of twice the width, on 40 x 40
 * pixels.
 */
async function teach() {
  const steps = flags.quick ? 100 : Number(flags["teacher-steps"]);
  const space = supernetSpace(resNetSpace({ width: 2, classes: train.classes.length }), {
    resolutions: [40],
  });
  const training = {
    space,
    only: largestGenes(space),
    batch: 64,
    ghostBatch: 32,
    decay: 5e-4,
    steps,
  };
  const file = `${stateFile}.teacher`;
  const resume = await Deno.readTextFile(file).then(readFindState).catch(unlessMissing);
  let startedMs = performance.now();
  const count = async () => {
    seconds += (performance.now() - startedMs) / 1000;
    startedMs = performance.now();
    await writeWhole(secondsFile, String(seconds));
  };
  const common = { workers, native, signal: controller.signal };
  const teacher = await trainSupernet({
    ...training,
    ...common,
    sets: dataSets(train, space),
    ...(resume?.supernet && { resume: resume.supernet }),
    onProgress: ({ step, loss, accuracy }) => {
      if (step % 200 > 0) return;
      console.error(`teacher: step ${step} of ${steps}, loss ${loss.toFixed(3)}, ${accuracy}`);
    },
    onState: save,
  });
  await save(teacher);
  if (controller.signal.aborted) return await stop();
  const calibration = someExamples(train, 2000);
  const { soft } = await softLabels(validation, { teacher, calibration, ...common });
  const right = validation.labels.filter((label, i) => {
    const shares = soft!.plain.subarray(10 * i, 10 * (i + 1));
    return shares.indexOf(Math.max(...shares)) === label;
  });
  const accuracy = right.length / validation.labels.length;
  const data = await softLabels(train, { teacher, calibration, temperature: 2, ...common });
  await count();
  return { data, record: { network: "ResNet-8, twice as wide, 40 x 40", steps, accuracy } };

  async function save(supernet: TrainedSupernet): Promise<void> {
    const state = {
      format: "tinyloom super-network search",
      schemaVersion: 1,
      problem: "",
    } as const;
    await writeWhole(file, writeFindState({ ...state, supernet, searches: [], tuned: null }));
    await count();
  }
}

async function stop(): Promise<never> {
  await machines?.[Symbol.asyncDispose]();
  console.error(`stopped; the same command goes on from ${stateFile}`);
  Deno.exit(130);
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
