import { checkArguments, checkOptions } from "../../check_arguments.ts";
import { lookedAfter } from "../../host.ts";
import type { ConstantArray } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import type { Tensor } from "../../model/tensor.ts";
import {
  frameBytes,
  npyFrames,
  npzFrames,
  numberFrames,
  rawFrames,
  readNpz,
  readNumbers,
} from "./array_frames.ts";
import { decodeImage, orientationOf } from "./decode_image.ts";
import { type FileFormat, formatOf } from "./file_format.ts";
import type { ImageLimits } from "./image.ts";
import { type ImageFit, imageShape, imageValues } from "./image_values.ts";
import type { ReadImage, ReadSound } from "./input_reports.ts";
import { readNpy } from "./npy.ts";
import { type PixelRange, pixelRange } from "./pixel_range.ts";
import { refuseNaN } from "./quantize_values.ts";
import { readWav, type SoundFeatures, soundFrames } from "./sound.ts";

/**
 * A file that was read.
 *
 * @category Files in and out
 */
export interface InputFile {
  /** Its name: errors begin with it, and it tells the format where the first bytes do not. */
  readonly name: string;
  /** Its content. */
  readonly bytes: Uint8Array;
}

/**
 * Options of `readFrames`.
 *
 * @category Files in and out
 */
export interface ReadFramesOptions {
  /** The real numbers of an image's black and white; default `pixelRange(model, input)`. */
  readonly range?: PixelRange;
  /** How images of other proportions than the input's get these; default `stretch`. */
  readonly fit?: ImageFit;
  /** What turns sound into the input of a model that takes no samples. */
  readonly features?: SoundFeatures;
  /** What a picture may take. */
  readonly limits?: ImageLimits;
  /** Called with every image that is read: its size as stored, and what its pixels were taken for. */
  readonly onImage?: (image: ReadImage) => void;
  /** Called with every sound that is read. */
  readonly onSound?: (sound: ReadSound) => void;
  /** Ends it between two files, and between two windows of sound that features are computed of. */
  readonly signal?: AbortSignal;
}

/**
 * What a model takes at once: the elements of each graph input, in the graph's order.
 *
 * @category Files in and out
 */
export type Frame = readonly ConstantArray[];

/**
 * The frames that files hold, in the order in which they run.
 *
 * The first bytes of a file tell what it is; the name does where they do not.
 *
 * - NumPy `.npy`: an array for one input, of its shape, with or without a leading 1, or several such
 *   with the frames in front. Elements of the input's type, or float32 or float64, which are quantized.
 * - NumPy `.npz`: such an array for each input, under the inputs' names or in their order.
 * - PNG, JPEG, BMP, GIF: a picture for one input [1, height, width, 1 or 3]: turned upright, alpha on
 *   black, grey by luminance where the input has one channel, resized (`resizeImage` with
 *   `fit`), black and white taken for `range`, quantized.
 * - WAV: sound for one input that is a row of samples, cut into frames; channels are averaged, samples
 *   are numbers from -1 to 1, or the integers of an int16 input that is not quantized. With `features`,
 *   sound for an input that takes what another model makes of it.
 * - Numbers as text (`.csv`): for one input, frame after frame; real numbers, which are quantized.
 * - any other: whole frames, one after the other: the inputs' elements in the model's order,
 *   little-endian, nothing between.
 *
 * A model with several inputs takes arrays and pictures in groups, one file for each input in its
 * order, all of a group with the same number of frames.
 *
 * @throws {TypeError} for a file that is damaged, or of the wrong type or shape; for a group that is
 *   not whole; for no files.
 * @throws {RangeError} for a file of the wrong size, a group of different numbers of frames, and NaN
 *   where a number is to be quantized. Messages begin with the file's name.
 * @throws {DOMException} named `AbortError`, if the signal ends it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFrames, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-ad");
 * const frames = await readFrames([{ name: "x.bin", bytes: new Uint8Array(1280) }], model);
 * assert.deepEqual(frames.map(([input]) => input.length), [640, 640]);
 * ```
 *
 * @category Files in and out
 */
export async function readFrames(
  files: readonly InputFile[],
  model: Model,
  options: ReadFramesOptions = {},
): Promise<readonly Frame[]> {
  checkOptions("readFrames", options, "range fit features limits onImage onSound signal");
  checkArguments("readFrames", { model });
  if (files.length === 0) throw new TypeError("no input files, needed at least one");
  const frames: Frame[] = [];
  for (const group of groups(files, model)) {
    const read = await Promise.all(
      group.map((file, input) =>
        named(file.name, () => readFile(file, { model, input, ...options }))
      ),
    );
    const counts = read.map(({ length }) => length);
    if (counts.some((count) => count !== counts[0])) {
      throw new RangeError(
        `${namesOf(group)}: ${counts.join(", ")} frames, needed the same number of each`,
      );
    }
    frames.push(...read[0].map((_, i) => read.flatMap((each) => each[i])));
  }
  return frames;
}

/** A raw file alone, or a file for each input. */
function groups(files: readonly InputFile[], model: Model): InputFile[][] {
  const whole: InputFile[][] = [];
  let open: InputFile[] = [];
  for (const file of files) {
    // These have all inputs in one file.
    const isWhole = ["raw", "npz"].includes(formatIn(file, model));
    if (isWhole && open.length > 0) break;
    open.push(file);
    if (!isWhole && open.length < model.inputs.length) continue;
    whole.push(open);
    open = [];
  }
  if (open.length === 0) return whole;
  throw new TypeError(
    `${
      namesOf(open)
    }: for ${open.length} of ${model.inputs.length} inputs, needed an array or an ` +
      "image for each",
  );
}

/** Text of digits may be elements all the same: then it is as long as whole frames are. */
function formatIn(file: InputFile, model: Model): FileFormat {
  const format = formatOf(file);
  if (format !== "csv" || /\.csv$/i.test(file.name)) return format;
  const size = frameBytes(model.inputs.map((tensor) => model.tensors[tensor]));
  return file.bytes.length % size === 0 ? "raw" : "csv";
}

/** The frames of a file: of all inputs if it has them all, of one otherwise. */
async function readFile(
  file: InputFile,
  to: { readonly model: Model; readonly input: number } & ReadFramesOptions,
): Promise<readonly Frame[]> {
  const { model, input } = to;
  const format = formatIn(file, model);
  const tensors = format === "raw" || format === "npz" ? model.inputs : [model.inputs[input]];
  const inputs = tensors.map((tensor) => model.tensors[tensor]);
  const frames = await framesOf(file, { ...to, format, tensor: tensors[0], inputs });
  inputs.forEach(({ name }, i) => {
    if (!isQuantized(model, tensors[i])) return;
    for (const { [i]: values } of frames) {
      if (values instanceof Float32Array) refuseNaN(values, name);
    }
  });
  return frames;
}

async function framesOf(
  file: InputFile,
  to: {
    readonly model: Model;
    readonly format: FileFormat;
    readonly tensor: number;
    readonly inputs: readonly Tensor[];
  } & ReadFramesOptions,
): Promise<readonly Frame[]> {
  const { model, format, tensor, inputs } = to;
  const { name, bytes } = file;
  const { features, signal } = to;
  signal?.throwIfAborted();
  switch (format) {
    case "image": {
      const range = to.range ?? pixelRange(model, tensor);
      const image = await decodeImage(bytes, { limits: to.limits });
      const { fit = "stretch" } = to;
      const values = imageValues(image, { input: inputs[0], range, fit });
      const { width: inputWidth, height: inputHeight } = imageShape(inputs[0]);
      const orientation = orientationOf(bytes);
      const turned = orientation === 1 ? {} : { orientation };
      const { width, height } = image;
      to.onImage?.({ name, width, height, inputWidth, inputHeight, fit, range, ...turned });
      return [[values]];
    }
    case "wav": {
      const sound = readWav(bytes);
      const { frames, paddedSamples, windows } = lookedAfter(
        null,
        () => soundFrames(sound, inputs[0], features),
        { signal },
      );
      const { sampleRate, channels, samples: { length: samples } } = sound;
      const read = { name, sampleRate, channels, samples, frames: frames.length, paddedSamples };
      to.onSound?.({ ...read, ...(windows > 0 && { windows }) });
      return frames.map((values) => [values]);
    }
    case "csv":
      return numberFrames(readNumbers(bytes), inputs[0]).map((values) => [values]);
    case "npy":
      return npyFrames(readNpy(bytes), inputs[0]).map((values) => [values]);
    case "npz":
      return npzFrames(await readNpz(bytes), inputs);
    default:
      return rawFrames(bytes, inputs);
  }
}

function isQuantized({ operators }: Model, tensor: number): boolean {
  return operators.some(({ op, inputs }) => op === "QUANTIZE" && inputs.includes(tensor));
}

function namesOf(files: readonly InputFile[]): string {
  return files.map(({ name }) => name).join(", ");
}

/** Puts a file's name in front of what is wrong with it. */
export async function named<Result>(name: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const of = error instanceof RangeError ? RangeError : error instanceof TypeError && TypeError;
    if (!of) throw error;
    throw new of(`${name}: ${(error as Error).message}`, { cause: error });
  }
}
