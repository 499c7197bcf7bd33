import { formatCount } from "../measure/format.ts";
import { writeWhole } from "../measure/write_whole.ts";
import { writeModel } from "../model/write_model.ts";
import type { Device } from "../plan/devices.ts";
import type { BuiltInFitness } from "../search/judge_network.ts";
import type { MemoryModelName } from "../search/memory_model.ts";
import { optimizeSpace } from "../search/optimize_space.ts";
import { searchNetwork } from "../search/search_network.ts";
import { searchSpaces } from "../search/search_space.ts";
import { readSearchState } from "../search/search_state.ts";
import type { CommandContext } from "./command.ts";
import { readIfThere } from "./read_if_there.ts";
import type { SearchOutcome } from "./search_outcome.ts";

/** Both stages with a fitness that needs no training. */
export async function searchUntrained(
  { flags, progress, resolve, signal }: CommandContext,
  device: Device,
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
