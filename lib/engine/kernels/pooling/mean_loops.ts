import { strides } from "../../../model/shape.ts";
import type { KernelCode } from "../../../kernel/kernel.ts";
import { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, mul } from "../../../kernel/values.ts";
import { dtypeBits } from "../../../model/dtype.ts";
import { hasVectors, type Layer, type LayerKernel, operatorOf } from "../../layer.ts";
import { reducedAxes } from "../../reference/factors.ts";
import { collapseDimensions, elementLoops, type Elements } from "../elementwise/element_loops.ts";
import { LANES } from "../vectors/quantized_vectors.ts";

/** Elements of the output whose inputs are to be summed up. */
export interface Sum {
  readonly b: KernelBuilder;
  /** Where their results go. */
  readonly output: Elements;
  readonly count: number;
  /** Goes over what they are summed of: `count` elements at a time, at the places given. */
  readonly each: (visit: (x: Elements) => void) => void;
}

/** How a MEAN goes over its input. */
export interface MeanShape {
  /** Elements that go into one sum. */
  readonly terms: number;
  /** Sums that are made together: a vector's, if they lie side by side in the input, or 1. */
  readonly lanes: number;
}

/** Makes the loops of MEAN: those over the axes kept outside, those over the others inside. */
export function meanLoops(
  layer: Layer,
  make: (shape: MeanShape) => {
    readonly code: readonly KernelCode[];
    readonly emit: (sum: Sum) => void;
  },
): LayerKernel | null {
  if (operatorOf(layer, "MEAN") === null) return null;
  const { name, inputs: [input, axes], outputs: [output], threads } = layer;
  const { shape, dtype } = input!.tensor;
  const reduced = reducedAxes(input!.tensor, axes!.tensor);
  const indices = shape.map((_, axis) => axis);
  const steps = strides(shape);
  const keptAxes = indices.filter((axis) => !reduced.has(axis));
  const extents = keptAxes.map((axis) => shape[axis]);
  const kept = collapseDimensions({
    extents,
    steps: [keptAxes.map((axis) => steps[axis]), strides(extents)],
  });
  const reducedList = indices.filter((axis) => reduced.has(axis));
  const inner = collapseDimensions({
    extents: reducedList.map((axis) => shape[axis]),
    steps: [reducedList.map((axis) => steps[axis])],
  });
  const isSideBySide = kept.steps.every((each) => each.at(-1) === 1);
  const lanes = isSideBySide && hasVectors(layer) ? LANES : 1;
  const terms = inner.extents.reduce((product, extent) => product * extent, 1);
  const elementBytes = dtypeBits(dtype) / 8;
  const { code, emit } = make({ terms, lanes });
  const b = new KernelBuilder();
  const thread = b.parameter("thread");
  const tensors = [input!, output].map(({ region }) => ({ region, elementBytes }));
  const each = (x: Elements, visit: (x: Elements) => void, axis = 0): void => {
    if (axis === inner.extents.length) return visit(x);
    b.for("term", { until: inner.extents[axis] }, (index) => {
      const address = add(x.address, mul(index, inner.steps[0][axis] * elementBytes));
      each({ ...x, address: b.let("x", address) }, visit, axis + 1);
    });
  };
  const { isParallel } = elementLoops(b, {
    layer,
    thread,
    tensors,
    dimensions: kept,
    lanes,
  }, ([x, y], count) => emit({ b, output: y, count, each: (visit) => each(x, visit) }));
  return {
    kernel: `mean ${dtype}`,
    remarks: [
      ...lanes > 1 ? [`vectorize by ${lanes}`] : [],
      ...isParallel ? [`parallel over ${threads} threads`] : [],
    ],
    code: [b.finish(name), ...code],
    isParallel,
  };
}
