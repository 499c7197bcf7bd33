// Golden data of operators: outputs of TensorFlow Lite Micro's reference kernels, in a folder next to
// the project that not everybody has.
import { assert, assertEquals } from "../assert.ts";
import {
  type ConstantArray,
  elements,
  type Model,
  operatorName,
  readModel,
  supportedOperators,
  zeroValues,
} from "../../mod.ts";

const FOLDER = new URL("../../../shared/operators/", import.meta.url);

/** A model and what came of it. */
export interface Golden {
  readonly operator: string;
  readonly file: string;
  readonly frames: number;
  /** What floats follow from; absent where there are none. */
  readonly exact?: "bits" | "libm";
  /** Why TensorFlow Lite Micro does not run it; absent where it does. */
  readonly reason?: string;
  readonly refused?: string;
  /** Frames that an operator ends early. */
  readonly aborted_frames?: readonly number[];
}

/** The inputs of a golden, frame by frame. */
export function framesOf({ file, frames }: Golden, model: Model): readonly ConstantArray[][] {
  const given = read(file.replace("tflite", "in"));
  let from = 0;
  return Array.from({ length: frames }, () =>
    model.inputs.map((index) => {
      const { dtype, shape } = model.tensors[index];
      const values = zeroValues(dtype, elements(shape));
      const bytes = new Uint8Array(values.buffer);
      bytes.set(given.subarray(from, from + bytes.length));
      from += bytes.length;
      return values;
    }));
}

/**
 * Holds outputs, frame by frame, to those that are right: integers byte for byte, floats within 1e-5 of
 * their range, or bit for bit where `bits` says so.
 */
export function assertGolden(
  { file, exact, aborted_frames: aborted = [] }: Golden,
  model: Model,
  { name, frames, bits }: {
    readonly name: string;
    readonly frames: readonly (readonly ConstantArray[])[];
    readonly bits: boolean;
  },
): void {
  const wanted = read(file.replace("tflite", "out"));
  const mask = maskOf(file);
  let at = 0;
  frames.forEach((outputs, frame) =>
    outputs.forEach((found, output) => {
      const { byteLength } = found;
      // TensorFlow Lite Micro has inputs of an aborted run lie in its outputs; here they stay.
      const right = aborted.includes(frame)
        ? bytesOf(frames[Math.max(0, frame - 1)][output])
        : wanted.slice(at, at + byteLength);
      const bytes = bytesOf(found);
      // Where nothing was written, anything is right.
      mask?.subarray(at, at + byteLength).forEach((counts, i) => counts || (bytes[i] = right[i]));
      at += byteLength;
      const where = `${name}, frame ${frame}, output ${output}`;
      const isFloat = model.tensors[model.outputs[output]].dtype === "float32";
      if (!isFloat || exact === "bits" && bits) assertEquals(bytes, right, where);
      else assertClose(new Float32Array(bytes.buffer), new Float32Array(right.buffer), where);
    })
  );
  assertEquals(at, wanted.length, name);
}

function bytesOf({ buffer, byteOffset, byteLength }: ConstantArray): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength).slice();
}

/** Within 1e-5 of the range of what is right; infinities and NaN as they are. */
function assertClose(found: Float32Array, right: Float32Array, where: string): void {
  const finite = right.filter(Number.isFinite);
  const range = Math.max(...finite, 0) - Math.min(...finite, 0);
  right.forEach((value, i) => {
    const isSame = Object.is(found[i], value) || found[i] === value ||
      Math.abs(found[i] - value) <= 1e-5 * range;
    assert(isSame, `${where}, element ${i}: found ${found[i]}, needed ${value}`);
  });
}

/** Models whose operators are all there. */
export function goldens(): readonly Golden[] {
  let index: readonly Golden[];
  try {
    const found = JSON.parse(Deno.readTextFileSync(new URL("index.json", FOLDER)));
    index = Array.isArray(found) ? found : found.models;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return index.filter(({ operator, file, refused }) => {
    const isSupported = (name: string) => (supportedOperators as readonly string[]).includes(name);
    if (refused !== undefined) return isSupported(operator);
    return operatorsOf(readModel(read(file))).every(isSupported);
  });
}

function operatorsOf({ operators, otherSubgraphs }: Model): readonly string[] {
  return [{ operators }, ...otherSubgraphs].flatMap((graph) => graph.operators.map(operatorName));
}

function maskOf(file: string): Uint8Array | null {
  try {
    return read(file.replace("tflite", "mask"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

export function read(file: string): Uint8Array {
  return Deno.readFileSync(new URL(file, FOLDER));
}
