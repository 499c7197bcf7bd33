import type { Model } from "../../model/model.ts";
import { floatModel } from "./float_model.ts";
import { PIXEL_SCALE, pixelsAsFloats } from "./patches.ts";
import { quantizeModel } from "./quantize_model.ts";
import type { Subnetwork } from "./subnetwork.ts";
import type { LabelledImages } from "./wake_word_images.ts";

/**
 * A sub-network as an int8 model with TensorFlow Lite's conventions: ranges of activations are those
 * seen on the images; the input stands for pixels exactly (`int8 = pixel - 128`).
 *
 * @throws {RangeError} for images of another resolution.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quantizeNetwork, smallestGenes, subnetwork, trainSupernet, wakeWordImages } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
 * const calibration = wakeWordImages({ seed: 2, count: 8, resolution: 32 });
 * const network = subnetwork(trained, { genes: smallestGenes(trained.space), calibration });
 * const model = quantizeNetwork(network, calibration);
 * assert.equal(model.tensors[model.inputs[0]].dtype, "int8");
 * ```
 *
 * @category Super-networks
 */
export function quantizeNetwork(network: Subnetwork, calibration: LabelledImages): Model {
  if (calibration.resolution !== network.resolution) {
    throw new RangeError(
      `images of ${calibration.resolution} pixels a side, needed ${network.resolution}`,
    );
  }
  const inputs = Array.from(calibration.labels, (_, image) => pixelsAsFloats(calibration, image));
  return quantizeModel(floatModel(network), { inputs, inputScale: PIXEL_SCALE });
}
