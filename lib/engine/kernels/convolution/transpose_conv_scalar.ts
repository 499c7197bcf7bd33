import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { elements } from "../../../model/shape.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { transposedOperation, transposedTaps } from "../../reference/transposed_windows.ts";
import { isShared } from "../elementwise/element_loops.ts";
import { elementType } from "../scalar/layer_numbers.ts";
import { plainSums } from "../scalar/plain_sums.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";
import { loadTaps, placeTaps } from "./transposed_taps.ts";

/**
 * TRANSPOSE_CONV of any type that the reference takes, in scalars: each output element collects the
 * input's pixels that reach it, which two tables tell, of rows and of columns.
 */
export function transposeConvScalar(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "TRANSPOSE_CONV");
  if (operator === null) return null;
  const { name, inputs: [, filter, input, bias = null], outputs: [output], threads } = layer;
  const tensors = {
    filter: filter!.tensor,
    input: input!.tensor,
    bias: bias?.tensor,
    output: output.tensor,
  };
  const [batches, height, width, depth] = tensors.input.shape;
  const [filters, filterH, filterW] = tensors.filter.shape;
  const [, newHeight, newWidth] = output.tensor.shape;
  const [xBytes, wBytes] = [tensors.input, tensors.filter].map(({ dtype }) =>
    depth * elementType(dtype).bytes
  );
  const taps = transposedTaps(tensors, operator.attributes);
  const { strideH, strideW } = operator.attributes;
  const rows = placeTaps(layer, "rows", taps.rows, { x: width * xBytes, w: filterW * wBytes });
  const columns = placeTaps(layer, "columns", taps.columns, { x: xBytes, w: wBytes });
  const isParallel = isShared(layer, elements(output.tensor.shape)) && newHeight >= threads;
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const lines = isParallel ? share(thread, newHeight, threads) : rangeOf(0, newHeight);
  if (elements(output.tensor.shape) === 0) {
    return { kernel: "nothing", remarks: [], code: [b.finish(name)], isParallel };
  }
  const operation = transposedOperation(tensors, operator.attributes);
  const sums = plainSums(layer, operation, { x: input!, w: filter!, bias });

  const isReverse = layer.step.direction === "reverse";
  forRange(b, { name: "image", range: rangeOf(0, batches), isReverse }, (image) => {
    const imageBytes = mul(image, height * width * xBytes);
    forRange(b, { name: "row", range: lines, isReverse }, (row) => {
      const down = loadTaps(b, rows, row);
      const line = b.let("line", mul(add(mul(image, newHeight), row), newWidth));
      b.for("column", { until: newWidth }, (column) => {
        const right = loadTaps(b, columns, column);
        const first = b.let("x_first", add(imageBytes, add(down.x, right.x)));
        const pixel = b.let("y", mul(add(line, column), filters));
        b.for("o", { until: filters }, (o) => {
          const sum = sums.begin(b);
          const x = b.let("x_row", first);
          const w = b.let("w_row", add(mul(o, filterH * filterW * wBytes), add(down.w, right.w)));
          b.for("kh", { until: down.count }, () => {
            const [pixelAt, tapAt] = [b.let("x", x), b.let("w", w)];
            b.for("kw", { until: right.count }, () => {
              sums.add(b, sum, { x: pixelAt, w: tapAt, count: depth });
              b.advance(pixelAt, xBytes);
              b.advance(tapAt, -strideW * wBytes);
            });
            b.advance(x, width * xBytes);
            b.advance(w, -strideH * filterW * wBytes);
          });
          sums.store(b, sum, { o, index: add(pixel, o) });
        });
      });
    });
  });
  return {
    kernel: `transpose conv ${output.tensor.dtype} scalar`,
    remarks: isParallel ? [`parallel rows over ${threads} threads`] : [],
    code: [b.finish(name), ...sums.code],
    isParallel,
  };
}
