import type { EngineOperator } from "../engine_operator.ts";
import { EngineError } from "../engine_error.ts";
import { resizeBilinearKernel } from "../kernels/movement/resize_bilinear_kernel.ts";
import { type ResizeTap, resizeTaps } from "../../model/operators/resize_bilinear.ts";
import { quotient } from "../reference/clamp.ts";
import { expectSameType, expectType } from "../reference/expect.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/**
 * Every pixel of the output lies between four of the input and is their mean by distance. int8 keeps
 * its integers: positions count 1024ths of a pixel, whatever the quantization of the two tensors.
 */
export const resizeBilinear: EngineOperator<"RESIZE_BILINEAR"> = {
  types: ["float32", "int8"],
  reference: prepareResizeBilinear,
  hasVectors: true,
  kernels: [resizeBilinearKernel],
};

function prepareResizeBilinear(operation: Operation<"RESIZE_BILINEAR">): ReferenceKernel {
  const { attributes, inputs: [input, size], outputs: [output] } = operation;
  const dtype = expectSameType([input, output], ["float32", "int8"]);
  if (size.data === null) throw new EngineError("size computed at run time, needed constant");
  expectType("size", size, ["int32"]);
  if (attributes.alignCorners && attributes.halfPixelCenters) {
    throw new EngineError("alignCorners and halfPixelCenters together, needed at most one of them");
  }
  const [batches, height, width, channels] = input.shape;
  const [, newHeight, newWidth] = output.shape;
  const isFloat = dtype === "float32";
  const rows = resizeTaps({ from: height, to: newHeight, isFloat }, attributes);
  const columns = resizeTaps({ from: width, to: newWidth, isFloat }, attributes);
  const mean = interpolate[isFloat ? "float32" : "int8"];
  return ([x], [y]) => {
    let at = 0;
    for (let n = 0; n < batches; n++) {
      const pixel = (row: number, column: number) =>
        ((n * height + row) * width + column) * channels;
      for (const row of rows) {
        for (const column of columns) {
          const corners = [row.lower, row.upper].map((i) =>
            [column.lower, column.upper].map((j) => pixel(i, j))
          );
          for (let c = 0; c < channels; c++) {
            y[at++] = mean(corners.map((line) => line.map((start) => x[start + c])), row, column);
          }
        }
      }
    }
  };
}

type Corners = readonly (readonly number[])[];

/** The mean of four pixels, `[row][column]`: products and sums in TensorFlow Lite Micro's order. */
const interpolate = {
  float32: ([[a, b], [c, d]]: Corners, row: ResizeTap, column: ResizeTap): number => {
    const f = Math.fround;
    const share = (x: number, down: number, right: number) => f(f(x * down) * right);
    const left = f(share(a, row.near, column.near) + share(c, row.far, column.near));
    // Adding 0 leaves no -0.
    return f(f(left + share(b, row.near, column.far)) + share(d, row.far, column.far)) + 0;
  },
  int8: ([[a, b], [c, d]]: Corners, row: ResizeTap, column: ResizeTap): number => {
    const sum = a * row.near * column.near + c * row.far * column.near +
      b * row.near * column.far + d * row.far * column.far;
    const half = 2 ** 19;
    return quotient(sum > 0 ? sum + half : sum - half, 2 ** 20);
  },
} as const;
