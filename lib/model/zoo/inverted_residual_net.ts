import { convolution, depthwiseLayer, pointwise } from "./convolution.ts";
import type { GraphBuilder, GraphValue } from "./graph_builder.ts";
import { addition, classifier, globalMean, softmax } from "./layers.ts";

/**
 * One inverted residual block (Sandler et al., MobileNetV2, CVPR 2018): a pointwise convolution to
 * the expanded channels (left out where that changes nothing), a depthwise one of `kernel` and
 * `stride`, a pointwise one to the output channels, and the block's input added where the last
 * number is 1.
 */
export type InvertedResidual = readonly [
  kernel: number,
  stride: number,
  expanded: number,
  out: number,
  residual: 0 | 1,
];

/** A network of inverted residual blocks. */
export interface InvertedResidualNet {
  /** Channels of the first convolution, 3x3 of stride 2. */
  readonly stem: number;
  /** The blocks in order. */
  readonly blocks: readonly InvertedResidual[];
  /** Channels of a last pointwise convolution; null for none. */
  readonly head: number | null;
  /** What the network ends in. */
  readonly ends: "logits" | "softmax";
}

// Images from -1 to 1, as TensorFlow's and MCUNet's preprocessing have them.
const IMAGE = { scale: 2 / 255, zeroPoint: -1 } as const;

/** Product of all strides: a smaller image would be spent before the last block. */
export function totalStride(net: InvertedResidualNet): number {
  return net.blocks.reduce((product, [, stride]) => product * stride, 2);
}

/** Builds the network, for square images and RGB if nothing else is said. */
export function invertedResidualNet(
  graph: GraphBuilder,
  net: InvertedResidualNet,
  options: {
    readonly resolution: number;
    readonly columns?: number;
    readonly classes: number;
    readonly inputChannels?: number;
  },
): GraphValue {
  const { resolution, columns = resolution, classes, inputChannels = 3 } = options;
  const image = graph.input([1, resolution, columns, inputChannels], IMAGE);
  let value = convolution(graph, image, {
    name: "stem",
    kernel: 3,
    stride: 2,
    filters: net.stem,
    activation: "RELU6",
  });
  net.blocks.forEach((block, index) => {
    value = invertedResidual(graph, value, { block, name: `block${index}` });
  });
  if (net.head !== null) value = pointwise(graph, value, { name: "head", filters: net.head });
  const logits = classifier(graph, globalMean(graph, value, "mean"), classes);
  return net.ends === "softmax" ? softmax(graph, logits) : logits;
}

function invertedResidual(
  graph: GraphBuilder,
  input: GraphValue,
  options: { readonly block: InvertedResidual; readonly name: string },
): GraphValue {
  const { block: [kernel, stride, expanded, out, residual], name } = options;
  const wide = expanded === input.shape[3]
    ? input
    : pointwise(graph, input, { name: `${name}/expand`, filters: expanded });
  const filtered = depthwiseLayer(graph, wide, {
    name: `${name}/depthwise`,
    kernel,
    stride,
    activation: "RELU6",
  });
  const projected = pointwise(graph, filtered, {
    name: `${name}/project`,
    filters: out,
    activation: "NONE",
  });
  if (residual === 0) return projected;
  return addition(graph, [input, projected], { name: `${name}/add`, activation: "NONE" });
}
