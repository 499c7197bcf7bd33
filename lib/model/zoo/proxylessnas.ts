import type { InvertedResidual, InvertedResidualNet } from "./inverted_residual_net.ts";
import { makeDivisible } from "./make_divisible.ts";

/** Channels, then kernel and expansion of each block. */
type Stage = readonly [channels: number, ...(readonly [kernel: number, expansion: number])[]];

interface Proxyless {
  readonly stem: number;
  readonly stages: readonly Stage[];
  readonly head: number;
}

// Strides of the first blocks of the stages, the same in all four.
const STRIDES = [1, 2, 2, 2, 1, 2, 1];

/**
 * The released networks of Cai et al., ProxylessNAS, ICLR 2019 (mit-han-lab/proxylessnas), each
 * found for the latency of one kind of hardware.
 */
const NETS = {
  cpu: {
    stem: 40,
    stages: [
      [24, [3, 1]],
      [32, [3, 6], [3, 3], [3, 3], [3, 3]],
      [48, [3, 6], [3, 3], [3, 3], [5, 3]],
      [88, [3, 6], [3, 3]],
      [104, [5, 6], [3, 3], [3, 3], [3, 3]],
      [216, [5, 6], [5, 3], [5, 3], [3, 3]],
      [360, [5, 6]],
    ],
    head: 1432,
  },
  gpu: {
    stem: 40,
    stages: [
      [24, [3, 1]],
      [32, [5, 3]],
      [56, [7, 3], [3, 3]],
      [112, [7, 6], [5, 3]],
      [128, [5, 6], [3, 3], [5, 3]],
      [256, [7, 6], [7, 6], [7, 6], [5, 6]],
      [432, [7, 6]],
    ],
    head: 1728,
  },
  mobile: {
    stem: 32,
    stages: [
      [16, [3, 1]],
      [32, [5, 3], [3, 3]],
      [40, [7, 3], [3, 3], [5, 3], [5, 3]],
      [80, [7, 6], [5, 3], [5, 3], [5, 3]],
      [96, [5, 6], [5, 3], [5, 3], [5, 3]],
      [192, [7, 6], [7, 6], [7, 3], [7, 3]],
      [320, [7, 6]],
    ],
    head: 1280,
  },
  mobile14: {
    stem: 48,
    stages: [
      [24, [3, 1]],
      [40, [5, 3], [3, 3]],
      [56, [7, 3], [3, 3], [5, 3], [5, 3]],
      [112, [7, 6], [5, 3], [5, 3], [5, 3]],
      [136, [5, 6], [5, 3], [5, 3], [5, 3]],
      [256, [7, 6], [7, 6], [7, 3], [7, 3]],
      [448, [7, 6]],
    ],
    head: 1792,
  },
} as const satisfies Readonly<Record<string, Proxyless>>;

/** The hardware that a ProxylessNAS was found for; `mobile14` is `mobile`, 1.4 times as wide. */
export type ProxylessTarget = keyof typeof NETS;

/** A ProxylessNAS with its channels scaled by `width`; the first block of a stage adds nothing. */
export function proxylessNas(target: ProxylessTarget, width: number): InvertedResidualNet {
  const net: Proxyless = NETS[target];
  const stem = makeDivisible(net.stem * width);
  const blocks: InvertedResidual[] = [];
  let channels = stem;
  net.stages.forEach(([base, ...stage], index) => {
    const out = makeDivisible(base * width);
    stage.forEach(([kernel, expansion], i) => {
      const stride = i === 0 ? STRIDES[index] : 1;
      blocks.push([kernel, stride, channels * expansion, out, i === 0 ? 0 : 1]);
      channels = out;
    });
  });
  return { stem, blocks, head: makeDivisible(net.head * width), ends: "logits" };
}
