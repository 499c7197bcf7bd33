import { formatCount } from "../measure/format.ts";
import { lockFile } from "../measure/file_lock.ts";
import { writeWhole } from "../measure/table_file.ts";
import { writeModel } from "../model/write_model.ts";
import type { Device } from "../plan/devices.ts";
import type { BuiltInFitness, RatedNetwork } from "../tinynas/candidate.ts";
import type { MemoryModelName } from "../tinynas/memory_bounds.ts";
import { optimizeSpace, type SpaceRow } from "../tinynas/optimize_space.ts";
import { searchNetwork } from "../tinynas/search_network.ts";
import { readSearchState } from "../tinynas/search_options.ts";
import { searchSpaces } from "../tinynas/search_space.ts";
import type { DataDescription } from "../tinynas/data/describe_data.ts";
import { exampleBytes, type LabelledData, someExamples } from "../tinynas/data/labelled_data.ts";
import { resizeData } from "../tinynas/data/resize_data.ts";
import { findNetwork } from "../tinynas/supernet/find_network.ts";
import type { FindProgress, FoundNetwork } from "../tinynas/supernet/find_options.ts";
import { readFindState, writeFindState } from "../tinynas/supernet/find_state.ts";
import type { Workers } from "../tinynas/workers.ts";
import { dataSpaces } from "../tinynas/supernet/supernet_of.ts";
import { inputShape } from "../tinynas/supernet/supernet_space.ts";
import { type ChosenData, chosenData } from "./chosen_data.ts";
import { type CommandContext, UsageError } from "./command.ts";
import { readInputIfThere } from "./input_file.ts";

const TEST_IMAGES = 8000;

/** Who does the work instead of this process. */
interface Elsewhere {
  readonly machines: Workers | undefined;
}

/** Both stages with the accuracy of a super-network that is trained for it. */
export async function findTrained(
  context: CommandContext,
  device: Device,
  { machines }: Elsewhere,
): Promise<SearchOutcome> {
  const { flags, progress, resolve, signal } = context;
  if (flags.data !== undefined && flags.images !== undefined) {
    throw new UsageError("--images is about images that are drawn, not with --data");
  }
  const chosen = await chosenData(context);
  const classes = chosen?.data.train.classes.length ?? 2;
  if ((flags.classes ?? classes) !== classes) {
    throw new UsageError(
      `--classes must be ${classes} with --fitness supernet, found ${flags.classes}`,
    );
  }
  const file = flags.resume === undefined ? null : resolve(flags.resume as string);
  using _lock = file === null ? null : await lockFile(file);
  const resume = file === null
    ? undefined
    : await readInputIfThere(flags.resume as string, { resolve }, readFindState);
  const numbers = flags as Record<string, number | undefined>;
  const { seed, samples, front, generations, population, images, steps } = numbers;
  const found = await findNetwork(device, {
    ...(chosen !== null && learns(chosen)),
    seed,
    samples,
    front,
    generations,
    population,
    images,
    steps,
    tuningSteps: numbers["tuning-steps"],
    quantizedSteps: numbers["quantized-steps"],
    ...(population !== undefined && { parents: Math.min(8, population) }),
    mostMacs: numbers["most-macs"],
    memory: flags.memory as MemoryModelName,
    ...(chosen === null && { testImages: TEST_IMAGES }),
    // How many cores there are elsewhere is not known here.
    workers: numbers.workers ?? (machines === undefined ? navigator.hardwareConcurrency : 1),
    native: flags.native as boolean | undefined,
    machines,
    signal,
    ...(resume !== undefined && { resume }),
    onProgress: (event) => progress(inWords(event)),
    ...(file !== null && { onState: (state) => writeWhole(file, writeFindState(state)) }),
  });
  const { best, pareto, stage1, evaluations, ended, deployed } = found;
  const { floatAccuracy: float32, int8Accuracy: int8 } = deployed;
  const tested = chosen?.data.test.labels.length ?? TEST_IMAGES;
  const source = chosen?.data.source ?? "wake word images, drawn from the seed";
  return {
    best,
    pareto,
    stage1,
    evaluations,
    ended,
    more: { accuracy: { float32, int8, images: tested }, data: { source, ...found.data } },
    tflite: () => deployed.tflite,
    frames: framesOf(chosen?.data.test ?? null, found),
  };
}

function learns({ data, augment, resolutions }: ChosenData) {
  const { train, validation, test } = data;
  return {
    data: { train, validation, test },
    augment,
    ...(resolutions !== undefined && { spaces: dataSpaces(train, { resolutions }) }),
  };
}

const LEARNERS = {
  training: "super-network",
  tuning: "the best, alone",
  quantizing: "the best, in int8",
} as const;

/** Inputs of the golden vectors: examples of the test, as the network takes them. */
function framesOf(
  test: LabelledData | null,
  { best: { resolution }, supernet: { space } }: FoundNetwork,
): SearchOutcome["frames"] {
  if (test === null) return undefined;
  const { height, width } = inputShape(space, resolution);
  const { pixels, ...shape } = resizeData(someExamples(test, GOLDEN_FRAMES), { height, width });
  const size = exampleBytes(shape);
  return Array.from(
    shape.labels,
    (_, i) => [Int8Array.from(pixels.subarray(i * size, (i + 1) * size), (byte) => byte - 128)],
  );
}

const GOLDEN_FRAMES = 2;

function inWords(event: FindProgress): string {
  switch (event.stage) {
    case "spaces":
      return `stage 1: ${event.done} of ${event.of} spaces`;
    case "training":
    case "tuning":
    case "quantizing": {
      const what = LEARNERS[event.stage];
      const right = (100 * event.accuracy).toFixed(1);
      return `${what}: step ${event.step} of ${event.steps}, ${right} % right in training`;
    }
    case "search": {
      const { resolution, generation, generations, fitness, macs } = event;
      return `stage 2: ${resolution} pixels, generation ${generation} of ${generations}, ` +
        `${(100 * fitness).toFixed(1)} % right, ${formatCount(macs)} MACs`;
    }
  }
}

/** Both stages with a fitness that needs no training. */
export async function searchUntrained(
  { flags, progress, resolve, signal }: CommandContext,
  device: Device,
  { machines }: Elsewhere,
): Promise<SearchOutcome> {
  const file = flags.resume === undefined ? null : resolve(flags.resume as string);
  using _lock = file === null ? null : await lockFile(file);
  const resume = file === null
    ? undefined
    : await readInputIfThere(flags.resume as string, { resolve }, readSearchState);
  const { seed, samples, front, classes, generations = 30, population = 100 } = flags as Record<
    string,
    number | undefined
  >;
  const common = {
    seed,
    memory: flags.memory as MemoryModelName,
    mostMacs: flags["most-macs"] as number | undefined,
    workers: (flags.workers as number | undefined) ?? navigator.hardwareConcurrency,
    machines,
    signal,
  };
  const stage1 = await optimizeSpace(searchSpaces({ classes }), device, {
    ...common,
    samples,
    onProgress: ({ done, of }) => progress(`stage 1: ${done} of ${of} spaces`),
  });
  const fps = flags.fps as number | undefined;
  const { best, pareto, model, evaluations, ended } = await searchNetwork(stage1.best, device, {
    ...common,
    ...(fps !== undefined && { mostLatencyMs: 1000 / fps }),
    fitness: flags.fitness as BuiltInFitness,
    population,
    generations,
    parents: Math.min(20, population),
    front,
    ...(resume !== undefined && { resume }),
    onGeneration: async (state) => {
      const [{ macs, fitness }] = state.population;
      progress(
        `stage 2: generation ${state.generation - 1} of ${generations}, ` +
          `fitness ${formatCount(fitness)}, ${formatCount(macs)} MACs`,
      );
      if (file !== null) await writeWhole(file, JSON.stringify(state) + "\n");
    },
  });
  const tflite = () => writeModel(model);
  return { best, pareto, stage1: stage1.rows, evaluations, ended, more: {}, tflite };
}

/** What `tinyloom search` finds, by either kind of fitness. */
export interface SearchOutcome {
  readonly best: RatedNetwork;
  readonly pareto: readonly RatedNetwork[];
  readonly stage1: readonly SpaceRow[];
  readonly evaluations: number;
  readonly ended: string;
  /** What only a trained network has. */
  readonly more: {
    readonly accuracy?: Accuracy;
    readonly data?: DataDescription & {
      /** What was read, and how it was split. */
      readonly source: string;
    };
  };
  /** The best as a file. */
  readonly tflite: () => Uint8Array;
  /** Inputs to compare its C with; random ones if undefined. */
  readonly frames?: readonly (readonly Int8Array<ArrayBuffer>[])[];
}

/** Shares of examples classed right that neither training nor search have seen. */
export interface Accuracy {
  /** Before quantization. */
  readonly float32: number;
  /** Behind it, in the planned arena. */
  readonly int8: number;
  /** Examples that it was measured on. */
  readonly images: number;
}
