/**
 * What the authors of MCUNet printed about one network, deployed on STM32 microcontrollers.
 *
 * @category Zoo
 */
export interface PublishedMcunet {
  /** Name in the zoo. */
  readonly model: string;
  /** Multiply-accumulates in millions. */
  readonly macsMillions: number;
  /** Parameters in millions. */
  readonly parametersMillions: number;
  /** Largest activations in kB, input and output added up. The authors do not say which kB. */
  readonly activationKb: number;
  /** Peak SRAM of TensorFlow Lite Micro in kB. */
  readonly tfliteSramKb: number;
  /** Peak SRAM of TinyEngine in kB. */
  readonly tinyengineSramKb: number;
  /** Flash of TensorFlow Lite Micro in kB. */
  readonly tfliteFlashKb: number;
  /** Flash of TinyEngine in kB. */
  readonly tinyengineFlashKb: number;
  /** ImageNet top-1 accuracy of the int8 model in percent. */
  readonly top1Percent: number;
}

// In the order of the fields above.
const ROWS: readonly (readonly [
  string,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
])[] = [
  ["mbv2-w0.3-r80", 7.3, 0.63, 94, 306, 98, 943, 745, 38.6],
  ["mbv2-w0.35-r144", 23.5, 0.75, 303, 646, 308, 1060, 862, 49.0],
  ["proxyless-w0.25-r112", 10.7, 0.57, 98, 288, 114, 860, 701, 43.8],
  ["proxyless-w0.3-r176", 38.3, 0.75, 242, 526, 292, 1063, 892, 56.2],
  ["mcunet-in0", 6.4, 0.7, 45, 237, 54, 1069, 889, 40.4],
  ["mcunet-in1", 12.8, 0.6, 90, 295, 107, 941, 770, 49.9],
  ["mcunet-in2", 67.3, 0.73, 325, 546, 242, 1081, 878, 60.3],
  ["mcunet-in3", 81.8, 0.74, 333, 560, 293, 1088, 897, 61.8],
  ["mcunet-in4", 125.9, 1.7, 413, 863, 456, 2133, 1876, 68.0],
];

/**
 * MCUNet and its baselines on STM32F412 (in2), H743 (in4) and F746 (all others), TensorFlow Lite
 * Micro beside TinyEngine: mit-han-lab/tinyml, mcunet/README.md as of 734990f (2021), the tables of
 * ImageNet models. The networks have other names there: in0 is "10FPS", in1 "5FPS".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { publishedMcunet } from "tinyloom";
 *
 * assert.equal(publishedMcunet.find(({ model }) => model === "mcunet-in3")?.tinyengineSramKb, 293);
 * ```
 *
 * @category Zoo
 */
export const publishedMcunet: readonly PublishedMcunet[] = ROWS.map((row) => ({
  model: row[0],
  macsMillions: row[1],
  parametersMillions: row[2],
  activationKb: row[3],
  tfliteSramKb: row[4],
  tinyengineSramKb: row[5],
  tfliteFlashKb: row[6],
  tinyengineFlashKb: row[7],
  top1Percent: row[8],
}));

/**
 * A row of the list of models of MCUNet's own repository.
 *
 * @category Zoo
 */
export interface PublishedMcunetModel {
  /** Name in the zoo. */
  readonly model: string;
  /** Multiply-accumulates in millions. */
  readonly macsMillions: number;
  /** Parameters in millions. */
  readonly parametersMillions: number;
  /** Peak SRAM of TinyEngine in kB. */
  readonly sramKb: number;
  /** Flash of TinyEngine in kB. */
  readonly flashKb: number;
  /** Top-1 accuracy of the float32 model in percent: of ImageNet, or of visual wake words. */
  readonly floatTop1Percent: number;
  /** The same of the int8 model. */
  readonly top1Percent: number;
}

// In the order of the fields above.
const MODEL_ROWS: readonly (readonly [string, number, number, number, number, number, number])[] = [
  ["mbv2-w0.35-r144", 23.5, 0.75, 308, 862, 49.7, 49.0],
  ["proxyless-w0.3-r176", 38.3, 0.75, 292, 892, 57.0, 56.2],
  ["mcunet-in0", 6.4, 0.75, 266, 889, 41.5, 40.4],
  ["mcunet-in1", 12.8, 0.64, 307, 992, 51.5, 49.9],
  ["mcunet-in2", 67.3, 0.73, 242, 878, 60.9, 60.3],
  ["mcunet-in3", 81.8, 0.74, 293, 897, 62.2, 61.8],
  ["mcunet-in4", 125.9, 1.73, 456, 1876, 68.4, 68.0],
  ["mcunet-vww0", 6.0, 0.37, 146, 617, 87.4, 87.3],
  ["mcunet-vww1", 11.6, 0.43, 162, 689, 88.9, 88.9],
  ["mcunet-vww2", 55.8, 0.64, 311, 897, 91.7, 91.8],
];

/**
 * SRAM and Flash "profiled with TinyEngine on STM32F746", and accuracy: mit-han-lab/mcunet, README.md
 * as of 9c164f8 (2024), "Model List". For in0 and in1 its SRAM is 5 and 3 times that of
 * {@link publishedMcunet}, of the same networks and engine.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { publishedMcunetModels } from "tinyloom";
 *
 * assert.equal(publishedMcunetModels.find(({ model }) => model === "mcunet-in0")?.sramKb, 266);
 * ```
 *
 * @category Zoo
 */
export const publishedMcunetModels: readonly PublishedMcunetModel[] = MODEL_ROWS.map((row) => ({
  model: row[0],
  macsMillions: row[1],
  parametersMillions: row[2],
  sramKb: row[3],
  flashKb: row[4],
  floatTop1Percent: row[5],
  top1Percent: row[6],
}));

/**
 * A search space as the authors of MCUNet printed it.
 *
 * @category Zoo
 */
export interface PublishedSpace {
  /** Factor of the channels. */
  readonly width: number;
  /** Rows and columns of the images. */
  readonly resolution: number;
  /** Mean multiply-accumulates, in millions, of its networks that fit. */
  readonly meanMacsMillions: number;
}

/**
 * The ten best search spaces for ImageNet-100, 100 classes, on the STM32F746 (320 kB of SRAM, 1 MB of
 * Flash), with the mean multiply-accumulates of those of 1,000 networks that fit: Lin et al., MCUNet,
 * NeurIPS 2020, figure 3.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { publishedSpaces } from "tinyloom";
 *
 * const means = publishedSpaces.map(({ meanMacsMillions }) => meanMacsMillions);
 * assert.equal(publishedSpaces[means.indexOf(Math.max(...means))].resolution, 144);
 * ```
 *
 * @category Zoo
 */
export const publishedSpaces: readonly PublishedSpace[] = ([
  [0.3, 160, 32.5],
  [0.4, 112, 32.4],
  [0.4, 128, 39.3],
  [0.4, 144, 46.9],
  [0.5, 112, 38.3],
  [0.5, 128, 46.9],
  [0.5, 144, 52.0],
  [0.6, 112, 41.3],
  [0.7, 96, 31.4],
  [0.7, 112, 38.4],
] as const).map(([width, resolution, meanMacsMillions]) => ({
  width,
  resolution,
  meanMacsMillions,
}));
