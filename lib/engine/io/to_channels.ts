import type { Image } from "./image.ts";

/**
 * An image on black as grey or RGB. Grey is the luminance of ITU-R BT.601, as Pillow and TensorFlow
 * have it: `0.299 R + 0.587 G + 0.114 B`.
 */
export function toChannels(image: Image, channels: 1 | 3): Image {
  const opaque = onBlack(image);
  if (opaque.channels === channels) return opaque;
  const { width, height, values } = opaque;
  const converted = new Float32Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (channels === 3) converted.fill(values[pixel], 3 * pixel, 3 * pixel + 3);
    else {
      const [r, g, b] = values.subarray(3 * pixel, 3 * pixel + 3);
      converted[pixel] = 0.299 * r + 0.587 * g + 0.114 * b;
    }
  }
  return { width, height, channels, values: converted };
}

function onBlack(image: Image): Image & { channels: 1 | 3 } {
  const { width, height, channels: stored, values } = image;
  if (stored === 1 || stored === 3) return { ...image, channels: stored };
  const channels = stored === 2 ? 1 : 3;
  const shown = Float32Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels) * stored;
    return values[pixel + i % channels] * values[pixel + channels];
  });
  return { width, height, channels, values: shown };
}
