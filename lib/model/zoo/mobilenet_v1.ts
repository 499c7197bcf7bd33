import type { FusedActivation } from "./activation_spread.ts";
import { convolution, depthwiseLayer, pointwise } from "./convolution.ts";
import type { GraphBuilder, GraphValue } from "./graph_builder.ts";
import { classifier, globalPooling, softmax } from "./layers.ts";

// Output channels and stride of the depthwise separable blocks: table 1 of Howard et al.,
// MobileNets, arXiv:1704.04861.
const BLOCKS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

const STEM = 32;
const IMAGE = { scale: 2 / 255, zeroPoint: -1 } as const;

/** Product of all strides. */
export const TOTAL_STRIDE = 32;

/** MobileNetV1; channels are cut to integers of at least 8, as TensorFlow's implementation does. */
export function mobilenetV1(
  graph: GraphBuilder,
  options: {
    readonly width: number;
    readonly resolution: number;
    readonly classes: number;
    readonly activation: FusedActivation;
  },
): GraphValue {
  const { width, resolution, classes, activation } = options;
  const scaled = (channels: number) => Math.max(8, Math.trunc(channels * width));
  const image = graph.input([1, resolution, resolution, 3], IMAGE);
  let value = convolution(graph, image, {
    name: "stem",
    kernel: 3,
    stride: 2,
    filters: scaled(STEM),
    activation,
  });
  BLOCKS.forEach(([channels, stride], index) => {
    const name = `block${index}`;
    value = depthwiseLayer(graph, value, {
      name: `${name}/depthwise`,
      kernel: 3,
      stride,
      activation,
    });
    const filters = scaled(channels);
    value = pointwise(graph, value, { name: `${name}/pointwise`, filters, activation });
  });
  const logits = classifier(graph, globalPooling(graph, value, "pool"), classes);
  return softmax(graph, logits);
}
