import type { Pool2dAttributes } from "../../model/attributes.ts";
import type { Tensor } from "../../model/tensor.ts";
import { ACTIVATIONS, expectSameQuantization, expectSameType } from "./expect.ts";
import type { Kernel } from "./prepare.ts";
import { imageTaps } from "./taps.ts";

/** A kernel that reduces the elements of every window, channel by channel; padding is left out. */
export function poolWindows(
  tensors: { readonly input: Tensor; readonly output: Tensor },
  attributes: Pool2dAttributes,
  reduce: (elements: readonly number[]) => number,
): Kernel {
  const { input, output } = tensors;
  const dtype = expectSameType([input, output], ACTIVATIONS);
  if (dtype !== "float32") expectSameQuantization(input, output);
  const [batches, height, width, channels] = input.shape;
  const { rows, columns } = imageTaps(input, attributes);
  return ([x], [y]) => {
    let at = 0;
    for (let n = 0; n < batches; n++) {
      for (const row of rows) {
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
