// Real models with inputs and outputs of TensorFlow Lite Micro's reference kernels.
import {
  type ConstantArray,
  elements,
  type Model,
  type ModelTensor,
  readModel,
} from "../../mod.ts";
import { zeroValues } from "../../mod.ts";
import { type SharedModel, sharedModels } from "../model/shared_models.ts";
import { type Place, places, readShared } from "../shared_files.ts";

/** A model, and where its inputs and outputs lie. */
export interface GoldenModel {
  readonly name: string;
  readonly model: Model;
  /** Names of its inputs: `0`, `person` ... for input_0.bin and output_0.0.bin. */
  readonly cases: readonly string[];
  /** Frames of a sequence that runs without reset; null if there is none. */
  readonly frames: number | null;
  /** True if the tensors between input and output are there. */
  readonly hasTensors: boolean;
}

/** The models of some places; all that there are unless said. */
export function goldenModels(from: readonly Place[] = places): GoldenModel[] {
  return sharedModels(from).map(({ name, bytes }: SharedModel) => {
    const files = from.map((place) => place.names(`models/${name}`)).find(({ length }) => length)!;
    const cases = files.flatMap((file) => /^input_(\w+)\.bin$/.exec(file)?.[1] ?? []).sort();
    const model = readModel(bytes);
    const frames = files.includes("seq_input.bin")
      ? read(name, "seq_input.bin", from).length / elementBytes(model.tensors[model.inputs[0]])
      : null;
    return { name, model, cases, frames, hasTensors: files.includes("tensors") };
  });
}

/** One of several sets of elements of a tensor that a file holds one after the other. */
export function golden(
  { name, file, frame = 0, from = places }: {
    readonly name: string;
    readonly file: string;
    readonly frame?: number;
    readonly from?: readonly Place[];
  },
  tensor: ModelTensor,
): ConstantArray {
  const size = elementBytes(tensor);
  const values = zeroValues(tensor.dtype, elements(tensor.shape));
  new Uint8Array(values.buffer).set(
    read(name, file, from).subarray(frame * size, (frame + 1) * size),
  );
  return values;
}

/** A file's bytes. */
export function read(name: string, file: string, from = places): Uint8Array<ArrayBuffer> {
  return readShared(`models/${name}/${file}`, from);
}

function elementBytes(tensor: ModelTensor): number {
  return elements(tensor.shape) * zeroValues(tensor.dtype, 0).BYTES_PER_ELEMENT;
}
