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

/** Pixels that are decoded if nobody says otherwise. */
export const MOST_PIXELS = 2 ** 24;

/**
 * What a picture may take to decode.
 *
 * @category Files in and out
 */
export interface ImageLimits {
  /**
   * Pixels that a picture may have, 2^24 (4096 x 4096) if left out: a few bytes can claim any size, and
   * each pixel takes up to 32 bytes of memory while it is decoded.
   */
  readonly pixels?: number;
}

/**
 * Refuses pictures without pixels and those with too many, before memory is taken for them.
 *
 * @throws {RangeError} the picture has none, or more than `limits.pixels`.
 */
export function checkPixels(
  kind: string,
  { width, height }: { readonly width: number; readonly height: number },
  { pixels = MOST_PIXELS }: ImageLimits,
): void {
  if (width > 0 && height > 0 && width * height <= pixels) return;
  throw new RangeError(
    `${kind} of ${width} x ${height} pixels, needed 1 to ${pixels}: scale it down, or raise ` +
      "limits.pixels",
  );
}

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
