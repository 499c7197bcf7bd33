import { throwIfStopped } from "../../host.ts";
import type { Padding, Pool2dAttributes } from "../../model/attributes.ts";
import type { Tensor } from "../../model/tensor.ts";
import { windowExtent } from "../../model/window.ts";
import { ACTIVATIONS, expectSameQuantization, expectSameType } from "./expect.ts";
import type { ReferenceKernel } from "./prepare.ts";

/** Where a window meets one dimension of the image. */
export interface Tap {
  /** Index in the window. */
  readonly tap: number;
  /** Index in the image. */
  readonly at: number;
}

/**
 * For every window along one dimension, the taps that fall on the image; the others meet padding,
 * which counts as nothing.
 */
function taps(
  window: {
    readonly input: number;
    readonly filter: number;
    readonly stride: number;
    readonly dilation: number;
    readonly padding: Padding;
  },
): readonly (readonly Tap[])[] {
  const { input, filter, stride, dilation } = window;
  const { output, before } = windowExtent(window);
  return Array.from(
    { length: output },
    (_, i) =>
      Array.from(
        { length: filter },
        (_, tap) => ({ tap, at: i * stride - before + tap * dilation }),
      )
        .filter(({ at }) => at >= 0 && at < input),
  );
}

/** The taps of the rows and columns of a window over an image NHWC. */
export function imageTaps(
  image: Tensor,
  window: {
    readonly filterH: number;
    readonly filterW: number;
    readonly strideH: number;
    readonly strideW: number;
    readonly dilationH?: number;
    readonly dilationW?: number;
    readonly padding: Padding;
  },
): { readonly rows: readonly (readonly Tap[])[]; readonly columns: readonly (readonly Tap[])[] } {
  const { padding, dilationH = 1, dilationW = 1 } = window;
  const [, height, width] = image.shape;
  const { filterH, filterW, strideH, strideW } = window;
  return {
    rows: taps({ input: height, filter: filterH, stride: strideH, dilation: dilationH, padding }),
    columns: taps({ input: width, filter: filterW, stride: strideW, dilation: dilationW, padding }),
  };
}

/** A kernel that reduces the elements of every window, channel by channel; padding is left out. */
export function poolWindows(
  tensors: { readonly input: Tensor; readonly output: Tensor },
  attributes: Pool2dAttributes,
  reduce: (elements: readonly number[]) => number,
): ReferenceKernel {
  const { input, output } = tensors;
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype !== "float32") expectSameQuantization(input, output);
  const [batches, height, width, channels] = input.shape;
  return ([x], [y]) => {
    const { rows, columns } = imageTaps(input, attributes);
    let at = 0;
    for (let n = 0; n < batches; n++) {
      for (const row of rows) {
        throwIfStopped();
        for (const column of columns) {
          for (let c = 0; c < channels; c++) {
            const window = row.flatMap((p) =>
              column.map((q) => x[((n * height + p.at) * width + q.at) * channels + c])
            );
            y[at++] = reduce(window);
          }
        }
      }
    }
  };
}
