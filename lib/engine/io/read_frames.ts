import type { ConstantArray } from "../../model/constant.ts";
import type { Model } from "../../model/model.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { elementBytes, valuesOfBytes } from "./bytes.ts";
import { decodeImage } from "./decode_image.ts";
import { imageValues } from "./image_values.ts";
import { type NpyArray, readNpy } from "./npy.ts";
import { type PixelRange, pixelRange } from "./pixel_range.ts";
import { quantizeValues, refuseNaN } from "./quantize_values.ts";

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

/** The frames of a raw file: one after the other, in each the inputs in the model's order. */
function rawFrames(
  bytes: Uint8Array,
  inputs: readonly Tensor[],
): readonly (readonly ConstantArray[])[] {
  const sizes = inputs.map(({ dtype, shape }) => elements(shape) * elementBytes(dtype));
  const frameBytes = sizes.reduce((sum, size) => sum + size, 0);
  const frames = bytes.length / frameBytes;
  if (bytes.length === 0 || !Number.isInteger(frames)) {
    const parts = inputs.map(({ name, dtype, shape }) => `"${name}" ${dtype} [${shape}]`);
    throw new RangeError(
      `${bytes.length} bytes, needed ${frameBytes} or a multiple: a frame is ${parts.join(" + ")}`,
    );
  }
  let at = 0;
  return Array.from({ length: frames }, () =>
    inputs.map(({ dtype }, i) => {
      at += sizes[i];
      return valuesOfBytes(bytes.subarray(at - sizes[i], at), dtype);
    }));
}

/**
 * One input's elements for every frame of an array. Its shape is the input's, with or without a
 * leading dimension of 1, and may have the frames in one more dimension in front (or in place of
 * that 1). Elements are of the input's type, or float32 or float64, which are quantized.
 */
function npyFrames(array: NpyArray, input: Tensor): readonly ConstantArray[] {
  const { shape } = array;
  const [batch, ...inner] = input.shape;
  const single = batch === 1 ? [input.shape, inner] : [input.shape];
  const isFrame = single.some((each) => same(shape, each));
  if (!isFrame && !single.some((each) => shape.length > 0 && same(shape.slice(1), each))) {
    const forms = single.flatMap((each) => [`[${each}]`, `[${["frames", ...each]}]`]);
    throw new TypeError(`array of shape [${shape}], needed ${[...new Set(forms)].join(" or ")}`);
  }
  const size = elements(input.shape);
  const frames = isFrame ? 1 : shape[0];
  if (frames === 0) throw new RangeError(`array of shape [${shape}] has no frames`);
  const values = converted(array, input);
  return Array.from({ length: frames }, (_, i) => values.slice(i * size, (i + 1) * size));
}

function converted({ dtype, values }: NpyArray, input: Tensor): ConstantArray {
  if (dtype === input.dtype) return values;
  if (values instanceof Float32Array) return quantizeValues(values, input);
  if (values instanceof Float64Array) return quantizeValues(Float32Array.from(values), input);
  const others = input.dtype === "float32" ? "float64" : "float32, float64";
  throw new TypeError(`array of ${dtype}, needed ${input.dtype} or ${others}`);
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}
