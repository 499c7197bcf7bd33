import type { Move, Operands, OperatorDefinition } from "../operator_definition.ts";
import { position, strides, wholeOf } from "../shape.ts";
import { expectShape, known } from "../shape_faults.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Attributes of STRIDED_SLICE: bit i of a mask speaks of dimension i.
 *
 * @category Models
 */
export interface StridedSliceAttributes {
  /** Start at the first element. */
  readonly beginMask: number;
  /** Go to the last element. */
  readonly endMask: number;
  /** Stands for as many dimensions as needed. */
  readonly ellipsisMask: number;
  /** Inserts a dimension. */
  readonly newAxisMask: number;
  /** Drops the dimension. */
  readonly shrinkAxisMask: number;
  /** The end is counted from the begin. */
  readonly offset: boolean;
}

/** STRIDED_SLICE. */
export const stridedSlice: OperatorDefinition<StridedSliceAttributes> = {
  description: "Cuts a box; inputs: data, begin, end, strides",
  optionTable: "StridedSliceOptions",
  inputs: 4,
  access: { kind: "movement" },
  moves: sliceMoves,
  check: shapeFault,
};

function shapeFault(
  attributes: StridedSliceAttributes,
  { inputs: [input, ...lists], outputs: [output] }: Operands,
): string | null {
  const { ellipsisMask, newAxisMask, shrinkAxisMask, offset } = attributes;
  const [begin, end, stride] = lists.map(known);
  if (begin === null || end === null || stride === null) return null;
  if (ellipsisMask !== 0 || newAxisMask !== 0 || offset) return null;
  const count = begin.length;
  if (end.length !== count || stride.length !== count || count > input.shape.length) {
    return `begin [${begin}], end [${end}], strides [${stride}] on shape [${input.shape}]`;
  }
  if (stride.includes(0)) return "a stride of 0";
  const ranges = rangesOf(attributes, { input, begin, end, stride });
  const isDropped = (axis: number) => axis < count && (shrinkAxisMask >> axis & 1) === 1;
  const shape = ranges.filter((_, axis) => !isDropped(axis)).map((range) => range.count);
  return expectShape(output, shape);
}

/** The indices that it takes of every dimension: dimensions that are dropped have one. */
function rangesOf(
  { beginMask, endMask, shrinkAxisMask }: StridedSliceAttributes,
  { input, begin, end, stride: steps }: {
    readonly input: Tensor;
    readonly begin: readonly number[];
    readonly end: readonly number[];
    readonly stride: readonly number[];
  },
): readonly { readonly first: number; readonly stride: number; readonly count: number }[] {
  return input.shape.map((extent, i) => {
    if (i >= begin.length) return { first: 0, stride: 1, count: extent };
    // Where the walk may start and stop, and where it does; a walk backwards stops at -1.
    const stride = steps[i];
    const [low, high] = stride > 0 ? [0, extent] : [-1, extent - 1];
    const place = (index: number) =>
      Math.min(high, Math.max(low, index < 0 ? index + extent : index));
    const first = beginMask >> i & 1 ? (stride > 0 ? low : high) : place(begin[i]);
    if (shrinkAxisMask >> i & 1) return { first, stride, count: 1 };
    const stop = endMask >> i & 1 ? (stride > 0 ? high : low) : place(end[i]);
    return { first, stride, count: Math.max(0, Math.ceil((stop - first) / stride)) };
  });
}

function sliceMoves(
  attributes: StridedSliceAttributes,
  { inputs: [input, ...lists] }: Operands,
): readonly Move[] | null {
  const { ellipsisMask, newAxisMask, offset } = attributes;
  const [begin, end, stride] = lists.map(known);
  if (begin === null || end === null || stride === null || stride.includes(0)) return null;
  if (ellipsisMask !== 0 || newAxisMask !== 0 || offset) return null;
  if (end.length !== begin.length || stride.length !== begin.length) return null;
  if (lists[0].shape[0] !== begin.length) return null;
  const ranges = rangesOf(attributes, { input, begin, end, stride });
  const own = strides(input.shape);
  const extents = ranges.map(({ count }) => count);
  const from = {
    first: position(ranges.map(({ first }) => first), own),
    steps: ranges.map(({ stride }, axis) => stride * own[axis]),
  };
  return [{ input: 0, output: 0, extents, from, to: wholeOf({ shape: extents }) }];
}
