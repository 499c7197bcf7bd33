// A layer with a PAD in front of it that takes over all of its padding.
import type { Model } from "../../mod.ts";
import type { RandomLayer } from "./random_layer.ts";
import { constant } from "./single_operator.ts";

/** The layer behind a PAD by zeros; its output grows. */
export function paddedBefore(
  { model, inputs }: RandomLayer,
  { top, bottom, left, right }: Record<"top" | "bottom" | "left" | "right", number>,
): RandomLayer {
  const [input, ...rest] = model.tensors;
  const [operator] = model.operators;
  const output = rest[rest.length - 1];
  const [batches, height, width, channels] = input.shape;
  const [, outputHeight, outputWidth, filters] = output.shape;
  const { strideH, strideW } = operator.attributes as { strideH: number; strideW: number };
  const sizes = Int32Array.of(0, 0, top, bottom, left, right, 0, 0);
  // Multiples of the stride keep what is counted out below exact, for both kinds of padding.
  const grown = {
    height: height + (top + bottom) * strideH,
    width: width + (left + right) * strideW,
  };
  for (let i = 2; i < 6; i++) sizes[i] *= i < 4 ? strideH : strideW;
  const tensors = [
    { ...input, shape: [batches, grown.height, grown.width, channels] },
    ...rest.slice(0, -1),
    {
      ...output,
      shape: [batches, outputHeight + top + bottom, outputWidth + left + right, filters],
    },
    input,
    constant("int32", sizes, { shape: [4, 2] }),
  ];
  const padded: Model = {
    ...model,
    tensors,
    operators: [
      {
        op: "PAD",
        attributes: {},
        version: 1,
        inputs: [rest.length + 1, rest.length + 2],
        outputs: [0],
      },
      operator,
    ],
    inputs: [rest.length + 1],
  };
  return { model: padded, inputs };
}
