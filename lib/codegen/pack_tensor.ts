import { type DType, dtypeBytes, type TensorData, zeros } from "../nest/dtype.ts";
import type { Nest, Pack } from "../nest/nest.ts";
import { axisOf } from "../schedule/find_loop.ts";
import { packedAccess, packedDimensions, tensorStride } from "../schedule/strides.ts";

/**
 * A tensor's packed copy, made ahead of time: its elements in the order in which the loops use them,
 * zeros where a loop goes beyond an axis.
 *
 * @throws {TypeError} the nest does not pack the tensor before all loops.
 */
export function packTensor(
  nest: Nest,
  { tensor: name, values }: { readonly tensor: string; readonly values: ArrayLike<number> },
): TensorData {
  const pack = nest.packs.find(({ tensor, at }) => tensor === name && at === null);
  if (!pack) throw new TypeError(`${nest.name} does not pack "${name}" before all loops`);
  const tensor = nest.tensors.find((each) => each.name === name)!;
  const access = packedAccess(nest, pack);
  const dimensions = packedDimensions(nest, pack).map(({ loop, count, stride }) => ({
    axis: nest.axes.indexOf(axisOf(nest, loop)),
    count,
    stride,
    step: loop.step,
    tensorStride: tensorStride(tensor, access, loop.axis) * loop.step,
  }));
  const packed = zeros(pack.dtype, dimensions[0].count * dimensions[0].stride);
  const places = nest.axes.map(() => 0);
  const fill = (depth: number, from: number, to: number): void => {
    const { axis, count, stride, step, tensorStride } = dimensions[depth];
    const before = places[axis];
    const inside = Math.min(count, Math.ceil((nest.axes[axis].extent - before) / step));
    if (depth === dimensions.length - 1) {
      for (let i = 0; i < inside; i++) packed[to + i * stride] = values[from + i * tensorStride];
      return;
    }
    for (let i = 0; i < inside; i++) {
      places[axis] = before + i * step;
      fill(depth + 1, from + i * tensorStride, to + i * stride);
    }
    places[axis] = before;
  };
  fill(0, 0, 0);
  return packed;
}

/** Bytes from one step of a loop to the next in a packed copy; 0 if it does not move there. */
export function packedStepBytes(nest: Nest, pack: Pack, loop: string): number {
  const dimension = packedDimensions(nest, pack).find((each) => each.loop.name === loop);
  return (dimension?.stride ?? 0) * dtypeBytes(pack.dtype as DType);
}
