import { accessOf } from "../../model/definition_of.ts";
import type { Operator } from "../../model/operator.ts";

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

/** The kind of a layer by its operator, its filter and the channels that it reads. */
export function layerKind(
  op: Operator["op"],
  { taps, inputChannels }: { readonly taps: number; readonly inputChannels: number },
): LayerKind {
  const access = accessOf({ op });
  if (access.kind === "rows") return "softmax";
  if (access.kind === "window") {
    if (!access.isWeighted) return "pool";
    if (access.over === "rows") return "fully connected";
    if (access.isChannelwise) return "depthwise";
    if (taps === 1) return "pointwise";
    return inputChannels < 4 ? "shallow convolution" : "convolution";
  }
  if (op === "ADD") return "add";
  return op === "MEAN" ? "mean" : "other";
}
