import type { InvertedResidual, InvertedResidualNet } from "../model/zoo/inverted_residual_net.ts";
import { makeDivisible } from "../model/zoo/make_divisible.ts";
import type { SearchSpace } from "./search_space.ts";

/**
 * What is chosen for one inverted residual block.
 *
 * @category Search
 */
export interface BlockChoice {
  /** Rows and columns of the depthwise filter. */
  readonly kernel: number;
  /** Expanded channels by input channels. */
  readonly expansion: number;
}

/**
 * The blocks of every stage.
 *
 * @category Search
 */
export type Architecture = readonly (readonly BlockChoice[])[];

/** The network that an architecture stands for in a space: channels, strides, residuals. */
export function networkOf(space: SearchSpace, architecture: Architecture): InvertedResidualNet {
  const scaled = (channels: number) => makeDivisible(channels * space.width);
  const stem = scaled(space.stem);
  let channels = scaled(space.first);
  const blocks: InvertedResidual[] = [[3, 1, stem, channels, 0]];
  space.stages.forEach((stage, index) => {
    const out = scaled(stage.channels);
    architecture[index].forEach(({ kernel, expansion }, position) => {
      const stride = position === 0 ? stage.stride : 1;
      blocks.push([kernel, stride, channels * expansion, out, position === 0 ? 0 : 1]);
      channels = out;
    });
  });
  const head = space.head === null ? null : scaled(space.head);
  return { stem, blocks, head, ends: "logits" };
}
