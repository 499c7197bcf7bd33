/**
 * A picture: rows from the top, pixels from the left, the channels of a pixel together.
 *
 * @category Files in and out
 */
export interface Image {
  /** Pixels a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** `height * width * channels` numbers from 0 (black, transparent) to 1. */
  readonly values: Float32Array;
}

/** More pixels than this are not decoded: a few bytes can claim any size. */
export const MAX_PIXELS = 100e6;

/** Integers from 0 to `most` as numbers from 0 to 1. */
export function unitValues(integers: Uint8Array | Uint16Array, most: number): Float32Array {
  // A loop: Float32Array.from with a function takes ten times as long.
  const values = new Float32Array(integers.length);
  for (let i = 0; i < values.length; i++) values[i] = integers[i] / most;
  return values;
}

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
