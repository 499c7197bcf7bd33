import type { ImageFit } from "./image_values.ts";
import type { PixelRange } from "./pixel_range.ts";

/**
 * How an image was read.
 *
 * @category Files in and out
 */
export interface ReadImage {
  /** The file's name. */
  readonly name: string;
  /** Pixels a row, once it stands upright. */
  readonly width: number;
  /** Rows, once it stands upright. */
  readonly height: number;
  /** Pixels a row of the input that it became. */
  readonly inputWidth: number;
  /** Rows of the input that it became. */
  readonly inputHeight: number;
  /** How it got the input's proportions. */
  readonly fit: ImageFit;
  /** The real numbers that black and white became. */
  readonly range: PixelRange;
  /** How it was turned: Exif's number from 2 to 8; absent if it was not. */
  readonly orientation?: number;
}

/**
 * How a sound was read.
 *
 * @category Files in and out
 */
export interface ReadSound {
  /** The file's name. */
  readonly name: string;
  /** Samples a second; they are taken as they are, whatever the model was trained on. */
  readonly sampleRate: number;
  /** Channels in the file, which are averaged. */
  readonly channels: number;
  /** Samples of a channel. */
  readonly samples: number;
  /** Frames that they became. */
  readonly frames: number;
  /** Windows that features were computed of; absent if the samples are the input. */
  readonly windows?: number;
  /** Samples of silence behind the last one, which fill the last frame. */
  readonly paddedSamples: number;
}
