import { lookedAfter, throwIfStopped } from "../../host.ts";
import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { createEngine, engineOptionNames, type EngineOptions } from "../../engine/create_engine.ts";
import { quantizeValues } from "../../engine/io/quantize_values.ts";
import { run } from "../../engine/run.ts";
import type { Model } from "../../model/model.ts";
import { readModel } from "../../model/read_model.ts";
import { writeModel } from "../../model/write_model.ts";
import { archiveOf } from "../../model/zip.ts";
import type { Plan } from "../../plan/plan.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import type { PlanOptions } from "../../plan/plan_options.ts";
import { checkData, checkShape, type LabelledData } from "../data/labelled_data.ts";
import { floatModel } from "./float_model.ts";
import type { TensorRange } from "./quantize_constants.ts";
import { quantizeModel, type QuantizeOptions } from "./quantize_model.ts";
import { type Subnetwork, subnetwork } from "./subnetwork.ts";
import type { SupernetGenes } from "./supernet_space.ts";
import type { TrainedSupernet } from "./trained_supernet.ts";
import { checkWakeWords, wakeWordImages } from "./wake_word_images.ts";
import { PIXEL_SCALE, pixelsAsFloats } from "./workspace.ts";

/**
 * Options of `deploySubnetwork`.
 *
 * @category Super-networks
 */
export interface DeployOptions {
  /** What is deployed. */
  readonly genes: SupernetGenes;
  /** The network tuned for int8, as `tuneQuantized` gives it; quantized after training if left out. */
  readonly quantized?: RangedNetwork;
  /** How memory is planned. */
  readonly plan?: PlanOptions;
  /** Examples that accuracy is measured on, of the genes' resolution; `wakeWordImages` if left out. */
  readonly test?: LabelledData;
  /**
   * Examples for the statistics of batch normalization and for the ranges of int8, likewise; to be given
   * with `test`.
   */
  readonly calibration?: LabelledData;
  /** Determines images that neither training nor search have seen; 2,000 more than training's if left out. */
  readonly seed?: number;
  /** Images that accuracy is measured on; 1000 if left out. */
  readonly images?: number;
  /** Images of the calibration if it is not given; 512 if left out. */
  readonly calibrationImages?: number;
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
}

/**
 * A network and the ranges that its activations are to have in int8.
 *
 * @category Super-networks
 */
export interface RangedNetwork {
  /** The network in float32. */
  readonly network: Subnetwork;
  /** By the names of the tensors, as `quantizeNetwork` takes them. */
  readonly ranges: Readonly<Record<string, TensorRange>>;
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
 * Cuts a sub-network out, quantizes it to int8, writes it as a `.tflite` file with the names of the
 * classes behind it, reads and plans that, and runs it on images that it has never seen.
 *
 * @throws {RangeError} for genes that are not of the space.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
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
  checkOptions(
    "deploySubnetwork",
    options,
    "genes quantized plan test calibration seed images calibrationImages signal",
  );
  return lookedAfter(null, () => deployed(trained, options), { signal: options.signal });
}

function deployed(trained: TrainedSupernet, options: DeployOptions): DeployedSubnetwork {
  const { genes, seed = trained.seed + 2000, images: count = 1000, calibrationImages = 512 } =
    options;
  const { resolution } = genes;
  if ((options.test === undefined) !== (options.calibration === undefined)) {
    throw new TypeError("one of test and calibration is given, needed both or neither");
  }
  if (options.test === undefined) checkWakeWords(trained.space);
  const calibration = options.calibration ??
    wakeWordImages({ seed: seed + 1, count: calibrationImages, resolution });
  const images = options.test ?? wakeWordImages({ seed, count, resolution });
  checkData(images);
  const { network, ranges } = options.quantized ??
    { network: subnetwork(trained, { genes, calibration }), ranges: {} };
  const quantized = quantizeNetwork(network, calibration, { ranges });
  const labels = archiveOf(
    "labels.txt",
    new TextEncoder().encode(images.classes.join("\n") + "\n"),
  );
  const tail = { bytes: labels, countsFromFile: false };
  const tflite = writeModel({ ...quantized, tail });
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

/**
 * A sub-network as a quantized model, int8 unless asked otherwise, with TensorFlow Lite's conventions: ranges of activations are those
 * seen on the images; the input stands for pixels exactly (`int8 = pixel - 128`, `int16 = 256 int8`).
 * Options as `quantizeModel` takes them.
 *
 * @throws {RangeError} for examples of another shape.
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
export function quantizeNetwork(
  network: Subnetwork,
  calibration: LabelledData,
  options: Omit<QuantizeOptions, "inputs" | "inputScale"> = {},
): Model {
  checkOptions("quantizeNetwork", options, "ranges weightBits activationBits scalePer signal");
  checkShape(calibration, network.input);
  const inputs = Array.from(calibration.labels, (_, image) => pixelsAsFloats(calibration, image));
  const inputScale = options.activationBits === 16 ? PIXEL_SCALE / 256 : PIXEL_SCALE;
  return quantizeModel(floatModel(network), { ...options, inputs, inputScale });
}

/**
 * Share of images that a model classes right when our engine runs it: a float32 model of
 * `floatModel`, or one of `quantizeNetwork`.
 *
 * @throws {RangeError} for images of another size.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
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
  images: LabelledData,
  options: EngineOptions = {},
): number {
  checkOptions("modelAccuracy", options, engineOptionNames);
  checkArguments("modelAccuracy", { model });
  const answers = modelAnswers(model, images, options);
  return answers.filter((answer, image) => answer === images.labels[image]).length / answers.length;
}

/** The class that a model gives each image. */
export function modelAnswers(
  model: Model,
  images: LabelledData,
  options: EngineOptions = {},
): Uint16Array<ArrayBuffer> {
  return lookedAfter(null, () => answersOf(model, images, options), { signal: options.signal });
}

function answersOf(
  model: Model,
  images: LabelledData,
  options: EngineOptions,
): Uint16Array<ArrayBuffer> {
  using engine = createEngine(model, options);
  const input = model.tensors[model.inputs[0]];
  return Uint16Array.from(images.labels, (_, image) => {
    throwIfStopped();
    const [logits] = run(engine, [quantizeValues(pixelsAsFloats(images, image), input)]);
    const values = Array.from(logits as ArrayLike<number>);
    return values.indexOf(Math.max(...values));
  });
}
