import type { FusedActivation } from "./activation_spread.ts";
import type { Padding } from "../attributes.ts";
import { windowExtent } from "../window.ts";
import type { GraphBuilder, GraphValue } from "./graph_builder.ts";
import { addWeights } from "./weighted.ts";

/** A convolution with every channel of its own. */
export interface DepthwiseLayerOptions {
  /** Its name. */
  readonly name: string;
  /** Height and width of the filter; one number for a square. */
  readonly kernel: number | readonly [number, number];
  /** Pixels from one window to the next, both ways. */
  readonly stride: number;
  /** Fused activation. */
  readonly activation: FusedActivation;
}

/** A convolution over all channels. */
export interface ConvolutionLayer extends DepthwiseLayerOptions {
  /** Output channels. */
  readonly filters: number;
}

/** CONV_2D with padding such that the output is `ceil(input / stride)`. */
export function convolution(
  graph: GraphBuilder,
  input: GraphValue,
  layer: ConvolutionLayer,
): GraphValue {
  const { name, filters, activation } = layer;
  const window = slide(graph, input, layer);
  const [height, width] = window.kernel;
  const { inputs, spread } = addWeights(graph, {
    name,
    input: window.input,
    weightsShape: [filters, height, width, input.shape[3]],
    axis: 0,
    scalePer: "channel",
    activation,
  });
  const output = graph.activation(name, [...window.shape, filters], spread);
  const attributes = { ...window.attributes, activation, quantizedBiasType: "float32" } as const;
  graph.run({ op: "CONV_2D", inputs, outputs: [output.tensor], version: 3, attributes });
  return output;
}

/** CONV_2D of 1x1; RELU6 if no activation is given. */
export function pointwise(
  graph: GraphBuilder,
  input: GraphValue,
  layer: {
    readonly name: string;
    readonly filters: number;
    readonly activation?: FusedActivation;
  },
): GraphValue {
  return convolution(graph, input, { kernel: 1, stride: 1, activation: "RELU6", ...layer });
}

/** DEPTHWISE_CONV_2D with padding such that the output is `ceil(input / stride)`. */
export function depthwiseLayer(
  graph: GraphBuilder,
  input: GraphValue,
  layer: DepthwiseLayerOptions,
): GraphValue {
  const { name, activation } = layer;
  const channels = input.shape[3];
  const window = slide(graph, input, layer);
  const { inputs, spread } = addWeights(graph, {
    name,
    input: window.input,
    weightsShape: [1, ...window.kernel, channels],
    axis: 3,
    scalePer: "channel",
    activation,
  });
  const output = graph.activation(name, [...window.shape, channels], spread);
  graph.run({
    op: "DEPTHWISE_CONV_2D",
    inputs,
    outputs: [output.tensor],
    version: 3,
    attributes: { ...window.attributes, activation, depthMultiplier: 1 },
  });
  return output;
}

/** How a filter slides over an image, after a PAD where the graph is to have one. */
function slide(graph: GraphBuilder, input: GraphValue, layer: DepthwiseLayerOptions) {
  const { kernel, stride } = layer;
  const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const [, rows, columns] = input.shape;
  const extents = [[rows, height], [columns, width]].map(([extent, filter]) =>
    windowExtent({ input: extent, filter, stride, padding: "SAME" })
  );
  const shape = [1, ...extents.map(({ output }) => output)];
  // PyTorch pads both sides alike: floor(k / 2), which at strides above 1 is not always SAME.
  const [top, left] = [height >> 1, width >> 1];
  const isSame = extents[0].before === top && extents[1].before === left;
  const padded = graph.explicitPadding && !isSame;
  const padding: Padding = padded ? "VALID" : "SAME";
  return {
    input: padded ? pad(graph, input, { name: `${layer.name}/pad`, top, left }) : input,
    kernel: [height, width],
    shape,
    attributes: { padding, strideH: stride, strideW: stride, dilationH: 1, dilationW: 1 },
  };
}

function pad(
  graph: GraphBuilder,
  input: GraphValue,
  layer: { readonly name: string; readonly top: number; readonly left: number },
): GraphValue {
  const { name, top, left } = layer;
  const [batch, rows, columns, channels] = input.shape;
  const amounts = graph.integers(`${name}/paddings`, [0, 0, top, top, left, left, 0, 0], [4, 2]);
  const shape = [batch, rows + 2 * top, columns + 2 * left, channels];
  const output = graph.activation(name, shape, input);
  const inputs = [input.tensor, amounts];
  graph.run({ op: "PAD", inputs, outputs: [output.tensor], version: 2, attributes: {} });
  return output;
}
