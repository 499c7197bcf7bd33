import { formatCount } from "../measure/format.ts";
import { writeWhole } from "../measure/write_whole.ts";
import type { Device } from "../plan/devices.ts";
import type { MemoryModelName } from "../search/memory_model.ts";
import { findNetwork } from "../search/supernet/find_network.ts";
import type { FindProgress } from "../search/supernet/find_options.ts";
import { readFindState, writeFindState } from "../search/supernet/find_state.ts";
import type { CommandContext } from "./command.ts";
import { readIfThere } from "./read_if_there.ts";
import type { Accuracy, SearchOutcome } from "./search_outcome.ts";
import { UsageError } from "./usage_error.ts";

const TEST_IMAGES = 8000;

/** Both stages with the accuracy of a super-network that is trained here. */
export async function findTrained(
  { flags, progress, resolve, signal }: CommandContext,
  device: Device,
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
