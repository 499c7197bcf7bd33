import { position, strides } from "../../model/shape.ts";
import type { StridedSliceAttributes } from "../../model/operators/strided_slice.ts";
import { EngineError } from "../engine_error.ts";
import type { EngineOperator } from "../engine_operator.ts";
import { moveElements } from "../kernels/movement/move_boxes.ts";
import { clamp } from "../reference/clamp.ts";
import { gather } from "../reference/elementwise.ts";
import { constantList, expectSameType, MOVABLE } from "../reference/expect.ts";
import { mapIndices } from "../reference/indices.ts";
import type { Operation, ReferenceKernel } from "../reference/prepare.ts";

/** Every `stride`-th element from `begin` up to `end`, without it, in every dimension. */
export const stridedSlice: EngineOperator<"STRIDED_SLICE"> = {
  types: MOVABLE,
  reference: prepareStridedSlice,
  hasVectors: true,
  kernels: [moveElements],
};

function prepareStridedSlice(operation: Operation<"STRIDED_SLICE">): ReferenceKernel {
  const { inputs: [input], outputs: [output] } = operation;
  expectSameType([input, output], MOVABLE);
  const { first, steps, counts } = sliceWalk(operation);
  return gather(mapIndices(counts, (index) => first + position(index, steps)));
}

/** Where a slice begins, how many indices it takes of every dimension, and how far they lie apart. */
function sliceWalk({ attributes, inputs }: Operation<"STRIDED_SLICE">): {
  readonly first: number;
  readonly steps: readonly number[];
  readonly counts: readonly number[];
} {
  const [input, begin, end, stride] = inputs;
  if (attributes.ellipsisMask !== 0 || attributes.newAxisMask !== 0 || attributes.offset) {
    throw new EngineError("an ellipsis, a new axis, or an end counted from the begin");
  }
  const begins = constantList("begin", begin);
  const ends = constantList("end", end);
  const steps = constantList("strides", stride);
  const ranges = input.shape.map((extent, axis) =>
    axis < begins.length
      ? walk(
        { axis, extent, begin: begins[axis], end: ends[axis], stride: steps[axis] },
        attributes,
      )
      : { first: 0, count: extent, step: 1 }
  );
  const inputSteps = strides(input.shape);
  return {
    first: position(ranges.map((range) => range.first), inputSteps),
    steps: ranges.map((range, axis) => range.step * inputSteps[axis]),
    counts: ranges.map((range) => range.count),
  };
}

/** The indices that a slice takes of one dimension; a walk backwards may end at -1. */
function walk(
  slice: {
    readonly axis: number;
    readonly extent: number;
    readonly begin: number;
    readonly end: number;
    readonly stride: number;
  },
  { beginMask, endMask, shrinkAxisMask }: StridedSliceAttributes,
): { readonly first: number; readonly count: number; readonly step: number } {
  const { axis, extent, begin, end, stride } = slice;
  const isSet = (mask: number) => (mask >> axis & 1) === 1;
  const bounds = stride > 0 ? { min: 0, max: extent } : { min: -1, max: extent - 1 };
  const [start, stop] = stride > 0 ? [bounds.min, bounds.max] : [bounds.max, bounds.min];
  const place = (index: number) => clamp(index < 0 ? index + extent : index, bounds);
  const first = isSet(beginMask) ? start : place(begin);
  if (isSet(shrinkAxisMask)) {
    if (first >= 0 && first < extent) return { first, count: 1, step: stride };
    throw new EngineError(`element ${begin} of dimension ${axis} of extent ${extent}`);
  }
  const last = isSet(endMask) ? stop : place(end);
  return { first, count: Math.max(0, Math.ceil((last - first) / stride)), step: stride };
}
