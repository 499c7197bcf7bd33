import { checkOptions } from "../../check_arguments.ts";
import type { FitnessOfMany } from "../candidate.ts";
import type { Workers } from "../workers.ts";
import type { AccuracyTask } from "./evaluate.ts";
import {
  checkData,
  checkShape,
  dataHash,
  type LabelledData,
  someExamples,
} from "../data/labelled_data.ts";
import { type ListedGenes, supernetGenes } from "./supernet_of.ts";
import { checkGenes, inputShape } from "./supernet_space.ts";
import type { TrainedSupernet } from "./trained_supernet.ts";
import { openTeam, sharedFloats, sharedImages } from "./team.ts";
import { checkWakeWords, wakeWordImages } from "./wake_word_images.ts";

/**
 * Options of `supernetFitness`.
 *
 * @category Super-networks
 */
export interface SupernetFitnessOptions {
  /**
   * Held-out examples that are classed, at each resolution of the space, in its order (`dataSets` makes
   * them); `wakeWordImages` if left out.
   */
  readonly sets?: readonly LabelledData[];
  /** Other examples for the statistics of batch normalization, likewise; some of `sets` if left out. */
  readonly calibration?: readonly LabelledData[];
  /** Determines the images, which must not be those of training; 1,000 more than training's if left out. */
  readonly seed?: number;
  /** Images that are classed; 1,000 if left out. */
  readonly images?: number;
  /** Other images for the statistics of batch normalization; 128 if left out. */
  readonly calibrationImages?: number;
  /** Threads; 1 if left out. Results do not depend on them. */
  readonly workers?: number;
  /** Kernels as native code, see `trainSupernet`; false if left out. Machines have none. */
  readonly native?: boolean;
  /** Rates instead of threads: what `connectWorkers` gives. Results do not depend on it. */
  readonly machines?: Workers;
}

/**
 * The fitness of `supernetFitness`, to be disposed of when it is not needed any more.
 *
 * @category Super-networks
 */
export interface SupernetFitness extends FitnessOfMany {
  /** Share of images classed right, for each network, in their order. */
  readonly rate: (
    networks: readonly ListedGenes[],
    options?: { readonly signal?: AbortSignal },
  ) => Promise<readonly number[]>;
  /** Ends the threads. */
  readonly [Symbol.dispose]: () => void;
}

const BATCH = 32;

/**
 * A fitness for a search: the share of held-out images that a network with the super-network's
 * weights classes right. Networks are given by the list of their genes and their resolution.
 *
 * @throws {RangeError} for a number out of range; (`rate`) for a network that is not part of the
 *   super-network.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { supernetFitness, trainSupernet } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
 * using fitness = await supernetFitness(trained, { images: 20, calibrationImages: 16 });
 * const genes = [1, 3, 3, 0, 0, 1, 3, 3, 0, 0, 0, 0, 1, 3, 3, 0, 0];
 * const [accuracy] = await fitness.rate([{ genes, resolution: 32 }]);
 * assert.ok(accuracy >= 0 && accuracy <= 1);
 * ```
 *
 * @category Super-networks
 */
export async function supernetFitness(
  trained: TrainedSupernet,
  options: SupernetFitnessOptions = {},
): Promise<SupernetFitness> {
  checkOptions(
    "supernetFitness",
    options,
    "sets calibration seed images calibrationImages workers native machines",
  );
  const { space, parameters: values } = trained;
  const { seed = trained.seed + 1000, images = 1000, calibrationImages = 128 } = options;
  const parameters = sharedFloats(values.length);
  parameters.set(values);
  if (options.sets === undefined) checkWakeWords(space);
  const pairs = space.resolutions.map((resolution, i) => {
    const held = options.sets?.[i] ?? wakeWordImages({ seed, count: images, resolution });
    const calibration = options.calibration?.[i] ??
      (options.sets === undefined
        ? wakeWordImages({ seed: seed + 1, count: calibrationImages, resolution })
        : someExamples(held, calibrationImages));
    for (const data of [calibration, held]) {
      checkData(data);
      checkShape(data, inputShape(space, resolution));
    }
    return [calibration, held];
  });
  const sets = pairs.flat().map(sharedImages);
  const hashes = options.sets === undefined ? `${seed}, ${images}` : pairs.flat().map(dataHash);
  const { machines } = options;
  const team = machines === undefined
    ? await openTeam({ space, batch: BATCH, parameters, sets }, options)
    : null;
  return {
    name: `supernet of seed ${trained.seed}, ${trained.step} steps; images ${hashes}`,
    rate: (networks, { signal } = {}) => {
      const tasks = networks.map((network) => {
        const genes = supernetGenes(space, network);
        checkGenes(space, genes);
        const calibration = 2 * space.resolutions.indexOf(network.resolution);
        return { kind: "evaluate", genes, calibration, images: calibration + 1 } as const;
      });
      if (team !== null) return team.run<"evaluate">(tasks, signal && { signal });
      const alone = tasks.map(({ genes, calibration, images }): AccuracyTask => ({
        kind: "accuracy",
        space,
        parameters,
        batch: BATCH,
        genes,
        calibration: sets[calibration],
        images: sets[images],
      }));
      return machines!.run<number>(alone, signal && { signal });
    },
    [Symbol.dispose]: () => team?.[Symbol.dispose](),
  };
}
