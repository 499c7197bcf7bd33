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
