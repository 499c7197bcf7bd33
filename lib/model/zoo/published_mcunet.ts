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
  /** Largest activations in kB; null where not given. The authors do not say which kB. */
  readonly activationKb: number | null;
  /** Peak SRAM of TensorFlow Lite Micro in kB. */
  readonly tfliteSramKb: number | null;
  /** Peak SRAM of TinyEngine in kB. */
  readonly tinyengineSramKb: number;
  /** Flash of TensorFlow Lite Micro in kB. */
  readonly tfliteFlashKb: number | null;
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
  number | null,
  number | null,
  number,
  number | null,
  number,
  number,
])[] = [
  ["mbv2-w0.3-r80", 7.3, 0.63, 94, 306, 98, 943, 745, 38.6],
  ["mbv2-w0.35-r144", 23.5, 0.75, 303, 646, 308, 1060, 862, 49.0],
  ["proxyless-w0.25-r112", 10.7, 0.57, 98, 288, 114, 860, 701, 43.8],
  ["proxyless-w0.3-r176", 38.3, 0.75, 242, 526, 292, 1063, 892, 56.2],
  ["mcunet-in0", 6.4, 0.75, null, null, 266, null, 889, 40.4],
  ["mcunet-in1", 12.8, 0.64, null, null, 307, null, 992, 49.9],
  ["mcunet-in2", 67.3, 0.73, 325, 546, 242, 1081, 878, 60.3],
  ["mcunet-in3", 81.8, 0.74, 333, 560, 293, 1088, 897, 61.8],
  ["mcunet-in4", 125.9, 1.7, 413, 863, 456, 2133, 1876, 68.0],
];

/**
 * MCUNet and its baselines on STM32F412, F746 and H743: mit-han-lab/tinyml, mcunet/README.md.
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
