import type { PrintedKernels } from "../../codegen/c/print_kernels.ts";
import type { LayerFlow } from "../../engine/flow/emit_flow.ts";
import type { MemoryMap, TensorPlace } from "../../engine/memory_map.ts";
import { initialState } from "../../engine/reference/initial_state.ts";
import { zeroValues } from "../../model/constant.ts";
import type { Dtype } from "../../model/dtype.ts";
import type { Model } from "../../model/model.ts";
import { elements, sizeBytes } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { Plan } from "../../plan/plan.ts";

/** All that the files of a model are printed from. */
export interface CProgram {
  readonly model: Model;
  readonly plan: Plan;
  /** What functions and variables begin with, and what macros do. */
  readonly prefix: string;
  readonly macro: string;
  /** What runs, with the kernel that does it. */
  readonly layers: readonly ProgramLayer[];
  readonly kernels: PrintedKernels;
  /** The order of layers; null: one after the other. */
  readonly flow: LayerFlow | null;
  readonly memories: Memories;
  readonly ports: { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
  readonly constants: Uint8Array;
  readonly constantParts: readonly ConstantPart[];
  /** Whether kernels may refuse what they are given. */
  readonly canRefuse: boolean;
}

/** A layer, and how it is run. */
export interface ProgramLayer extends EmittedLayer {
  /** The function to call. */
  readonly entry: string;
  /** The byte of the state that is not 0 behind a call that ends the run; null: none ends it. */
  readonly endByte: number | null;
}

/** Whether a call may end before the last layer. */
export function mayEndEarly({ layers }: Pick<CProgram, "layers">): boolean {
  return layers.some(({ endByte }) => endByte !== null);
}

/** Whether outputs lie in the state, where the application reads them. */
export function showsState({ ports }: Pick<CProgram, "ports">): boolean {
  return ports.outputs.some(({ place }) => place?.space === "state");
}

/** Weights or a table of a kernel. */
export interface ConstantPart {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** What a model needs beside its constants. */
export interface Memories {
  readonly arenaBytes: number;
  /** Largest alignment of a buffer in the arena. */
  readonly arenaAlignment: number;
  readonly stateBytes: number;
  readonly scratchBytes: number;
  readonly externalBytes: number;
  /** State before the first run: stretches of the same byte. */
  readonly initialState: readonly {
    readonly offsetBytes: number;
    readonly sizeBytes: number;
    readonly value: number;
  }[];
}

/** The memories of a plan. */
export function memoriesOf(
  model: Model,
  plan: Plan,
  { map, usesWords }: {
    readonly map: MemoryMap;
    /** Whether kernels use free bytes of the arena as words. */
    readonly usesWords: boolean;
  },
): Memories {
  const alignments = plan.buffers.map(({ alignmentBytes }) => alignmentBytes);
  // Kernels that load two words at once need them at multiples of 4.
  const least = usesWords ? 4 : 1;
  return {
    arenaBytes: plan.peakBytes,
    arenaAlignment: Math.max(least, ...alignments),
    stateBytes: map.stateBytes,
    scratchBytes: map.workspace.sizeBytes,
    externalBytes: map.externalBytes,
    initialState: [...initialState(model)].map(([key, values]) => ({
      offsetBytes: map.statePlaceOf(key).offsetBytes,
      sizeBytes: values.byteLength,
      value: new Uint8Array(values.buffer)[0],
    })),
  };
}

/**
 * Refuses what names in C cannot begin with.
 *
 * @throws {RangeError} for anything but letters, digits and underscores, beginning with a letter, and
 *   for keywords.
 */
export function checkPrefix(prefix: string): void {
  if (KEYWORDS.has(prefix)) throw new RangeError(`prefix "${prefix}" is a keyword of C`);
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(prefix)) return;
  throw new RangeError(
    `prefix "${prefix}", needed a C identifier: a letter, then letters, digits or underscores`,
  );
}

/** Of C11 and C++, which may include the header. */
const KEYWORDS = new Set(
  ("auto break case catch char class const continue default delete do double else enum explicit extern " +
    "float for friend goto if inline int long mutable namespace new operator private protected " +
    "public register restrict return short signed sizeof static struct switch template this throw " +
    "try typedef typename union unsigned using virtual void volatile while bool true false and or " +
    "not xor main").split(" "),
);

/** An input or output of the graph, as C sees it. */
export interface Port {
  readonly tensor: Tensor;
  /** Whether the model gives it as floats that the plan leaves as integers. */
  readonly isFloatInModel: boolean;
  /** Index of the tensor. */
  readonly index: number;
  readonly type: string;
  readonly elements: number;
  readonly sizeBytes: number;
  /** Where it lies; null: nobody reads it, or it is a constant. */
  readonly place: TensorPlace | null;
  /** Its bytes if it is a constant. */
  readonly data: Uint8Array | null;
}

/** Inputs and outputs as a plan takes and leaves them. */
export function cPorts(
  model: Model,
  { plan, map }: { readonly plan: Plan; readonly map: MemoryMap },
): { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] } {
  const portOf = (index: number, given: number): Port => {
    const tensor = model.tensors[index];
    return {
      tensor,
      isFloatInModel: model.tensors[given].dtype === "float32" && tensor.dtype !== "float32",
      index,
      type: cTypeOf(tensor.dtype),
      elements: elements(tensor.shape),
      sizeBytes: sizeBytes(tensor),
      place: map.placeOf(index) ?? null,
      data: tensor.data,
    };
  };
  return {
    inputs: plan.inputs.map((index, i) => portOf(index, model.inputs[i])),
    outputs: plan.outputs.map((index, i) => portOf(index, model.outputs[i])),
  };
}

/** Which of them are floats in the model and integers here. */
export function integerEdges(ports: readonly Port[]): readonly number[] {
  return ports.flatMap(({ isFloatInModel }, i) => isFloatInModel ? [i] : []);
}

/** The type of an element in C. */
function cTypeOf(dtype: Dtype): string {
  if (dtype === "float32") return "float";
  if (dtype === "float64") return "double";
  const array = zeroValues(dtype, 0);
  const bits = 8 * array.BYTES_PER_ELEMENT;
  const isUnsigned = array[Symbol.toStringTag].replace("Big", "").startsWith("Uint");
  return `${isUnsigned ? "uint" : "int"}${bits}_t`;
}

/**
 * One step of the plan, or one of its segments, in C.
 *
 * @category Deployment
 */
export interface EmittedLayer {
  /** Its operators in the model. */
  readonly operators: readonly number[];
  /** TFLite's name of it; `SEGMENT`. */
  readonly name: string;
  /** Which kernel was chosen. */
  readonly kernel: string;
}
