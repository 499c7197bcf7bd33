import { formatCount } from "../measure/format.ts";
import { writeWhole } from "../measure/table_file.ts";
import { writeModel } from "../model/write_model.ts";
import type { Device } from "../plan/devices.ts";
import type { BuiltInFitness, RatedNetwork } from "../tinynas/candidate.ts";
import type { MemoryModelName } from "../tinynas/memory_bounds.ts";
import { optimizeSpace, type SpaceRow } from "../tinynas/optimize_space.ts";
import { searchNetwork } from "../tinynas/search_network.ts";
import { readSearchState } from "../tinynas/search_options.ts";
import { searchSpaces } from "../tinynas/search_space.ts";
import { findNetwork } from "../tinynas/supernet/find_network.ts";
import {
  type FindProgress,
  readFindState,
  writeFindState,
} from "../tinynas/supernet/find_options.ts";
import type { Workers } from "../tinynas/workers.ts";
import { type CommandContext, UsageError } from "./command.ts";

const TEST_IMAGES = 8000;

/** Who does the work instead of this process. */
interface Elsewhere {
  readonly machines: Workers | undefined;
}

/** Both stages with the accuracy of a super-network that is trained here. */
export async function findTrained(
  { flags, progress, resolve, signal }: CommandContext,
  device: Device,
  { machines }: Elsewhere,
): Promise<SearchOutcome> {
  if ((flags.classes ?? 2) !== 2) {
    throw new UsageError(`--classes must be 2 with --fitness supernet, found ${flags.classes}`);
  }
  const file = flags.resume === undefined ? null : resolve(flags.resume as string);
  const resume = file === null ? null : await readIfThere(file, readFindState);
  const numbers = flags as Record<string, number | undefined>;
  const { seed, samples, front, generations, population, images, steps } = numbers;
  const found = await findNetwork(device, {
    seed,
    samples,
    front,
    generations,
    population,
    images,
    steps,
    tuningSteps: numbers["tuning-steps"],
    ...(population !== undefined && { parents: Math.min(8, population) }),
    mostMacs: numbers["most-macs"],
    memory: flags.memory as MemoryModelName,
    testImages: TEST_IMAGES,
    workers: numbers.workers ?? navigator.hardwareConcurrency,
    machines,
    signal,
    ...(resume !== null && { resume }),
    onProgress: (event) => progress(inWords(event)),
    ...(file !== null && { onState: (state) => writeWhole(file, writeFindState(state)) }),
  });
  const { best, pareto, stage1, evaluations, ended, deployed } = found;
  const { floatAccuracy: float32, int8Accuracy: int8 } = deployed;
  return {
    best,
    pareto,
    stage1,
    evaluations,
    ended,
    more: { accuracy: { float32, int8, images: TEST_IMAGES } },
    tflite: () => deployed.tflite,
  };
}

/** A line for people. */
export function accuracyInWords({ float32, int8, images }: Accuracy): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return `Trained on alone and quantized, it classes ${percent(int8)} of ${
    formatCount(images)
  } new ` +
    `images right in int8, ${percent(float32)} in float32.`;
}

function inWords(event: FindProgress): string {
  switch (event.stage) {
    case "spaces":
      return `stage 1: ${event.done} of ${event.of} spaces`;
    case "training":
    case "tuning": {
      const what = event.stage === "training" ? "super-network" : "the best, alone";
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
  const resume = file === null ? null : await readIfThere(file, readSearchState);
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
    ...(resume !== null && { resume }),
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
interface SearchOutcome {
  readonly best: RatedNetwork;
  readonly pareto: readonly RatedNetwork[];
  readonly stage1: readonly SpaceRow[];
  readonly evaluations: number;
  readonly ended: string;
  /** What only a trained network has. */
  readonly more: { readonly accuracy?: Accuracy };
  /** The best as a file. */
  readonly tflite: () => Uint8Array;
}

/** Shares of images classed right that neither training nor search have seen. */
interface Accuracy {
  /** Before quantization. */
  readonly float32: number;
  /** Behind it, in the planned arena. */
  readonly int8: number;
  /** Images that it was measured on. */
  readonly images: number;
}

/**
 * What is in a file; null without one.
 *
 * @throws {UsageError} naming the file, where `read` throws a TypeError.
 */
async function readIfThere<Content>(
  path: string,
  read: (text: string) => Content,
): Promise<Content | null> {
  try {
    return read(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof TypeError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}
