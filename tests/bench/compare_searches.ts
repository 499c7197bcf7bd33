/**
 * Is a searched network better than one that nobody searched? `compareSearches` on Fashion-MNIST (Debian:
 * dataset-fashion-mnist): every arm, five seeds, 32 and 64 KiB of SRAM, 256 KiB of Flash. The state is kept
 * in a file: the same command goes on where it was stopped. The result is what lesson 21 reads.
 *
 * Run: deno task bench:search --state FILE [--out FILE] [--data DIR] [--sram 32,64] [--flash 256]
 *   [--seeds 1,2,3,4,5] [--workers N] [--quick]
 */
import { parseArgs } from "node:util";
import {
  compareSearches,
  type CompareSearchesOptions,
  dataSpaces,
  readCompareState,
  readData,
  tableToRows,
  tableToText,
  writeCompareState,
  writeWhole,
} from "tinyloom";

const { values: flags } = parseArgs({
  options: {
    state: { type: "string" },
    out: { type: "string" },
    data: { type: "string", default: "/usr/share/datasets/fashion-mnist" },
    sram: { type: "string", default: "32,64" },
    flash: { type: "string", default: "256" },
    seeds: { type: "string", default: "1,2,3,4,5" },
    workers: { type: "string", default: String(navigator.hardwareConcurrency) },
    quick: { type: "boolean", default: false },
  },
});
if (flags.state === undefined) {
  console.error("--state FILE is needed: it keeps what is known, and the command goes on from it");
  Deno.exit(2);
}

const KIB = 1024;
const numbers = (text: string) => text.split(",").map(Number);

const sizes = {
  mostMacs: 600_000,
  samples: 300,
  networks: 300,
  resolutions: 1,
  batch: 64,
  steps: 2400,
  tuningSteps: 2400,
  trialSteps: 400,
  rate: 0.2,
  tuningRate: 0.1,
  population: 16,
  generations: 5,
  parents: 6,
  searchImages: 1000,
  calibrationImages: 512,
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
  ...{ resolutions: [28, 32, 40], widths: [0.3, 0.4, 0.5, 0.6, 0.8], expansions: [1, 2, 3, 4, 6] },
});
const resolutions = [...new Set(spaces.map(({ resolution }) => resolution))];
const stateFile = flags.state;
const secondsFile = `${stateFile}.seconds`;
const resume = await Deno.readTextFile(stateFile).then(readCompareState).catch(unlessMissing);
let seconds = Number(await Deno.readTextFile(secondsFile).catch(unlessMissing) ?? 0);

const controller = new AbortController();
Deno.addSignalListener("SIGINT", () => controller.abort());
const options: CompareSearchesOptions = {
  ...(flags.quick ? quickSizes : sizes),
  data: { train, validation, test },
  device: numbers(flags.sram).map((kib) => ({
    name: `${kib} KiB`,
    sramBytes: kib * KIB,
    flashBytes: Number(flags.flash) * KIB,
  })),
  seeds: numbers(flags.seeds),
  spaces,
  workers: Number(flags.workers),
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
const comparison = await compareSearches(options).catch((error) => {
  if (error !== controller.signal.reason) throw error;
  console.error(`stopped; the same command goes on from ${stateFile}`);
  Deno.exit(130);
});

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
    workers: Number(flags.workers),
    flashBytes: Number(flags.flash) * KIB,
    resolutions,
    sizes: flags.quick ? quickSizes : sizes,
    networks: tableToRows(table),
    summary: tableToRows(summary),
    ranks: tableToRows(ranks),
  };
  await writeWhole(flags.out, JSON.stringify(record, null, 1) + "\n");
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
