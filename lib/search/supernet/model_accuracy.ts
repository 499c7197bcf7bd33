import { createEngine, type EngineOptions } from "../../engine/create_engine.ts";
import { run } from "../../engine/run.ts";
import type { Model } from "../../model/model.ts";
import { pixelsAsFloats, pixelsAsInt8 } from "./patches.ts";
import type { LabelledImages } from "./wake_word_images.ts";

/**
 * Share of images that a model classes right when our engine runs it: a float32 model of
 * `floatModel`, or an int8 one of `quantizeNetwork`.
 *
 * @throws {RangeError} for images of another size.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   floatModel,
 *   modelAccuracy,
 *   smallestGenes,
 *   subnetwork,
 *   trainSupernet,
 *   wakeWordImages,
 * } from "tinyloom";
 *
 * const trained = await trainSupernet({ images: 16, steps: 1, batch: 8 });
 * const calibration = wakeWordImages({ seed: 2, count: 8, resolution: 32 });
 * const genes = smallestGenes(trained.space);
 * const network = subnetwork(trained, { genes, calibration });
 * const accuracy = modelAccuracy(floatModel(network), calibration);
 * assert.ok(accuracy >= 0 && accuracy <= 1);
 * ```
 *
 * @category Super-networks
 */
export function modelAccuracy(
  model: Model,
  images: LabelledImages,
  options: EngineOptions = {},
): number {
  using engine = createEngine(model, options);
  const isFloat = model.tensors[model.inputs[0]].dtype === "float32";
  const pixels = isFloat ? pixelsAsFloats : pixelsAsInt8;
  let correct = 0;
  images.labels.forEach((label, image) => {
    const [logits] = run(engine, [pixels(images, image)]);
    const values = Array.from(logits as ArrayLike<number>);
    if (values.indexOf(Math.max(...values)) === label) correct++;
  });
  return correct / images.labels.length;
}
