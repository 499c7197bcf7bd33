import { checkOptions } from "../../check_arguments.ts";
import type { Table } from "../../npm/arrow.ts";
import { trainingLibrary } from "../supernet/training_kernels.ts";
import { recipeNames } from "../supernet/training_recipe.ts";
import { startThreads } from "../threads.ts";
import type { RunTasksOptions } from "../workers.ts";
import { dataHash } from "../data/labelled_data.ts";
import { type ArmWork, runArmWork, type TaskResult } from "./arm_task.ts";
import {
  type CompareProgress,
  type CompareSearchesOptions,
  type CompareSettings,
  compareSettings,
} from "./compare_options.ts";
import { isTrained, readyTasks, withoutSpentWeights } from "./comparison_plan.ts";
import { comparisonRows, comparisonTable, rankTable, summaryTable } from "./comparison_tables.ts";
import { comparisonSets } from "./comparison_sets.ts";
import { type CompareState, startOfComparison } from "./compare_state.ts";
import type { Results } from "./desk.ts";

/**
 * What a comparison found.
 *
 * @category Super-networks
 */
export interface SearchComparison {
  /** A row for every device, arm and seed: accuracy, costs, and McNemar's test against the baseline. */
  readonly table: Table;
  /** A row for every device and arm: means over the seeds with 95 % intervals. */
  readonly summary: Table;
  /**
   * A row for every device, seed and score that needs no training: Kendall's tau with the accuracy that
   * random networks have with the super-network's weights. Without rows if the random arm is missing.
   */
  readonly ranks: Table;
  /** All that is known, the trained networks' files included. */
  readonly state: CompareState;
}

/**
 * Which way to a network for a memory is the best? Every arm gets the same data, the same limits and
 * the same number of steps, once for each seed: what is found on the super-network of that seed, what is
 * found without it, and MobileNetV2 scaled to the memory. Networks are chosen on images that are held
 * out of the training set; the test images are asked once for each network, when all are trained, and
 * answered by the int8 file in its planned arena.
 *
 * The result depends on the options but `workers` and `native`, not on interruptions: the work goes in rounds of
 * pieces that are plain data, and after each round `onState` is given what is known.
 *
 * @throws {RangeError} for an option out of range, or if hardly any network fits.
 * @throws {TypeError} if the state to resume is that of another comparison.
 * @throws {DOMException} named `AbortError` if the signal fires; the pieces at work are lost.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { compareSearches, splitData, wakeWordImages, wakeWordSpaces } from "tinyloom";
 *
 * const { table } = await compareSearches({
 *   data: splitData(wakeWordImages({ seed: 1, count: 120, resolution: 32 })),
 *   device: { name: "small", sramBytes: 16_384, flashBytes: 131_072 },
 *   spaces: wakeWordSpaces({ resolutions: [32], widths: [0.2], depths: [1] }),
 *   arms: ["largest", "mobilenetv2"],
 *   seeds: [1],
 *   samples: 20,
 *   networks: 10,
 *   ...{ steps: 4, tuningSteps: 4, batch: 16 },
 *   ...{ searchImages: 16, calibrationImages: 16 },
 * });
 * assert.deepEqual(table.toArray().map(({ arm }) => arm), ["largest", "mobilenetv2"]);
 * ```
 *
 * @category Super-networks
 */
export async function compareSearches(options: CompareSearchesOptions): Promise<SearchComparison> {
  checkOptions(
    "compareSearches",
    options,
    "data device arms seeds baseline spaces memory mostMacs mostLatencyMs samples",
    "leastShare resolutions networks steps tuningSteps trialSteps together supernetRate tuningRate",
    "population generations parents searchImages calibrationImages pieceSteps workers native machines",
    "resume signal",
    recipeNames,
    "onProgress onState",
  );
  const settings = compareSettings(options);
  const { data, resume, native = false } = options;
  const hashes = [data.train, data.validation, data.test].map(dataHash);
  const problem = JSON.stringify({ data: hashes, ...settings });
  if (resume !== undefined && resume.problem !== problem) {
    throw new TypeError(
      `the state is of another comparison: ${resume.problem}, needed ${problem}`,
    );
  }
  const sets = comparisonSets(data, settings);
  let state = resume ?? startOfComparison(problem);
  // Once for all threads, each of which finds it.
  if (native && options.machines === undefined) await trainingLibrary(data.train.channels);
  using workers = armWorkers(options);
  const { signal } = options;
  for (;;) {
    const tasks = readyTasks({ settings, sets, results: state.results });
    if (tasks.length === 0) break;
    signal?.throwIfAborted();
    const startedMs = performance.now();
    const found = await workers.run(
      tasks.map(({ task }): ArmWork => ({ kind: "arm", task, ...(native && { native }) })),
      signal && { signal },
    );
    const results = { ...state.results };
    tasks.forEach(({ part }, at) => results[part] = found[at]);
    state = { ...state, results: withoutSpentWeights(results, settings) };
    options.onProgress?.({
      ...stepsOf(state.results, settings),
      parts: tasks.map(({ part }) => part),
      seconds: (performance.now() - startedMs) / 1000,
    });
    await options.onState?.(state);
  }
  const context = { settings, sets, results: state.results };
  const rows = comparisonRows(context, data.test);
  return {
    table: comparisonTable(rows),
    summary: summaryTable(rows, settings),
    ranks: rankTable(context),
    state,
  };
}

function armWorkers({ machines, workers = 1 }: CompareSearchesOptions) {
  if (machines !== undefined) {
    const run = (tasks: readonly ArmWork[], options?: RunTasksOptions) =>
      machines.run<TaskResult>(tasks, options);
    return { run, [Symbol.dispose]: () => {} };
  }
  const script = new URL("./arm_worker.ts", import.meta.url);
  return startThreads<ArmWork, TaskResult>(workers, { script, here: runArmWork });
}

/** Training steps done, and to do as far as known. */
function stepsOf(
  results: Results,
  { arms, devices, seeds, steps, tuningSteps, trialSteps }: CompareSettings,
): Pick<CompareProgress, "done" | "of"> {
  const fromScratch = arms.filter((arm) => arm === "mobilenetv2" || arm === "scratch").length;
  const onSupernet = arms.some((arm) => arm !== "mobilenetv2");
  const each = (onSupernet ? steps : 0) + arms.length * tuningSteps + fromScratch * steps;
  let [done, of] = [0, devices.length * seeds.length * each];
  for (const [part, result] of Object.entries(results)) {
    if (isTrained(result)) done += result.step;
    // As many trials as MobileNetV2 has resolutions.
    const isChoice = part.endsWith("/mobilenetv2") && Array.isArray(result) && result.length > 1;
    if (isChoice) of += result.length * trialSteps;
  }
  return { done, of };
}
