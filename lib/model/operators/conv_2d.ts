import type { StrideAttributes } from "../attributes.ts";
import type { Dtype } from "../dtype.ts";
import type { OperatorDefinition, WeightedInputs } from "../operator_definition.ts";
import { elements } from "../shape.ts";
import { differ, expectExtent, mayBeWhole } from "../shape_faults.ts";
import type { Tensor } from "../tensor.ts";
import { biasFault, convolutionFault } from "../window_faults.ts";

/**
 * Attributes of CONV_2D.
 *
 * @category Models
 */
export interface Conv2dAttributes extends StrideAttributes {
  /** Rows from one tap to the next. */
  readonly dilationH: number;
  /** Columns from one tap to the next. */
  readonly dilationW: number;
  /** Type of bias and accumulator; "float32", the schema's default, means unset. */
  readonly quantizedBiasType: Dtype;
}

/** CONV_2D. */
export const conv2d: OperatorDefinition<Conv2dAttributes, WeightedInputs> = {
  description: "Convolution; inputs: activation NHWC, filter OHWI, bias or -1",
  optionTable: "Conv2DOptions",
  inputs: 2,
  optionalInputs: 1,
  access: { kind: "window", over: "image", isChannelwise: false, isWeighted: true },
  check: (attributes, operands) => {
    const { inputs: [input, filter, bias], outputs: [output] } = operands;
    return convolutionFault(attributes, operands) ?? channelsFault(input, filter, output) ??
      biasFault(bias, filter.shape[0]);
  },
  // N Ho Wo Co Kh Kw Ci/groups, padding counted.
  macs: (_, { inputs: [, filter], outputs: [output] }) => {
    const [, height, width, channels] = filter.shape;
    return elements(output.shape) * height * width * channels;
  },
};

/** Groups follow from the shapes: the filter takes `channels / groups`. */
function channelsFault(input: Tensor, filter: Tensor, output: Tensor): string | null {
  const [channels, perGroup, filters] = [input.shape[3], filter.shape[3], filter.shape[0]];
  const groups = channels / perGroup;
  if (perGroup === 0 || !mayBeWhole(groups) || groups < 1 || differ(filters % groups, 0)) {
    return `filter [${filter.shape}] on an input of ${channels} channels`;
  }
  return expectExtent(output, 3, filters);
}
