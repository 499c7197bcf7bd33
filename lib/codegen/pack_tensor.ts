import { elementsOf } from "../nest/define_nest.ts";
import { type TensorData, zeros } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { ScheduleError } from "../schedule/schedule_error.ts";
import {
  guardedAxes,
  packedAccess,
  packedDimensions,
  packedElements,
  tensorStride,
} from "../schedule/strides.ts";
import { tensorRef } from "./refs.ts";

/**
 * Lays out the values of a tensor as the copy that a nest packs before all loops: weights that are
 * packed ahead of time. What lies beyond a tile or an axis is zero.
 *
 * @throws {ScheduleError} the nest packs no such tensor, or inside a loop, or it is padded.
 * @throws {RangeError} there are more or fewer values than the tensor has elements.
 */
export function packTensor(nest: Nest, name: string, values: TensorData): TensorData {
  const pack = nest.packs.find(({ tensor, at }) => tensor === name && at === null);
  if (!pack) {
    throw new ScheduleError(`Cannot pack "${name}" ahead of time: it has no copy before all loops`);
  }
  const tensor = nest.tensors.find((each) => each.name === name)!;
  if (values.length !== elementsOf(tensor)) {
    throw new RangeError(
      `"${name}" has ${elementsOf(tensor)} elements, found ${values.length} values`,
    );
  }
  const access = packedAccess(nest, pack);
  if (guardedAxes(nest, access).size > 0) {
    throw new ScheduleError(`Cannot pack "${name}" ahead of time: it is padded`);
  }
  const dimensions = packedDimensions(nest, pack);
  const packed = zeros(pack.dtype, packedElements(nest, pack));
  const first = tensorRef(nest, access, []).offset;
  // What remains of the tile that is being walked, by axis.
  const left = new Map(nest.axes.map(({ name: axis, extent }) => [axis, extent]));
  const fill = (depth: number, to: number, from: number): void => {
    if (depth === dimensions.length) {
      packed[to] = values[from];
      return;
    }
    const { loop: { axis, step }, count, stride } = dimensions[depth];
    const remains = left.get(axis)!;
    const apart = step * tensorStride(tensor, access, axis);
    for (let index = 0; index < count && index * step < remains; index++) {
      left.set(axis, Math.min(step, remains - index * step));
      fill(depth + 1, to + index * stride, from + index * apart);
    }
    left.set(axis, remains);
  };
  fill(0, 0, first);
  return packed;
}
