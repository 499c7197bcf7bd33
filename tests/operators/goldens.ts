// Golden data of operators: outputs of TensorFlow Lite Micro's reference kernels.
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
import { carried, type Place, shared } from "../shared_files.ts";

/** A model and what came of it. */
export interface Golden {
  /** Where it lies. */
  readonly place: Place;
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
export function framesOf(golden: Golden, model: Model): readonly ConstantArray[][] {
  const given = bytesOf(golden, "in")!;
  let from = 0;
  return Array.from({ length: golden.frames }, () =>
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
  golden: Golden,
  model: Model,
  { name, frames, bits }: {
    readonly name: string;
    readonly frames: readonly (readonly ConstantArray[])[];
    readonly bits: boolean;
  },
): void {
  const { exact, aborted_frames: aborted = [] } = golden;
  const wanted = bytesOf(golden, "out")!;
  const mask = bytesOf(golden, "mask");
  let at = 0;
  frames.forEach((outputs, frame) =>
    outputs.forEach((found, output) => {
      const { byteLength } = found;
      // TensorFlow Lite Micro has inputs of an aborted run lie in its outputs; here they stay.
      const right = aborted.includes(frame)
        ? bytesIn(frames[Math.max(0, frame - 1)][output])
        : wanted.slice(at, at + byteLength);
      const bytes = bytesIn(found);
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

function bytesIn({ buffer, byteOffset, byteLength }: ConstantArray): Uint8Array<ArrayBuffer> {
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

/** Models whose operators are all there: all that the project carries, and what else `../shared` has. */
export function goldens(): readonly Golden[] {
  const own = listed(carried);
  const others = shared === null ? [] : listed(shared);
  return [...own, ...others.filter((golden) => !own.some((each) => isSame(each, golden)))];
}

/** The model of a golden. */
export function modelOf(golden: Golden): Model {
  return readModel(bytesOf(golden, "tflite")!);
}

/** The path of a golden, which says where it lies. */
export function pathOf({ place, file }: Golden): string {
  return `${place.name}/operators/${file}`;
}

function listed(place: Place): readonly Golden[] {
  const index = place.read("operators/index.json");
  if (index === null) return [];
  const found: Omit<Golden, "place">[] = JSON.parse(new TextDecoder().decode(index));
  return found.map((each) => ({ ...each, place })).filter((golden) => {
    const isSupported = (name: string) => (supportedOperators as readonly string[]).includes(name);
    if (golden.refused !== undefined) return isSupported(golden.operator);
    return operatorsOf(modelOf(golden)).every(isSupported);
  });
}

function isSame(a: Golden, b: Golden): boolean {
  return a.file === b.file && (["tflite", "in", "out"] as const).every((end) => {
    const [one, other] = [bytesOf(a, end), bytesOf(b, end)];
    return one?.length === other?.length && (one ?? []).every((byte, i) => byte === other![i]);
  });
}

function operatorsOf({ operators, otherSubgraphs }: Model): readonly string[] {
  return [{ operators }, ...otherSubgraphs].flatMap((graph) => graph.operators.map(operatorName));
}

function bytesOf(
  { place, file }: Golden,
  end: "tflite" | "in" | "out" | "mask",
): Uint8Array<ArrayBuffer> | null {
  return place.read(`operators/${file.replace(/tflite$/, end)}`);
}
