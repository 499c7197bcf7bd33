import { zeroValues } from "../model/constant.ts";
import type { Dtype } from "../model/dtype.ts";
import type { Model } from "../model/model.ts";
import { elements, sizeBytes } from "../model/shape.ts";
import type { Tensor } from "../model/tensor.ts";
import type { Plan } from "../plan/plan.ts";
import type { MemoryMap, TensorPlace } from "../engine/memory_map.ts";

/** An input or output of the graph, as C sees it. */
export interface Port {
  readonly tensor: Tensor;
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
export function portsOf(
  model: Model,
  { plan, map }: { readonly plan: Plan; readonly map: MemoryMap },
): { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] } {
  const portOf = (index: number): Port => {
    const tensor = model.tensors[index];
    return {
      tensor,
      index,
      type: cTypeOf(tensor.dtype),
      elements: elements(tensor.shape),
      sizeBytes: sizeBytes(tensor),
      place: map.placeOf(index) ?? null,
      data: tensor.data,
    };
  };
  return { inputs: plan.inputs.map(portOf), outputs: plan.outputs.map(portOf) };
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
