/**
 * A network on a board, as published. Plain data.
 *
 * @category Zoo
 */
export interface PublishedRun {
  /** Name of the network; MicroNets are not in the zoo. */
  readonly model: string;
  /** Data set that accuracy is of. */
  readonly task: "Visual Wake Words" | "Speech Commands" | "CIFAR-10" | "ToyADMOS";
  /** What ran it; null where only the network was published. */
  readonly engine: string | null;
  /** Name of the microcontroller in `devices`. */
  readonly device: string | null;
  /** Classes told right in int8, in percent; null where the benchmark measures something else. */
  readonly top1Percent: number | null;
  /** Runs a second. */
  readonly perSecond: number | null;
  /** Peak SRAM in kB; the authors do not say of which. */
  readonly sramKb: number | null;
  /** Flash in kB; of MicroNets the file. */
  readonly flashKb: number | null;
  /** Energy of one run, measured at the supply. */
  readonly microjoules: number | null;
  /** Power in these runs. */
  readonly milliwatts: number | null;
  /** Where it stands. */
  readonly source: string;
}

const VWW = "Visual Wake Words";
const MCUNET = "mit-han-lab/mcunet, README.md: int8, TinyEngine on STM32F746";
const MICRONETS =
  "ARM-software/ML-zoo, models/visual_wake_words: Banbury et al., MicroNets, MLSys 2021";
const MLPERF = "mlcommons/tiny_results_v1.0, closed";

const TASKS: Readonly<Record<string, PublishedRun["task"]>> = {
  "mlperf-tiny-vww": VWW,
  "mlperf-tiny-kws": "Speech Commands",
  "mlperf-tiny-ic": "CIFAR-10",
  "mlperf-tiny-ad": "ToyADMOS",
};

/** Fields in which most rows have nothing. */
const NOTHING = {
  engine: null,
  device: null,
  top1Percent: null,
  perSecond: null,
  sramKb: null,
  flashKb: null,
  microjoules: null,
  milliwatts: null,
} as const;

/**
 * Visual wake words by accuracy, memory and speed, and energies measured for MLPerf Tiny on the
 * NUCLEO-L4R5ZI at 120 MHz (medians of its logs; in energy runs the same speed within 2 %).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { publishedRuns } from "tinyloom";
 *
 * const measured = publishedRuns.filter(({ microjoules }) => microjoules !== null);
 * assert.equal(measured.length, 8);
 * ```
 *
 * @category Zoo
 */
export const publishedRuns: readonly PublishedRun[] = [
  ...([
    ["mcunet-vww0", 87.3, 146, 617],
    ["mcunet-vww1", 88.9, 162, 689],
    ["mcunet-vww2", 91.8, 311, 897],
  ] as const).map(([model, top1Percent, sramKb, flashKb]): PublishedRun => ({
    ...{ ...NOTHING, model, task: VWW, engine: "tinyengine", device: "stm32f746" },
    ...{ top1Percent, sramKb, flashKb, source: MCUNET },
  })),
  ...([["micronet-vww2", 76.8, 280.384], ["micronet-vww3", 85.5, 542.4], [
    "micronet-vww4",
    82.2,
    490.336,
  ]] as const).map(([model, top1Percent, flashKb]): PublishedRun => ({
    ...{ ...NOTHING, model, task: VWW, top1Percent, flashKb, source: MICRONETS },
  })),
  ...mlperf({ engine: "x-cube-ai-7.3.0", submitter: "STMicroelectronics" }, [
    ["mlperf-tiny-vww", 85.2, 4.339, 10_066.628, 44.58],
    ["mlperf-tiny-kws", 90.2, 13.323, 3371.738, 44.908],
    ["mlperf-tiny-ic", 85, 4.407, 10_681.623, 47.077],
    ["mlperf-tiny-ad", null, 131.95, 322.977, 42.652],
  ]),
  ...mlperf({ engine: "microtvm with cmsis-nn", submitter: "OctoML" }, [
    ["mlperf-tiny-vww", null, 3.32, 15_531.354, 51.992],
    ["mlperf-tiny-kws", null, 10.019, 5230.273, 52.285],
    ["mlperf-tiny-ic", null, 2.567, 20_236.298, 51.932],
    ["mlperf-tiny-ad", null, 116.212, 443.184, 51.503],
  ]),
  ...mlperf({ engine: "plumerai", submitter: "plumerai" }, [
    ["mlperf-tiny-vww", 84.9, 4.795, null, null],
    ["mlperf-tiny-kws", 90.2, 13.955, null, null],
    ["mlperf-tiny-ic", 88, 5.775, null, null],
    ["mlperf-tiny-ad", null, 179.448, null, null],
  ]),
];

/** Rows of one submission. */
function mlperf(
  { engine, submitter }: { readonly engine: string; readonly submitter: string },
  rows: readonly (readonly [
    model: string,
    top1Percent: number | null,
    perSecond: number,
    microjoules: number | null,
    milliwatts: number | null,
  ])[],
): readonly PublishedRun[] {
  return rows.map(([model, top1Percent, perSecond, microjoules, milliwatts]) => ({
    ...{ ...NOTHING, model, task: TASKS[model], engine, device: "stm32l4r5" },
    ...{ top1Percent, perSecond, microjoules, milliwatts },
    source: `${MLPERF}/${submitter}/results, NUCLEO_L4R5ZI`,
  }));
}
