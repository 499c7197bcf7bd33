import type { Pool2dAttributes, StrideAttributes } from "./attributes.ts";
import type { Operands, WeightedInputs } from "./operator_definition.ts";
import { elements } from "./shape.ts";
import { differ, expectExtent, rankFault } from "./shape_faults.ts";
import type { Tensor } from "./tensor.ts";
import { windowExtent } from "./window.ts";

// What keeps the shapes of operators with windows or weights from fitting together, in words; null
// if nothing does.

/** Filter, windows and images of a convolution, but for the channels. */
export function convolutionFault(
  attributes: StrideAttributes & { readonly dilationH: number; readonly dilationW: number },
  { inputs: [input, filter], outputs: [output] }: Operands<WeightedInputs>,
): string | null {
  return rankFault("filter", filter, 4) ?? windowFault(attributes, {
    input,
    output,
    filter: [filter.shape[1], filter.shape[2]],
    dilation: [attributes.dilationH, attributes.dilationW],
  });
}

/** Windows and images of a pool. */
export function poolFault(
  attributes: Pool2dAttributes,
  { inputs: [input], outputs: [output] }: Operands,
): string | null {
  const filter = [attributes.filterH, attributes.filterW] as const;
  // Work grows with a window, not with what it touches of the image, and no data bounds a pool's.
  const most = Math.max(...filter);
  if (most > MOST_POOL_EXTENT) return `a window of ${most}, needed at most ${MOST_POOL_EXTENT}`;
  return windowFault(attributes, { input, output, filter }) ??
    expectExtent(output, 3, input.shape[3]);
}

const MOST_POOL_EXTENT = 2 ** 16;

/** A bias, if there is one, has an element for each output. */
export function biasFault(bias: Tensor | null | undefined, outputs: number): string | null {
  if (bias === null || bias === undefined || !differ(elements(bias.shape), outputs)) return null;
  return `bias of shape [${bias.shape}], needed ${outputs} elements`;
}

function windowFault(
  attributes: StrideAttributes,
  window: {
    readonly input: Tensor;
    readonly output: Tensor;
    readonly filter: readonly [number, number];
    readonly dilation?: readonly [number, number];
  },
): string | null {
  const { input, output, filter, dilation = [1, 1] } = window;
  const fault = rankFault("input", input, 4) ?? rankFault("output", output, 4);
  if (fault !== null) return fault;
  const strides = [attributes.strideH, attributes.strideW];
  const bad = [...strides, ...dilation, ...filter].find((step) => step < 1);
  if (bad !== undefined) return `a stride, dilation or window extent of ${bad}, needed at least 1`;
  for (const i of [0, 1]) {
    const extent = windowExtent({
      input: input.shape[i + 1],
      filter: filter[i],
      stride: strides[i],
      dilation: dilation[i],
      padding: attributes.padding,
    });
    const wrong = expectExtent(output, i + 1, extent.output);
    if (wrong !== null) return wrong;
  }
  return expectExtent(output, 0, input.shape[0]);
}
