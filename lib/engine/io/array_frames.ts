import { type ConstantArray, zeroValues } from "../../model/constant.ts";
import { dtypeRange } from "../../model/dtype.ts";
import { elements } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import { elementBytes, valuesOfBytes } from "./bytes.ts";
import { type NpyArray, readNpy } from "./npy.ts";
import { quantizeValues } from "./quantize_values.ts";

/** The frames of a raw file: one after the other, in each the inputs in the model's order. */
export function rawFrames(
  bytes: Uint8Array,
  inputs: readonly Tensor[],
): readonly (readonly ConstantArray[])[] {
  const sizes = inputs.map(inputBytes);
  const needed = frameBytes(inputs);
  const frames = bytes.length / needed;
  if (bytes.length === 0 || !Number.isInteger(frames)) {
    const parts = inputs.map(({ name, dtype, shape }) => `"${name}" ${dtype} [${shape}]`);
    throw new RangeError(
      `${bytes.length} bytes, needed ${needed} or a multiple: a frame is ${parts.join(" + ")}`,
    );
  }
  let at = 0;
  return Array.from({ length: frames }, () =>
    inputs.map(({ dtype }, i) => {
      at += sizes[i];
      return valuesOfBytes(bytes.subarray(at - sizes[i], at), dtype);
    }));
}

/** Bytes of a frame in a raw file. */
export function frameBytes(inputs: readonly Tensor[]): number {
  return inputs.reduce((sum, input) => sum + inputBytes(input), 0);
}

function inputBytes({ dtype, shape }: Tensor): number {
  return elements(shape) * elementBytes(dtype);
}

/**
 * One input's elements for every frame of an array. Its shape is the input's, with or without a
 * leading dimension of 1, and may have the frames in one more dimension in front (or in place of
 * that 1). Elements are of the input's type, or float32 or float64, which are quantized.
 */
export function npyFrames(array: NpyArray, input: Tensor): readonly ConstantArray[] {
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

/** Elements as those of an input: of its type, or real numbers that are quantized. */
export function converted({ dtype, values }: NpyArray, input: Tensor): ConstantArray {
  if (dtype === input.dtype) return values;
  if (values instanceof Float32Array) return quantizeValues(values, input);
  if (values instanceof Float64Array) return quantizeValues(Float32Array.from(values), input);
  const others = input.dtype === "float32" ? "float64" : "float32, float64";
  throw new TypeError(`array of ${dtype}, needed ${input.dtype} or ${others}`);
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/**
 * Reads a `.npz` file: the arrays of a zip archive, by name.
 *
 * @throws {TypeError} for an archive that is damaged, or holds something else.
 */
export async function readNpz(
  bytes: Uint8Array,
  { mostBytes }: { readonly mostBytes?: number } = {},
): Promise<ReadonlyMap<string, NpyArray>> {
  const { readDirectory, unpacked } = await import("../../model/zip.ts");
  const files = Object.entries(unpacked(bytes, readDirectory(bytes), mostBytes));
  const other = files.find(([name]) => !name.endsWith(".npy"));
  if (files.length === 0 || other !== undefined) {
    throw new TypeError(
      `a zip archive with ${other === undefined ? "nothing" : `"${other[0]}"`}, needed .npy arrays`,
    );
  }
  return new Map(files.map(([name, content]) => [name.slice(0, -".npy".length), readNpy(content)]));
}

/** An array for each input, under its name or, where names differ, in its order. */
export function npzFrames(
  arrays: ReadonlyMap<string, NpyArray>,
  inputs: readonly Tensor[],
): readonly (readonly ConstantArray[])[] {
  const isNamed = inputs.every(({ name }) => arrays.has(name));
  const chosen = isNamed ? inputs.map(({ name }) => arrays.get(name)!) : [...arrays.values()];
  if (chosen.length !== inputs.length) {
    throw new TypeError(
      `arrays ${[...arrays.keys()].join(", ")}, needed ${inputs.length}: ` +
        inputs.map(({ name }) => `"${name}"`).join(", "),
    );
  }
  const read = chosen.map((array, i) => npyFrames(array, inputs[i]));
  const counts = read.map(({ length }) => length);
  if (counts.some((count) => count !== counts[0])) {
    throw new RangeError(`${counts.join(", ")} frames, needed the same number of each`);
  }
  return read[0].map((_, frame) => read.map((frames) => frames[frame]));
}

/** Numbers as the elements of an input, frame after frame. */
export function numberFrames(numbers: Float64Array, input: Tensor): readonly ConstantArray[] {
  const size = elements(input.shape);
  const frames = numbers.length / size;
  if (numbers.length === 0 || !Number.isInteger(frames)) {
    throw new RangeError(
      `${numbers.length} numbers, needed ${size} or a multiple for "${input.name}" [${input.shape}]`,
    );
  }
  const values = valuesOfReals(numbers, input);
  return Array.from({ length: frames }, (_, i) => values.slice(i * size, (i + 1) * size));
}

/** Real numbers as elements: quantized, or as they are where integers stand for themselves. */
function valuesOfReals(numbers: Float64Array, input: Tensor): ConstantArray {
  const { dtype, quantization } = input;
  const range = dtypeRange(dtype);
  if (range === null || quantization !== null && quantization.scales.length > 0) {
    return converted({ dtype: "float64", shape: [numbers.length], values: numbers }, input);
  }
  const values = zeroValues(dtype, numbers.length) as Int32Array;
  numbers.forEach((number, i) => {
    if (!(Number.isInteger(number) && number >= range.min && number <= range.max)) {
      throw new RangeError(`number ${i} is ${number}, needed an integer of ${dtype}`);
    }
    values[i] = number;
  });
  return values;
}

/** Numbers of a text file, separated by commas, semicolons or white space; a line of titles may lead. */
export function readNumbers(bytes: Uint8Array): Float64Array {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|[\r\n]/).map((line) => line.trim())
    .filter((line) => line !== "");
  const rows = lines.map((line) => line.split(/[\s,;]+/).filter((word) => word !== ""));
  const isTitle = rows.length > 1 && rows[0].every((word) => Number.isNaN(Number(word)));
  const numbers = rows.slice(isTitle ? 1 : 0).flatMap((words, row) =>
    words.map((word, column) => {
      const number = Number(word);
      if (!Number.isNaN(number) || /^[-+]?nan$/i.test(word)) return number;
      const line = row + (isTitle ? 2 : 1);
      throw new TypeError(
        `"${word.slice(0, 30)}" in line ${line}, column ${column + 1} is no number`,
      );
    })
  );
  return Float64Array.from(numbers);
}
