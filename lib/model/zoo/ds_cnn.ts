import { convolution, depthwiseLayer, pointwise } from "./convolution.ts";
import type { GraphBuilder, GraphValue } from "./graph_builder.ts";
import { classifier, globalPooling, softmax } from "./layers.ts";

const FILTERS = 64;
const BLOCKS = 4;
const KEYWORDS = 12;

// 49 frames of 10 MFCCs, quantized as in the released kws_ref_model.tflite.
const SHAPE = [1, 49, 10, 1];
const MFCC = { scale: 0.584702909, zeroPoint: 83 } as const;

/**
 * DS-CNN (Zhang et al., Hello Edge, arXiv:1711.07128) as MLPerf Tiny's keyword spotting has it:
 * a 10x4 convolution and four depthwise separable blocks of 64 channels.
 */
export function dsCnn(graph: GraphBuilder): GraphValue {
  const activation = "RELU";
  let value = convolution(graph, graph.input(SHAPE, MFCC), {
    name: "stem",
    kernel: [10, 4],
    stride: 2,
    filters: FILTERS,
    activation,
  });
  for (let i = 0; i < BLOCKS; i++) {
    const name = `block${i}`;
    value = depthwiseLayer(graph, value, {
      name: `${name}/depthwise`,
      kernel: 3,
      stride: 1,
      activation,
    });
    value = pointwise(graph, value, { name: `${name}/pointwise`, filters: FILTERS, activation });
  }
  const logits = classifier(graph, globalPooling(graph, value, "pool"), KEYWORDS);
  return softmax(graph, logits);
}
