/**
 * What an inference engine needs for a network, as printed by the authors of TinyEngine.
 *
 * @category Zoo
 */
export interface PublishedDeployment {
  /** Name of the network; not all of them are in the zoo. */
  readonly model: string;
  /** Name of the engine. */
  readonly engine: string;
  /** Time of one inference; null where the engine could not run the network. */
  readonly latencyMs: number | null;
  /** Peak SRAM in kB; the authors do not say whether of 1000 or 1024 bytes. */
  readonly sramKb: number | null;
  /** Flash in kB. */
  readonly flashKb: number | null;
}

const ENGINES = ["tflite-micro", "cmsis-nn", "x-cube-ai-7.3.0", "tinyengine"];

// Latency, SRAM, Flash, each by engine.
const TABLE: Readonly<Record<string, readonly (readonly (number | null)[])[]>> = {
  "mcunet-vww0": [
    [587, 53, 32, 27],
    [163, 163, 88, 59],
    [627, 646, 463, 453],
  ],
  "mcunet-vww1": [
    [1120, 97, 57, 51],
    [220, 220, 113, 92],
    [718, 736, 534, 521],
  ],
  "mcunet-vww2": [
    [5310, 478, 269, 234],
    [385, 390, 201, 174],
    [1016, 1034, 774, 741],
  ],
  "mcunet-in0": [
    [586, 51, 35, 25],
    [161, 161, 69, 49],
    [1072, 1090, 856, 842],
  ],
  "mcunet-in1": [
    [1227, 103, 63, 56],
    [219, 219, 106, 96],
    [937, 956, 737, 727],
  ],
  "mcunet-in2": [
    [6463, 642, 351, 280],
    [460, 469, 238, 215],
    [1084, 1102, 849, 830],
  ],
  "mcunet-in3": [
    [7821, 770, 414, 336],
    [493, 493, 243, 260],
    [1091, 1106, 867, 835],
  ],
  "mcunet-in4": [
    [null, null, 516, 463],
    [null, null, 342, 416],
    [null, null, 1843, 1825],
  ],
  "proxyless-w0.3-r64": [
    [512, null, null, null],
    [128, 136, 97, 35],
    [1065, 1084, 865, 777],
  ],
  "proxyless-w0.3-r176": [
    [3801, 380, 205, 176],
    [453, 453, 221, 259],
    [1065, 1084, 865, 779],
  ],
  "mbv2-w0.3-r64": [
    [467, 43, 29, 23],
    [173, 173, 88, 61],
    [940, 959, 768, 690],
  ],
};

/**
 * The name in the table of the engine that needs least SRAM for a network, and what it needs.
 *
 * @throws {RangeError} the table has no such network.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { leastPublishedSram } from "tinyloom";
 *
 * assert.deepEqual(leastPublishedSram("mcunet-in3"), { engine: "x-cube-ai-7.3.0", sramKb: 243 });
 * ```
 *
 * @category Zoo
 */
export function leastPublishedSram(
  model: string,
): { readonly engine: string; readonly sramKb: number } {
  const [first, ...others] = publishedTinyEngine.flatMap(({ model: name, engine, sramKb }) =>
    name === model && sramKb !== null ? [{ engine, sramKb }] : []
  );
  if (first === undefined) throw new RangeError(`TinyEngine's table has no network "${model}"`);
  return others.reduce((least, each) => each.sramKb < least.sramKb ? each : least, first);
}

/**
 * Latency, SRAM and Flash of four engines on an STM32H743 (limits: 512 kB SRAM, 2 MB Flash; -Ofast):
 * mit-han-lab/tinyengine, README.md as of 47bb283 (2024), "Measured Results". Latencies of
 * proxyless-w0.3-r64 but TensorFlow Lite Micro's are left out: they are printed in kB.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { publishedTinyEngine } from "tinyloom";
 *
 * const row = publishedTinyEngine.find(({ model, engine }) =>
 *   model === "mcunet-in3" && engine === "tinyengine"
 * );
 * assert.equal(row?.sramKb, 260);
 * ```
 *
 * @category Zoo
 */
export const publishedTinyEngine: readonly PublishedDeployment[] = Object.entries(TABLE)
  .flatMap(([model, [latency, sram, flash]]) =>
    ENGINES.map((engine, i) => ({
      model,
      engine,
      latencyMs: latency[i],
      sramKb: sram[i],
      flashKb: flash[i],
    }))
  );
