import type { StrideAttributes } from "../attributes.ts";
import type { OperatorDefinition, WeightedInputs } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { differ, expectExtent, mayBeWhole } from "../shape_faults.ts";
import type { Tensor } from "../tensor.ts";
import { biasFault, convolutionFault } from "../window_faults.ts";

/**
 * Attributes of DEPTHWISE_CONV_2D.
 *
 * @category Models
 */
export interface DepthwiseConv2dAttributes extends StrideAttributes {
  /** Rows from one tap to the next. */
  readonly dilationH: number;
  /** Columns from one tap to the next. */
  readonly dilationW: number;
  /** Output channels per input channel; 0 in some files: the shapes decide. */
  readonly depthMultiplier: number;
}

/** DEPTHWISE_CONV_2D. */
export const depthwiseConv2d: OperatorDefinition<DepthwiseConv2dAttributes, WeightedInputs> = {
  description: "Depthwise convolution; inputs: activation NHWC, filter 1HWO, bias or -1",
  optionTable: "DepthwiseConv2DOptions",
  inputs: 2,
  optionalInputs: 1,
  access: { kind: "window", over: "image", isChannelwise: true, isWeighted: true },
  check: (attributes, operands) => {
    const { inputs: [input, filter, bias], outputs: [output] } = operands;
    return convolutionFault(attributes, operands) ??
      channelsFault(attributes.depthMultiplier, input, filter) ??
      expectExtent(output, 3, filter.shape[3]) ?? biasFault(bias, filter.shape[3]);
  },
  // N Ho Wo Co Kh Kw, padding counted.
  macs: (_, { inputs: [, filter], outputs: [output] }) => {
    const [, height, width] = filter.shape;
    return elements(output.shape) * height * width;
  },
};

function channelsFault(multiplier: number, input: Tensor, filter: Tensor): string | null {
  const [channels, filters] = [input.shape[3], filter.shape[3]];
  const found = filters / channels;
  if (filter.shape[0] === 1 && channels !== 0 && mayBeWhole(found) && !(found < 1)) {
    if (multiplier === 0 || !differ(multiplier, found)) return null;
    return `depth multiplier ${multiplier}, but ${filters} filters on ${channels} channels`;
  }
  return `filter [${filter.shape}] on an input of ${channels} channels, needed [1, h, w, multiple]`;
}
