/** Layers whose instructions grow in the same way. */
export type LayerKind =
  | "pointwise"
  | "convolution"
  | "shallow convolution"
  | "depthwise"
  /** In place with so few channels together that only kernels for one can run. */
  | "depthwise by channels"
  | "fully connected"
  | "add"
  | "mean"
  | "pool"
  | "softmax"
  | "other";

/** What the instructions of a layer are estimated from. */
export interface LayerWork {
  readonly kind: LayerKind;
  /** Multiply-accumulates. */
  readonly macs: number;
  /** Elements written. */
  readonly outputs: number;
  /** Elements read, but for weights. */
  readonly inputs: number;
}

/** The kind of a layer by TFLite's name, its filter and the channels that it reads. */
export function layerKind(
  op: string,
  { taps, inputChannels }: { readonly taps: number; readonly inputChannels: number },
): LayerKind {
  switch (op) {
    case "CONV_2D":
      if (taps === 1) return "pointwise";
      return inputChannels < 4 ? "shallow convolution" : "convolution";
    case "DEPTHWISE_CONV_2D":
      return "depthwise";
    case "FULLY_CONNECTED":
      return "fully connected";
    case "ADD":
      return "add";
    case "MEAN":
      return "mean";
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D":
      return "pool";
    case "SOFTMAX":
      return "softmax";
    default:
      return "other";
  }
}
