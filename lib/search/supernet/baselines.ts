import { MOBILENET_V2 } from "../../model/zoo/mobilenet_v2.ts";
import { RESNET8_STACKS } from "../../model/zoo/resnet8.ts";
import type { SpaceOfWidth } from "./supernet_of.ts";

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

function checked({ width = 1, classes = 2 }: BaselineOptions) {
  if (!(width > 0 && Number.isFinite(width))) {
    throw new RangeError(`width is ${width}, needed a positive number`);
  }
  return { width, classes };
}
