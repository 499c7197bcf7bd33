import { checkOptions } from "../../check_arguments.ts";
import { lookedAfter, throwIfStopped } from "../../host.ts";
import { estimateLatency } from "../../deploy/latency/estimate_latency.ts";
import { macs } from "../../model/macs.ts";
import type { Model } from "../../model/model.ts";
import { parameterCount } from "../../model/weights.ts";
import { MOBILENET_V2 } from "../../model/zoo/mobilenet_v2.ts";
import { RESNET8_STACKS } from "../../model/zoo/resnet.ts";
import { flashBytes } from "../../plan/fits.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import { type MemoryModelName, planOptionsOf } from "../memory_bounds.ts";
import { latencyBudget, type Processor } from "../network_cost.ts";
import type { MemoryBudget } from "../optimize_space.ts";
import { exampleBytes, type LabelledData } from "../data/labelled_data.ts";
import { quantizeNetwork } from "./deploy_subnetwork.ts";
import { startLearner } from "./learner.ts";
import { subnetwork } from "./subnetwork.ts";
import { columnsAt, type SpaceOfWidth, supernetSpace } from "./supernet_of.ts";
import { inputShape, largestGenes, type SupernetSpace } from "./supernet_space.ts";

/**
 * Options of `fitBaseline`.
 *
 * @category Super-networks
 */
export interface FitBaselineOptions {
  /** Rows of images to try. */
  readonly resolutions: readonly number[];
  /** What it is to learn: its channels, classes and proportions; grey squares of 2 classes when absent. */
  readonly data?: Pick<LabelledData, "height" | "width" | "channels" | "classes">;
  /** Factors of the channels to try; 0.1, 0.15 and so on to 1 when absent. */
  readonly widths?: readonly number[];
  /** How memory is planned; `in-place` when absent. */
  readonly memory?: MemoryModelName;
  /** Multiply-accumulates at most. */
  readonly mostMacs?: number;
  /** Milliseconds of one run at most, as `searchNetwork` has it. */
  readonly mostLatencyMs?: number;
  /** Ends it between two widths. */
  readonly signal?: AbortSignal;
}

/**
 * A fixed network scaled to a memory.
 *
 * @category Super-networks
 */
export interface FittedBaseline {
  /** Its one network, to be trained with `trainSupernet`. */
  readonly space: SupernetSpace;
  /** Rows of the image. */
  readonly resolution: number;
  /** Factor of the channels. */
  readonly width: number;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  /** Weights and biases. */
  readonly params: number;
  /** Arena. */
  readonly peakBytes: number;
  /** Constants and code. */
  readonly flashBytes: number;
}

/**
 * A fixed network at every resolution, as wide as the memory admits: what there is without a search.
 * Those with the most multiply-accumulates come first.
 *
 * @param baseline `mobileNetV2Space`, `resNetSpace` or the like: a space without choices by its width.
 * @throws {RangeError} if it fits nowhere.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fitBaseline, mobileNetV2Space } from "tinyloom";
 *
 * const device = { name: "small", sramBytes: 16_384, flashBytes: 131_072 };
 * const [widest] = fitBaseline(mobileNetV2Space, device, { resolutions: [32], widths: [0.1, 0.2] });
 * assert.ok(widest.peakBytes <= device.sramBytes);
 * ```
 *
 * @category Super-networks
 */
export function fitBaseline(
  baseline: (options: BaselineOptions) => SpaceOfWidth,
  device: MemoryBudget & Partial<Processor>,
  options: FitBaselineOptions,
): readonly FittedBaseline[] {
  checkOptions(
    "fitBaseline",
    options,
    "resolutions data widths memory mostMacs mostLatencyMs signal",
  );
  return lookedAfter(null, () => fitted(baseline, device, options), { signal: options.signal });
}

function fitted(...all: Parameters<typeof fitBaseline>): readonly FittedBaseline[] {
  const [baseline, device, options] = all;
  const { data } = options;
  const { resolutions, widths = WIDTHS, memory = "in-place", mostMacs = Infinity } = options;
  const latency = latencyBudget(options.mostLatencyMs ?? null, device);
  const fitting = resolutions.flatMap((resolution) => {
    const judged = (index: number): { fitsTime: boolean; figures: FittedBaseline } => {
      const width = widths[index];
      const learns = data && { classes: data.classes.length, inputChannels: data.channels };
      const space = supernetSpace(baseline({ width, ...learns }), {
        resolutions: [resolution],
        columns: [columnsAt(resolution, data)],
      });
      const model = untrained(space);
      const fitsTime = latency === null ||
        (estimateLatency(model, { device: latency.processor }).milliseconds ?? Infinity) <=
          latency.mostMs;
      return { fitsTime, figures: { space, resolution, width, ...costOf(model, memory) } };
    };
    // Wider networks need more: the widest that fits is found by halving.
    let found: FittedBaseline | null = null;
    for (let [from, until] = [0, widths.length]; from < until;) {
      const middle = (from + until) >> 1;
      const { fitsTime, figures: tried } = judged(middle);
      // A plan that was ended is there, but not the one that is meant.
      throwIfStopped();
      const isFitting = fitsTime && tried.peakBytes <= device.sramBytes &&
        tried.flashBytes <= device.flashBytes && tried.macs <= mostMacs;
      if (isFitting) [found, from] = [tried, middle + 1];
      else until = middle;
    }
    return found === null ? [] : [found];
  });
  if (fitting.length > 0) return fitting.toSorted((a, b) => b.macs - a.macs);
  throw new RangeError(
    `the network fits ${device.sramBytes} B of SRAM and ${device.flashBytes} B of Flash at none of ` +
      `the resolutions ${resolutions.join(", ")}, not even at width ${widths[0]}`,
  );
}

const WIDTHS = Array.from({ length: 19 }, (_, i) => (i + 2) / 20);

/** The only network of a space in int8, with random weights. */
function untrained(space: SupernetSpace): Model {
  const genes = largestGenes(space);
  const input = inputShape(space, genes.resolution);
  const pixels = Uint8Array.from({ length: exampleBytes(input) }, (_, i) => i * 31 % 256);
  const images = { pixels, labels: Uint16Array.of(0), ...input, classes: ["one", "other"] };
  const { parameters } = startLearner(space, { seed: 1 }).learnt();
  const network = subnetwork({ space, parameters }, { genes, calibration: images });
  return quantizeNetwork(network, images);
}

function costOf(model: Model, memory: MemoryModelName) {
  return {
    macs: macs(model),
    params: parameterCount(model),
    peakBytes: planMemory(model, planOptionsOf(memory)).peakBytes,
    flashBytes: Object.values(flashBytes(model)).reduce((a, b) => a + b),
  };
}

/**
 * Options of a baseline.
 *
 * @category Super-networks
 */
export interface BaselineOptions {
  /** Factor of all channels, which are rounded by `makeDivisible`; 1 when absent. */
  readonly width?: number;
  /** Classes told apart; 2 when absent. */
  readonly classes?: number;
  /** Channels of the image; 1 when absent. */
  readonly inputChannels?: number;
}

/**
 * MobileNetV2 (Sandler et al., CVPR 2018, table 2) as a space without choices: one network, to be
 * trained as a searched one is. Its head is scaled like all channels, as MCUNet's baselines have it, and
 * no block that opens a stage adds its input.
 *
 * @throws {RangeError} for a width that is not a positive number.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { largestGenes, mobileNetV2Space, supernetSpace } from "tinyloom";
 *
 * const space = supernetSpace(mobileNetV2Space({ width: 0.35 }), { resolutions: [48] });
 * assert.equal(space.head, 448);
 * assert.deepEqual(largestGenes(space).depths, [2, 3, 4, 3, 3, 1]);
 * ```
 *
 * @category Super-networks
 */
export function mobileNetV2Space(options: BaselineOptions = {}): SpaceOfWidth {
  checkOptions("mobileNetV2Space", options, "width classes inputChannels");
  const { stem, stages: [[, first], ...stages], head } = MOBILENET_V2;
  const [[expansion]] = stages;
  return {
    ...checked(options),
    kernels: [3],
    expansions: [expansion],
    stem,
    first,
    stages: stages.map(([, channels, blocks, stride]) => ({ channels, stride, depths: [blocks] })),
    head,
  };
}

/**
 * A small ResNet as a space without choices: three stages of one residual block of two 3x3 convolutions,
 * as MLPerf Tiny's ResNet-8 has them (mlcommons/tiny, keras_model.py). Unlike there the first convolution
 * has stride 2, ReLU6 takes the place of ReLU, and a block of stride 2 has no shortcut.
 *
 * @throws {RangeError} for a width that is not a positive number.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { resNetSpace, supernetSpace, trainSupernet } from "tinyloom";
 *
 * const space = supernetSpace(resNetSpace({ width: 0.5 }), { resolutions: [32] });
 * assert.deepEqual(space.stages.map(({ channels }) => channels), [8, 16, 32]);
 * const trained = await trainSupernet({ space, images: 16, steps: 2, batch: 8 });
 * assert.equal(trained.history.at(-1)?.step, 2);
 * ```
 *
 * @category Super-networks
 */
export function resNetSpace(options: BaselineOptions = {}): SpaceOfWidth {
  checkOptions("resNetSpace", options, "width classes inputChannels");
  return {
    ...checked(options),
    kernels: [3],
    expansions: [1],
    stem: RESNET8_STACKS[0][0],
    first: null,
    stages: RESNET8_STACKS.map(([channels, stride]) => ({
      channels,
      stride,
      depths: [1],
      block: "residual",
    })),
  };
}

function checked({ width = 1, classes = 2, inputChannels = 1 }: BaselineOptions) {
  if (!(width > 0 && Number.isFinite(width))) {
    throw new RangeError(`width is ${width}, needed a positive number`);
  }
  return { width, classes, inputChannels };
}
