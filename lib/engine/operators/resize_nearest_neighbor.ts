import { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, mul } from "../../kernel/values.ts";
import { nearest } from "../../model/operators/resize_nearest_neighbor.ts";
import { dtypeBits } from "../../model/dtype.ts";
import { elements, position, strides } from "../../model/shape.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { isShared } from "../kernels/elementwise/element_loops.ts";
import { copyRun, copyWords } from "../kernels/movement/copy_bytes.ts";
import { forRange, rangeOf, share } from "../kernels/walk/index_range.ts";
import { hasVectors, type Layer, type LayerKernel, operatorOf } from "../layer.ts";
import { gather } from "../reference/elementwise.ts";
import { expectSameType, MOVABLE } from "../reference/expect.ts";
import { mapIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Every pixel of the output is the nearest one of the input; positions are worked out in float32. */
export const resizeNearestNeighbor: EngineOperator<"RESIZE_NEAREST_NEIGHBOR"> = {
  types: MOVABLE,
  reference: prepareResizeNearestNeighbor,
  hasVectors: true,
  kernels: [resizeKernel],
};

function prepareResizeNearestNeighbor(
  operation: Operation<"RESIZE_NEAREST_NEIGHBOR">,
): ReferenceKernel {
  const { attributes, inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output], MOVABLE);
  const [, height, width] = input.shape;
  const [, newHeight, newWidth] = output.shape;
  const row = nearest({ from: height, to: newHeight }, attributes);
  const column = nearest({ from: width, to: newWidth }, attributes);
  const steps = strides(input.shape);
  return gather(
    mapIndices(output.shape, ([n, i, j, c]) => position([n, row(i), column(j), c], steps)),
  );
}

/** RESIZE_NEAREST_NEIGHBOR: pixels are copied from where two tables, of rows and columns, say. */
function resizeKernel(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "RESIZE_NEAREST_NEIGHBOR");
  if (operator === null) return null;
  const { name, inputs: [input], outputs: [output], constants, threads } = layer;
  const [batches, height, width, channels] = input!.tensor.shape;
  const [, newHeight, newWidth] = output.tensor.shape;
  const pixelBytes = channels * dtypeBits(output.tensor.dtype) / 8;
  if (!Number.isInteger(pixelBytes)) return null;
  const table = (what: string, from: number, to: number, stepBytes: number) => {
    const source = nearest({ from, to }, operator.attributes);
    const offsets = Int32Array.from({ length: to }, (_, i) => source(i) * stepBytes);
    return constants.place(`${name}_${what}`, new Uint8Array(offsets.buffer));
  };
  const rows = table("rows", height, newHeight, width * pixelBytes);
  const columns = table("columns", width, newWidth, pixelBytes);
  const isParallel = isShared(layer, elements(output.tensor.shape)) && newHeight >= threads;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const lines = isParallel ? share(thread, newHeight, threads) : rangeOf(0, newHeight);
  const isReverse = layer.step.direction === "reverse";
  forRange(b, { name: "image", range: rangeOf(0, batches), isReverse }, (image) => {
    forRange(b, { name: "row", range: lines, isReverse }, (row) => {
      const offset = b.load("i32.load", {
        region: rows,
        address: mul(row, 4),
        isIndex: true,
      });
      const x = b.let("x_row", add(mul(image, height * width * pixelBytes), offset));
      const line = add(mul(image, newHeight), row);
      const y = b.let("y_row", mul(line, newWidth * pixelBytes));
      b.for("column", { until: newWidth }, (column) => {
        const shift = b.load("i32.load", {
          region: columns,
          address: mul(column, 4),
          isIndex: true,
        });
        const move = hasVectors(layer) ? copyRun : copyWords;
        move(b, {
          from: {
            region: input!.region,
            address: b.let("x", add(x, shift)),
            isIndex: true,
          },
          to: {
            region: output.region,
            address: b.let("y", add(y, mul(column, pixelBytes))),
            isIndex: true,
          },
          bytes: pixelBytes,
        });
      });
    });
  });
  return {
    kernel: `resize nearest ${output.tensor.dtype}`,
    remarks: isParallel ? [`parallel rows over ${threads} threads`] : [],
    code: [b.finish(name)],
    isParallel,
  };
}
