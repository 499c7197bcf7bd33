import type { Value } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, constant, mul } from "../../../kernel/values.ts";
import { elements, strides } from "../../../model/shape.ts";
import { type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { matmulOperation, type MatmulWalk, matmulWalk } from "../../reference/matmul_operation.ts";
import { isShared } from "../elementwise/element_loops.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";
import { elementType } from "./layer_numbers.ts";
import { plainSums } from "./plain_sums.ts";

/** BATCH_MATMUL of any type that the reference takes, in scalars: element by element. */
export function matmulScalar(layer: Layer): LayerKernel | null {
  const operator = operatorOf(layer, "BATCH_MATMUL");
  if (operator === null) return null;
  const { name, inputs, outputs: [output], threads } = layer;
  const [x, w] = [inputs[0]!, inputs[1]!];
  const { dtype, shape } = output.tensor;
  const tensors = [x.tensor, w.tensor];
  const walk = matmulWalk(tensors, output.tensor, operator.attributes);
  const { rows, columns, depth } = walk;
  const { bytes } = elementType(dtype);
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const isParallel = isShared(layer, elements(shape)) && rows >= threads;
  const lines = isParallel ? share(thread, rows, threads) : rangeOf(0, rows);
  if (elements(shape) === 0) {
    return { kernel: "nothing", remarks: [], code: [b.finish(name)], isParallel };
  }
  const sums = plainSums(layer, matmulOperation(tensors, output.tensor), {
    x,
    w,
    bias: null,
    hasActivation: false,
  });

  walkBatches(b, { walk, shape, bytes }, ([left, right, first]) => {
    forRange(b, { name: "row", range: lines, isReverse: false }, (row) => {
      const line = b.let("line", add(left, mul(row, walk.x.line * bytes)));
      const index = b.let("index", add(first, mul(row, columns)));
      b.for("column", { until: columns }, (column) => {
        const sum = sums.begin(b);
        sums.add(b, sum, {
          x: line,
          w: add(right, mul(column, walk.w.line * bytes)),
          count: depth,
          xStep: walk.x.depth,
          wStep: walk.w.depth,
        });
        sums.store(b, sum, { o: constant(0), index: add(index, column) });
      });
    });
  });
  return {
    kernel: `matmul ${dtype} scalar`,
    remarks: isParallel ? [`parallel rows over ${threads} threads`] : [],
    code: [b.finish(name), ...sums.code],
    isParallel,
  };
}

/**
 * Goes from matrix to matrix: bytes to those of both operands, and elements to that of the output, of
 * the shape given.
 */
export function walkBatches(
  b: KernelBuilder,
  { walk, shape, bytes }: {
    readonly walk: MatmulWalk;
    readonly shape: readonly number[];
    readonly bytes: number;
  },
  body: (offsets: readonly [x: Value, w: Value, y: Value]) => void,
): void {
  const outer = strides(shape);
  function batch(axis: number, offsets: readonly [Value, Value, Value]): void {
    if (axis === walk.batches.length) return body(offsets);
    const steps = [walk.x.batches[axis] * bytes, walk.w.batches[axis] * bytes, outer[axis]];
    b.for("batch", { until: walk.batches[axis] }, (index) => {
      const [x, w, y] = offsets.map((from, i) => b.let("offset", add(from, mul(index, steps[i]))));
      batch(axis + 1, [x, w, y]);
    });
  }
  batch(0, [constant(0), constant(0), constant(0)]);
}
