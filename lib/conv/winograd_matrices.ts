import type { ConvGeometry } from "./conv_shape.ts";

/** The transforms of a Winograd convolution along one dimension: `A ((G g) * (B d))`. */
export interface WinogradMatrices {
  /** Outputs of a tile. */
  readonly outputs: number;
  /** Multiplies tiles of the input, of `outputs + 2` elements. */
  readonly input: readonly (readonly number[])[];
  /** Multiplies kernels of three elements. */
  readonly kernel: readonly (readonly number[])[];
  /** Multiplies the sums of products. */
  readonly output: readonly (readonly number[])[];
}

/**
 * F(2, 3) and F(4, 3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016),
 * sections 4.1 and 4.2: 4 multiplications for 2 outputs, 6 for 4, where the plain sum takes 6 and 12.
 */
export const winogradMatrices: Readonly<Record<2 | 4, WinogradMatrices>> = {
  2: {
    outputs: 2,
    input: [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
    kernel: [[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]],
    output: [[1, 1, 1, 0], [0, 1, -1, -1]],
  },
  4: {
    outputs: 4,
    input: [
      [4, 0, -5, 0, 1, 0],
      [0, -4, -4, 1, 1, 0],
      [0, 4, -4, -1, 1, 0],
      [0, -2, -1, 2, 1, 0],
      [0, 2, -1, -2, 1, 0],
      [0, 4, 0, -5, 0, 1],
    ],
    kernel: [
      [1 / 4, 0, 0],
      [-1 / 6, -1 / 6, -1 / 6],
      [-1 / 6, 1 / 6, -1 / 6],
      [1 / 24, 1 / 12, 1 / 6],
      [1 / 24, -1 / 12, 1 / 6],
      [0, 0, 1],
    ],
    output: [
      [1, 1, 1, 1, 1, 0],
      [0, 1, -1, 2, -2, 0],
      [0, 1, 1, 4, 4, 0],
      [0, 1, -1, 8, -8, 1],
    ],
  },
};

/**
 * How much larger the rounding errors of a two-dimensional tile are than those of a plain sum, if
 * rounding errors are independent: the worst output's `sum of A^2 |B|^2 |G|^2` over the three products
 * of the plain sum, once for each dimension.
 */
export function winogradErrorFactor({ input, kernel, output }: WinogradMatrices): number {
  const square = (row: readonly number[]) => row.reduce((sum, value) => sum + value * value, 0);
  const variances = output.map((row) =>
    row.reduce((sum, a, at) => sum + a * a * square(input[at]) * square(kernel[at]), 0)
  );
  return Math.max(...variances) / kernel[0].length;
}

export interface Tiles {
  readonly outputs: number;
  readonly points: number;
  readonly rows: number;
  readonly columns: number;
  readonly c: number;
  readonly o: number;
}

export function tilesOf(g: ConvGeometry, outputs: 2 | 4): Tiles {
  return {
    outputs,
    points: outputs + 2,
    rows: Math.ceil(g.y.extent / outputs),
    columns: Math.ceil(g.x.extent / outputs),
    c: g.inChannels,
    o: g.outChannels,
  };
}

export function scaledKernel(g: ConvGeometry, kernel: readonly (readonly number[])[]) {
  return g.dtype === "i8" ? kernel.map((row) => row.map((value) => 2 * value)) : kernel;
}
