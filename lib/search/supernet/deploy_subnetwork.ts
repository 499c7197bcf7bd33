import { readModel } from "../../model/read_model.ts";
import { writeModel } from "../../model/write_model.ts";
import type { Model } from "../../model/model.ts";
import type { Plan } from "../../plan/plan.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import type { PlanOptions } from "../../plan/plan_options.ts";
import { floatModel } from "./float_model.ts";
import { modelAccuracy } from "./model_accuracy.ts";
import { quantizeNetwork } from "./quantize_network.ts";
import { subnetwork } from "./subnetwork.ts";
import type { SupernetGenes } from "./supernet_space.ts";
import type { TrainedSupernet } from "./train_supernet.ts";
import { wakeWordImages } from "./wake_word_images.ts";

/**
 * Options of `deploySubnetwork`.
 *
 * @category Super-networks
 */
export interface DeployOptions {
  /** What is deployed. */
  readonly genes: SupernetGenes;
  /** How memory is planned. */
  readonly plan?: PlanOptions;
  /** Determines images that neither training nor search have seen; 2,000 more than training's if left out. */
  readonly seed?: number;
  /** Images that accuracy is measured on; 1000 if left out. */
  readonly images?: number;
  /** Images for the statistics of batch normalization and for the ranges of int8; 512 if left out. */
  readonly calibrationImages?: number;
}

/**
 * A sub-network as a file that runs.
 *
 * @category Super-networks
 */
export interface DeployedSubnetwork {
  /** The int8 model, as read from the file. */
  readonly model: Model;
  /** The file. */
  readonly tflite: Uint8Array;
  /** Where its tensors lie. */
  readonly plan: Plan;
  /** Share of images classed right in float32, by our engine. */
  readonly floatAccuracy: number;
  /** Share of the same images classed right in int8, by our engine in this plan. */
  readonly int8Accuracy: number;
}

/**
 * Cuts a sub-network out, quantizes it to int8, writes it as a `.tflite` file, reads and plans that,
 * and runs it on images that it has never seen.
 *
 * @throws {RangeError} for genes that are not of the space.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deploySubnetwork, smallestGenes, trainSupernet } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
 * const genes = smallestGenes(trained.space);
 * const deployed = deploySubnetwork(trained, { genes, images: 10, calibrationImages: 8 });
 * assert.ok(deployed.plan.peakBytes < 16_384);
 * ```
 *
 * @category Super-networks
 */
export function deploySubnetwork(
  trained: TrainedSupernet,
  options: DeployOptions,
): DeployedSubnetwork {
  const { genes, seed = trained.seed + 2000, images: count = 1000, calibrationImages = 512 } =
    options;
  const { resolution } = genes;
  const calibration = wakeWordImages({ seed: seed + 1, count: calibrationImages, resolution });
  const images = wakeWordImages({ seed, count, resolution });
  const network = subnetwork(trained, { genes, calibration });
  const tflite = writeModel(quantizeNetwork(network, calibration));
  const model = readModel(tflite);
  const plan = planMemory(model, options.plan);
  return {
    model,
    tflite,
    plan,
    floatAccuracy: modelAccuracy(floatModel(network), images),
    int8Accuracy: modelAccuracy(model, images, { plan }),
  };
}
