import { macs } from "../../model/macs.ts";
import { parameterCount } from "../../model/weights.ts";
import { flashBytes } from "../../plan/flash_bytes.ts";
import { planMemory } from "../../plan/plan_memory.ts";
import { type MemoryModelName, planOptionsOf } from "../memory_model.ts";
import type { MemoryBudget } from "../optimize_space.ts";
import type { BaselineOptions } from "./baselines.ts";
import { startLearner } from "./learner.ts";
import { quantizeNetwork } from "./quantize_network.ts";
import { subnetwork } from "./subnetwork.ts";
import { type SpaceOfWidth, supernetSpace } from "./supernet_of.ts";
import { largestGenes, type SupernetSpace } from "./supernet_space.ts";
import { wakeWordImages } from "./wake_word_images.ts";

/**
 * Options of `fitBaseline`.
 *
 * @category Super-networks
 */
export interface FitBaselineOptions {
  /** Heights and widths of images to try. */
  readonly resolutions: readonly number[];
  /** Factors of the channels to try; 0.1, 0.15 and so on to 1 when absent. */
  readonly widths?: readonly number[];
  /** How memory is planned; `in-place` when absent. */
  readonly memory?: MemoryModelName;
  /** Multiply-accumulates at most. */
  readonly mostMacs?: number;
}

/**
 * A fixed network scaled to a memory.
 *
 * @category Super-networks
 */
export interface FittedBaseline {
  /** Its one network, to be trained with `trainSupernet`. */
  readonly space: SupernetSpace;
  /** Height and width of the image. */
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
  device: MemoryBudget,
  options: FitBaselineOptions,
): readonly FittedBaseline[] {
  const { resolutions, widths = WIDTHS, memory = "in-place", mostMacs = Infinity } = options;
  const fitting = resolutions.flatMap((resolution) => {
    const figures = (index: number): FittedBaseline => {
      const width = widths[index];
      const space = supernetSpace(baseline({ width }), { resolutions: [resolution] });
      return { space, resolution, width, ...costOf(space, memory) };
    };
    // Wider networks need more: the widest that fits is found by halving.
    let found: FittedBaseline | null = null;
    for (let [from, until] = [0, widths.length]; from < until;) {
      const middle = (from + until) >> 1;
      const tried = figures(middle);
      const isFitting = tried.peakBytes <= device.sramBytes &&
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

function costOf(space: SupernetSpace, memory: MemoryModelName) {
  const genes = largestGenes(space);
  const images = wakeWordImages({ seed: 1, count: 1, resolution: genes.resolution });
  const { parameters } = startLearner(space, { seed: 1 }).learnt();
  const network = subnetwork({ space, parameters }, { genes, calibration: images });
  const model = quantizeNetwork(network, images);
  return {
    macs: macs(model),
    params: parameterCount(model),
    peakBytes: planMemory(model, planOptionsOf(memory)).peakBytes,
    flashBytes: Object.values(flashBytes(model)).reduce((a, b) => a + b),
  };
}
