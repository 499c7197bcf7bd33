import type { Tensor } from "../../model/tensor.ts";
import { expectSameType, MOVABLE } from "./expect.ts";
import { broadcastIndices } from "./indices.ts";
import type { ReferenceKernel } from "./prepare.ts";

/** A kernel that computes every element of its one output from the same element of its one input. */
export function elementwise(compute: (x: number) => number): ReferenceKernel {
  return ([input], [output]) => {
    for (let i = 0; i < output.length; i++) output[i] = compute(input[i]);
  };
}

/**
 * A kernel that computes every element of its one output from an element of each of its two inputs,
 * which may be stretched over the output's shape. 64-bit integers come as bigints.
 */
export function elementwiseOfTwo(
  { inputs: [a, b], outputs: [output] }: {
    readonly inputs: readonly Tensor[];
    readonly outputs: readonly Tensor[];
  },
  compute: (x: number, z: number) => number,
): ReferenceKernel {
  // Whoever creates an engine prepares kernels, and runs none.
  let indices: readonly Int32Array[] | null = null;
  return ([x, z], [y]) => {
    const [fromA, fromB] = indices ??= [a, b].map(({ shape }) =>
      broadcastIndices(shape, output.shape)
    );
    for (let i = 0; i < y.length; i++) y[i] = compute(x[fromA[i]], z[fromB[i]]);
  };
}

/** A kernel that fills its one output with elements of its one input: `y[i] = x[from[i]]`. */
export function gather(from: Int32Array): ReferenceKernel {
  return ([input], [output]) => {
    for (let i = 0; i < from.length; i++) output[i] = input[from[i]];
  };
}

/** A kernel that hands its first input on under another shape. */
export function copyElements(
  { inputs: [input], outputs: [output] }: {
    readonly inputs: readonly Tensor[];
    readonly outputs: readonly Tensor[];
  },
): ReferenceKernel {
  expectSameType([input, output], MOVABLE);
  return ([x], [y]) => {
    for (let i = 0; i < y.length; i++) y[i] = x[i];
  };
}
