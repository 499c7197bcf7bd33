import type { ConstantArray } from "../../model/constant.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { Image } from "./image.ts";
import type { PixelRange } from "./pixel_range.ts";
import { quantizeValues } from "./quantize_values.ts";
import { resizeImage } from "./resize_image.ts";
import { toChannels } from "./to_channels.ts";

/** An image as the elements of an input: its channels, its size, its real numbers, its integers. */
export function imageValues(
  image: Image,
  to: { readonly input: Tensor; readonly range: PixelRange },
): ConstantArray {
  const { input, range: [black, white] } = to;
  const { height, width, channels } = imageShape(input);
  const { values } = resizeImage(toChannels(image, channels), { width, height });
  const reals = values.map((value) => black + value * (white - black));
  // Integers without quantization stand for themselves.
  const quantization = input.quantization ?? { scales: [1], zeroPoints: [0], axis: 0 };
  return quantizeValues(reals, { ...input, quantization });
}

/** Height, width and channels of [1, h, w, c], [h, w, c] or, grey, [1, h, w]. */
function imageShape(
  { name, shape }: Tensor,
): { height: number; width: number; channels: 1 | 3 } {
  const inner = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  if (inner.length === 3) {
    const [height, width, channels] = inner;
    if (channels === 1 || channels === 3) return { height, width, channels };
    if (shape.length === 3 && shape[0] === 1) {
      return { height: shape[1], width: shape[2], channels: 1 };
    }
  }
  throw new TypeError(
    `an image for input "${name}" of shape [${shape}], needed [1, height, width, 1 or 3]`,
  );
}
