import { convolution } from "./convolution.ts";
import type { GraphBuilder, Value } from "./graph_builder.ts";
import { add, classifier, globalPool, softmax } from "./layers.ts";

const CLASSES = 10;

// CIFAR-10's images as they are, 0 to 255.
const SHAPE = [1, 32, 32, 3];
const PIXELS = { scale: 1, zeroPoint: -128 } as const;

/** Channels and stride of the three stacks, of one residual block each. */
export const RESNET8_STACKS = [[16, 1], [32, 2], [64, 2]] as const;

/**
 * ResNet-8 as MLPerf Tiny's image classification has it (mlcommons/tiny, keras_model.py): ResNet v1
 * with three stacks of one residual block; the shortcut is a 1x1 convolution where the stride is 2.
 */
export function resnet8(graph: GraphBuilder): Value {
  const stem = { name: "stem", kernel: 3, stride: 1, filters: RESNET8_STACKS[0][0] } as const;
  let value = convolution(graph, graph.input(SHAPE, PIXELS), { ...stem, activation: "RELU" });
  RESNET8_STACKS.forEach(([filters, stride], index) => {
    const name = `stack${index}`;
    const conv = (input: Value, part: string, more: Partial<Parameters<typeof convolution>[2]>) =>
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
    value = add(graph, [shortcut, second], { name: `${name}/add`, activation: "RELU" });
  });
  const logits = classifier(graph, globalPool(graph, value, "pool"), CLASSES);
  return softmax(graph, logits);
}
