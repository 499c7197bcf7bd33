import { convolution } from "./convolution.ts";
import type { GraphBuilder, GraphValue } from "./graph_builder.ts";
import { addition, classifier, globalMean, globalPooling, softmax } from "./layers.ts";

const CLASSES = 10;

// CIFAR-10's images as they are, 0 to 255.
const SHAPE = [1, 32, 32, 3];
const PIXELS = { scale: 1, zeroPoint: -128 } as const;

/** Channels and stride of the three stacks, of one residual block each. */
export const RESNET8_STACKS = [[16, 1], [32, 2], [64, 2]] as const;

/** Channels and stride of the four stages, of two residual blocks each. */
const RESNET18_STAGES = [[64, 1], [128, 2], [256, 2], [512, 2]] as const;

/**
 * ResNet-8 as MLPerf Tiny's image classification has it (mlcommons/tiny, keras_model.py): ResNet v1
 * with three stacks of one residual block; the shortcut is a 1x1 convolution where the stride is 2.
 */
export function resnet8(graph: GraphBuilder): GraphValue {
  const stem = { name: "stem", kernel: 3, stride: 1, filters: RESNET8_STACKS[0][0] } as const;
  let value = convolution(graph, graph.input(SHAPE, PIXELS), { ...stem, activation: "RELU" });
  RESNET8_STACKS.forEach(([filters, stride], index) => {
    value = residualBlock(graph, value, { name: `stack${index}`, filters, stride });
  });
  const logits = classifier(graph, globalPooling(graph, value, "pool"), CLASSES);
  return softmax(graph, logits);
}

/**
 * ResNet-18 (He et al., CVPR 2016, table 1, as torchvision has it): a 7x7 stem and a 3x3 maximum, both of
 * stride 2, then four stages of two residual blocks.
 */
export function resnet18(
  graph: GraphBuilder,
  { resolution, classes }: { readonly resolution: number; readonly classes: number },
): GraphValue {
  const image = graph.input([1, resolution, resolution, 3], { scale: 1 / 64, zeroPoint: 0 });
  const stem = { name: "stem", kernel: 7, stride: 2, filters: RESNET18_STAGES[0][0] } as const;
  let value = maximum(graph, convolution(graph, image, { ...stem, activation: "RELU" }), "maximum");
  RESNET18_STAGES.forEach(([filters, stride], stage) => {
    for (const [block, step] of [stride, 1].entries()) {
      value = residualBlock(graph, value, {
        name: `stage${stage}/block${block}`,
        filters,
        stride: step,
      });
    }
  });
  return classifier(graph, globalMean(graph, value, "mean"), classes);
}

/** Two 3x3 convolutions beside a shortcut, which is a 1x1 convolution where the stride is not 1. */
function residualBlock(
  graph: GraphBuilder,
  value: GraphValue,
  { name, filters, stride }: {
    readonly name: string;
    readonly filters: number;
    readonly stride: number;
  },
): GraphValue {
  const conv = (
    input: GraphValue,
    part: string,
    more: Partial<Parameters<typeof convolution>[2]>,
  ) =>
    convolution(graph, input, {
      name: `${name}/${part}`,
      kernel: 3,
      stride: 1,
      filters,
      activation: "NONE",
      ...more,
    });
  const first = conv(value, "conv1", { stride, activation: "RELU" });
  const second = conv(first, "conv2", {});
  const shortcut = stride === 1 ? value : conv(value, "shortcut", { kernel: 1, stride });
  return addition(graph, [shortcut, second], { name: `${name}/add`, activation: "RELU" });
}

/** MAX_POOL_2D over 3x3, stride 2; what a maximum of several varies by is left as it was. */
function maximum(graph: GraphBuilder, input: GraphValue, name: string): GraphValue {
  const [batch, rows, columns, channels] = input.shape;
  const shape = [batch, Math.ceil(rows / 2), Math.ceil(columns / 2), channels];
  const output = graph.activation(name, shape, input);
  graph.run({
    op: "MAX_POOL_2D",
    inputs: [input.tensor],
    outputs: [output.tensor],
    version: 2,
    attributes: {
      padding: "SAME",
      filterH: 3,
      filterW: 3,
      strideH: 2,
      strideW: 2,
      activation: "NONE",
    },
  });
  return output;
}
