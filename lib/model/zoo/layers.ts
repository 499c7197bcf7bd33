import { activationSpread, type FusedActivation } from "./activation_spread.ts";
import type { GraphBuilder, GraphValue } from "./graph_builder.ts";
import { addWeights } from "./weighted.ts";

/** ADD of two activations of equal shape; the sum has a scale of its own. */
export function addition(
  graph: GraphBuilder,
  terms: readonly [GraphValue, GraphValue],
  layer: { readonly name: string; readonly activation: FusedActivation },
): GraphValue {
  const { name, activation } = layer;
  const [left, right] = terms;
  const deviation = Math.sqrt(left.variance + right.variance);
  const spread = activationSpread(activation, { deviation, reach: [4, 4] });
  const output = graph.activation(name, left.shape, spread);
  graph.run({
    op: "ADD",
    inputs: [left.tensor, right.tensor],
    outputs: [output.tensor],
    version: 2,
    attributes: { activation, potScaleInt16: false },
  });
  return output;
}

/** Averages over an image vary less than its pixels: about half as far in the networks here. */
function averaged(input: GraphValue): GraphValue {
  return { ...input, variance: input.variance / 4 };
}

/** MEAN over rows and columns, without them: [1, h, w, c] to [1, c]. */
export function globalMean(graph: GraphBuilder, input: GraphValue, name: string): GraphValue {
  const [batch, , , channels] = input.shape;
  const axes = graph.integers(`${name}/axes`, [1, 2]);
  const output = graph.activation(name, [batch, channels], averaged(input));
  graph.run({
    op: "MEAN",
    inputs: [input.tensor, axes],
    outputs: [output.tensor],
    version: 2,
    attributes: { keepDims: false },
  });
  return output;
}

/** AVERAGE_POOL_2D over the whole image and RESHAPE: [1, h, w, c] to [1, c]. */
export function globalPooling(graph: GraphBuilder, input: GraphValue, name: string): GraphValue {
  const [batch, rows, columns, channels] = input.shape;
  const pooled = graph.activation(name, [batch, 1, 1, channels], averaged(input));
  graph.run({
    op: "AVERAGE_POOL_2D",
    inputs: [input.tensor],
    outputs: [pooled.tensor],
    version: 2,
    attributes: {
      padding: "VALID",
      filterH: rows,
      filterW: columns,
      strideH: rows,
      strideW: columns,
      activation: "NONE",
    },
  });
  const newShape = [batch, channels];
  const flat = graph.activation(`${name}/flat`, newShape, pooled);
  graph.run({
    op: "RESHAPE",
    inputs: [pooled.tensor, graph.integers(`${name}/shape`, newShape)],
    outputs: [flat.tensor],
    version: 1,
    attributes: { newShape },
  });
  return flat;
}

/** FULLY_CONNECTED. */
export function dense(
  graph: GraphBuilder,
  input: GraphValue,
  layer: {
    readonly name: string;
    readonly units: number;
    readonly activation: FusedActivation;
    readonly deviation?: number;
  },
): GraphValue {
  const { name, units, activation, deviation } = layer;
  const [batch, depth] = input.shape;
  const { inputs, spread } = addWeights(graph, {
    name,
    input,
    weightsShape: [units, depth],
    axis: 0,
    scalePer: "tensor",
    activation,
    deviation,
  });
  const output = graph.activation(name, [batch, units], spread);
  graph.run({
    op: "FULLY_CONNECTED",
    inputs,
    outputs: [output.tensor],
    version: 4,
    attributes: {
      activation,
      weightsFormat: "DEFAULT",
      keepNumDims: false,
      asymmetricQuantizeInputs: false,
      quantizedBiasType: "float32",
    },
  });
  return output;
}

/** The last layer of a classifier: logits far enough apart for a softmax to tell them apart. */
export function classifier(graph: GraphBuilder, input: GraphValue, classes: number): GraphValue {
  const layer = { name: "classifier", units: classes, activation: "NONE", deviation: 3 } as const;
  return dense(graph, input, layer);
}

/** SOFTMAX with the quantization that TFLite prescribes: 0 to 255/256. */
export function softmax(graph: GraphBuilder, input: GraphValue): GraphValue {
  const spread = { scale: 1 / 256, zeroPoint: -128, variance: 0 };
  const output = graph.activation("softmax", input.shape, spread);
  graph.run({
    op: "SOFTMAX",
    inputs: [input.tensor],
    outputs: [output.tensor],
    version: 2,
    attributes: { beta: 1 },
  });
  return output;
}
