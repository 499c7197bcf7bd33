import type { InvertedResidual, InvertedResidualNet } from "./inverted_residual_net.ts";
import { makeDivisible } from "./make_divisible.ts";

/**
 * Table 2 of Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018. Stages
 * are expansion, channels, blocks, stride of the first block.
 */
export const MOBILENET_V2 = {
  stem: 32,
  stages: [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ],
  head: 1280,
} as const;

/**
 * MobileNetV2 with its channels scaled by `width`. The head stays at 1280 channels below width 1, as
 * in the paper; `narrowHead` scales it too, as MCUNet's baselines do.
 */
export function mobilenetV2(
  width: number,
  options: { readonly narrowHead: boolean; readonly ends: "logits" | "softmax" },
): InvertedResidualNet {
  const stem = makeDivisible(MOBILENET_V2.stem * width);
  const blocks: InvertedResidual[] = [];
  let channels = stem;
  for (const [expansion, base, repeats, firstStride] of MOBILENET_V2.stages) {
    const out = makeDivisible(base * width);
    for (let i = 0; i < repeats; i++) {
      const stride = i === 0 ? firstStride : 1;
      const residual = stride === 1 && channels === out ? 1 : 0;
      blocks.push([3, stride, channels * expansion, out, residual]);
      channels = out;
    }
  }
  const headWidth = options.narrowHead ? width : Math.max(1, width);
  return { stem, blocks, head: makeDivisible(MOBILENET_V2.head * headWidth), ends: options.ends };
}
