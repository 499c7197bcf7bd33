import { evaluateSubnetwork, type EvaluationImages, openSupernet } from "./evaluate.ts";
import { type ListedGenes, supernetGenes } from "./supernet_of.ts";
import type { TrainedSupernet } from "./train_supernet.ts";
import { wakeWordImages } from "./wake_word_images.ts";

/** Options of `supernetFitness`. */
export interface SupernetFitnessOptions {
  /** Determines the images, which must not be those of training; 1,000 more than training's if left out. */
  readonly seed?: number;
  /** Images that are classed; 500 if left out. */
  readonly images?: number;
  /** Other images for the statistics of batch normalization; 256 if left out. */
  readonly calibrationImages?: number;
}

const BATCH = 32;

/**
 * A fitness for a search: the share of held-out images that a network with the super-network's
 * weights classes right. Networks are given by the list of their genes and their resolution.
 *
 * @throws {RangeError} (the fitness) for a network that is not part of the super-network.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { supernetFitness, trainSupernet } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
 * const fitness = supernetFitness(trained, { images: 20, calibrationImages: 16 });
 * const genes = [1, 3, 3, 0, 0, 1, 3, 3, 0, 0, 0, 0, 1, 3, 3, 0, 0];
 * const accuracy = fitness({ genes, resolution: 32 });
 * assert.ok(accuracy >= 0 && accuracy <= 1);
 * ```
 */
export function supernetFitness(
  trained: TrainedSupernet,
  options: SupernetFitnessOptions = {},
): (network: ListedGenes) => number {
  const { seed = trained.seed + 1000, images: count = 500, calibrationImages = 256 } = options;
  const workspace = openSupernet(trained, BATCH);
  const sets = new Map<number, EvaluationImages>();
  const imagesAt = (resolution: number): EvaluationImages => {
    const known = sets.get(resolution);
    if (known !== undefined) return known;
    const images = {
      calibration: wakeWordImages({ seed: seed + 1, count: calibrationImages, resolution }),
      images: wakeWordImages({ seed, count, resolution }),
    };
    sets.set(resolution, images);
    return images;
  };
  return (network) =>
    evaluateSubnetwork(
      workspace,
      supernetGenes(trained.space, network),
      imagesAt(network.resolution),
    );
}
