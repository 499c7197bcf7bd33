import type { InvertedResidualNet } from "../model/zoo/inverted_residual_net.ts";

/** One operator of a network, by its numbers alone; images are square, elements are bytes. */
export interface NetworkLayer {
  readonly op: "CONV_2D" | "DEPTHWISE_CONV_2D" | "ADD" | "MEAN" | "FULLY_CONNECTED";
  /** Rows and columns read. */
  readonly inputSize: number;
  /** Rows and columns written. */
  readonly outputSize: number;
  /** Channels read. */
  readonly inputChannels: number;
  /** Channels written. */
  readonly outputChannels: number;
  /** Rows and columns of the filter. */
  readonly kernel: number;
  /** Pixels from one window to the next. */
  readonly stride: number;
  /** Bytes of other tensors alive meanwhile: a block's input, or the other term of ADD. */
  readonly heldBytes: number;
  /** Whether nobody reads the input any more. */
  readonly inputDies: boolean;
  /** The block that the layer belongs to: 0 for the first convolution; null behind the last block. */
  readonly block: number | null;
}

/** What a network reads and writes. */
export interface NetworkEnds {
  /** Rows and columns of the image. */
  readonly resolution: number;
  /** Channels of the image. */
  readonly inputChannels: number;
  /** Outputs of the classifier. */
  readonly classes: number;
}

/** The operators of a network in their order, as `invertedResidualNet` builds them. */
export function networkLayers(
  net: InvertedResidualNet,
  { resolution, inputChannels, classes }: NetworkEnds,
): readonly NetworkLayer[] {
  const layers: NetworkLayer[] = [];
  let size = resolution;
  let channels = inputChannels;
  const layer = (
    op: NetworkLayer["op"],
    to: number,
    rest: Partial<Omit<NetworkLayer, "op">> & Pick<NetworkLayer, "block">,
  ) => {
    const { stride = 1 } = rest;
    const outputSize = rest.outputSize ?? Math.ceil(size / stride);
    layers.push({
      op,
      inputSize: size,
      inputChannels: channels,
      outputChannels: to,
      kernel: 1,
      stride,
      heldBytes: 0,
      inputDies: true,
      ...rest,
      outputSize,
    });
    size = outputSize;
    channels = to;
  };
  layer("CONV_2D", net.stem, { kernel: 3, stride: 2, block: 0 });
  net.blocks.forEach(([kernel, stride, expanded, out, residual], index) => {
    const block = index + 1;
    const input = size * size * channels;
    const held = residual === 1 ? input : 0;
    const isExpanding = expanded !== channels;
    if (isExpanding) layer("CONV_2D", expanded, { inputDies: residual === 0, block });
    layer("DEPTHWISE_CONV_2D", expanded, {
      kernel,
      stride,
      heldBytes: isExpanding ? held : 0,
      inputDies: isExpanding || residual === 0,
      block,
    });
    layer("CONV_2D", out, { heldBytes: held, block });
    if (residual === 1) layer("ADD", out, { heldBytes: held, block });
  });
  if (net.head !== null) layer("CONV_2D", net.head, { block: null });
  layer("MEAN", channels, { outputSize: 1, block: null });
  layer("FULLY_CONNECTED", classes, { block: null });
  return layers;
}

/** Bytes that a layer reads. */
export function inputBytes({ inputSize, inputChannels }: NetworkLayer): number {
  return inputSize * inputSize * inputChannels;
}

/** Bytes that a layer writes. */
export function outputBytes({ outputSize, outputChannels }: NetworkLayer): number {
  return outputSize * outputSize * outputChannels;
}
