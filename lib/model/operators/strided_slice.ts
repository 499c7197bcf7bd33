import type { Operands, OperatorDefinition } from "../operator_definition.ts";
import { expectShape, known } from "../shape_faults.ts";

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
  check: shapeFault,
};

function shapeFault(
  attributes: StridedSliceAttributes,
  { inputs: [input, ...lists], outputs: [output] }: Operands,
): string | null {
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask, offset } = attributes;
  const [begin, end, strides] = lists.map(known);
  if (begin === null || end === null || strides === null) return null;
  if (ellipsisMask !== 0 || newAxisMask !== 0 || offset) return null;
  const count = begin.length;
  if (end.length !== count || strides.length !== count || count > input.shape.length) {
    return `begin [${begin}], end [${end}], strides [${strides}] on shape [${input.shape}]`;
  }
  if (strides.includes(0)) return "a stride of 0";
  const shape = input.shape.flatMap((extent, i) => {
    if (i >= count) return [extent];
    if (shrinkAxisMask >> i & 1) return [];
    // Where the walk may start and stop, and where it does; a walk backwards stops at -1.
    const stride = strides[i];
    const [low, high] = stride > 0 ? [0, extent] : [-1, extent - 1];
    const place = (index: number) =>
      Math.min(high, Math.max(low, index < 0 ? index + extent : index));
    const start = beginMask >> i & 1 ? (stride > 0 ? low : high) : place(begin[i]);
    const stop = endMask >> i & 1 ? (stride > 0 ? high : low) : place(end[i]);
    return [Math.max(0, Math.ceil((stop - start) / stride))];
  });
  return expectShape(output, shape);
}
