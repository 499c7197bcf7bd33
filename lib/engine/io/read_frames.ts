import type { ConstantArray } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { decodeImage } from "./decode_image.ts";
import { imageValues } from "./image_values.ts";
import { npyFrames } from "./npy_frames.ts";
import { type PixelRange, pixelRange } from "./pixel_range.ts";
import { refuseNaN } from "./quantize_values.ts";
import { rawFrames } from "./raw_frames.ts";
import { readNpy } from "./read_npy.ts";

/**
 * A file that was read.
 *
 * @category Files in and out
 */
export interface InputFile {
  /** Its name: the extension tells the format, errors begin with it. */
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
  /** Called with every image that is read: its size as stored, and what its pixels were taken for. */
  readonly onImage?: (image: ReadImage) => void;
}

/**
 * How an image was read.
 *
 * @category Files in and out
 */
export interface ReadImage {
  /** The file's name. */
  readonly name: string;
  /** Pixels a row in the file. */
  readonly width: number;
  /** Rows in the file. */
  readonly height: number;
  /** The real numbers that black and white became. */
  readonly range: PixelRange;
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
 * - `.npy`: an array for one input, of its shape, with or without a leading 1, or several such with
 *   the frames in front. Elements of the input's type, or float32 or float64, which are quantized.
 * - `.png`, `.jpg`, `.jpeg`: a picture for one input [1, height, width, 1 or 3]: alpha on black,
 *   grey by luminance where the input has one channel, resized (`resizeImage`), black and white
 *   taken for `range`, quantized.
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
    const isRaw = formatOf(file) === "raw";
    if (isRaw && open.length > 0) break;
    open.push(file);
    if (!isRaw && open.length < model.inputs.length) continue;
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

/** The frames of a file: of all inputs if it is raw, of one otherwise. */
async function readFile(
  file: InputFile,
  to: { readonly model: Model; readonly input: number } & ReadFramesOptions,
): Promise<readonly Frame[]> {
  const { model, input, onImage } = to;
  const format = formatOf(file);
  const tensors = format === "raw" ? model.inputs : [model.inputs[input]];
  const inputs = tensors.map((tensor) => model.tensors[tensor]);
  if (format === "image") {
    const range = to.range ?? pixelRange(model, tensors[0]);
    const image = await decodeImage(file.bytes);
    const values = imageValues(image, { input: inputs[0], range });
    onImage?.({ name: file.name, width: image.width, height: image.height, range });
    return [[values]];
  }
  const frames = format === "raw"
    ? rawFrames(file.bytes, inputs)
    : npyFrames(readNpy(file.bytes), inputs[0]).map((values) => [values]);
  inputs.forEach(({ name }, i) => {
    if (!isQuantized(model, tensors[i])) return;
    for (const { [i]: values } of frames) {
      if (values instanceof Float32Array) refuseNaN(values, name);
    }
  });
  return frames;
}

function isQuantized({ operators }: Model, tensor: number): boolean {
  return operators.some(({ op, inputs }) => op === "QUANTIZE" && inputs.includes(tensor));
}

function formatOf({ name }: InputFile): "raw" | "npy" | "image" {
  const extension = /\.(\w+)$/.exec(name)?.[1].toLowerCase() ?? "";
  if (extension === "npy") return "npy";
  return ["png", "jpg", "jpeg"].includes(extension) ? "image" : "raw";
}

function namesOf(files: readonly InputFile[]): string {
  return files.map(({ name }) => name).join(", ");
}

/** Puts a file's name in front of what is wrong with it. */
async function named<Result>(name: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const of = error instanceof RangeError ? RangeError : error instanceof TypeError && TypeError;
    if (!of) throw error;
    throw new of(`${name}: ${(error as Error).message}`, { cause: error });
  }
}
