import { elementsOf } from "../nest/define_nest.ts";
import { type NestDtype, type TensorData, zeros } from "../nest/dtype.ts";
import type { Nest } from "../nest/nest.ts";
import { ScheduleError } from "../schedule/loops.ts";
import {
  guardedAxes,
  movesThroughAxis,
  packedAccess,
  type PackedDimension,
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
  return tensorPacker(nest, name).pack(values);
}

/** What packs values as {@link packTensor} does, for several tensors of one shape. */
export interface TensorPacker {
  /** Of a copy. */
  readonly dtype: NestDtype;
  /** Elements of a copy. */
  readonly elements: number;
  /** Packs into zeros, or into an array of its own. */
  readonly pack: (values: TensorData, packed?: TensorData) => TensorData;
}

/**
 * The packer of a tensor.
 *
 * @throws {ScheduleError} the nest packs no such tensor, or inside a loop, or it is padded.
 */
export function tensorPacker(nest: Nest, name: string): TensorPacker {
  const known = packers.get(nest) ?? new Map<string, TensorPacker>();
  packers.set(nest, known);
  const packer = known.get(name) ?? packerOf(nest, name);
  known.set(name, packer);
  return packer;
}

// Blocks are the same in many layers.
const packers = new WeakMap<Nest, Map<string, TensorPacker>>();

function packerOf(nest: Nest, name: string): TensorPacker {
  const pack = nest.packs.find(({ tensor, at }) => tensor === name && at === null);
  if (!pack) {
    throw new ScheduleError(`Cannot pack "${name}" ahead of time: it has no copy before all loops`);
  }
  const tensor = nest.tensors.find((each) => each.name === name)!;
  const access = packedAccess(nest, pack);
  if (guardedAxes(nest, access).size > 0) {
    throw new ScheduleError(`Cannot pack "${name}" ahead of time: it is padded`);
  }
  const dimensions = packedDimensions(nest, pack);
  const elements = packedElements(nest, pack);
  const first = tensorRef(nest, access, []).offset;
  const walks = nest.axes.filter((axis) => movesThroughAxis(access, axis.name))
    .map(({ name: axis, extent }) => ({
      apart: tensorStride(tensor, access, axis),
      places: placesAlong(dimensions.filter(({ loop }) => loop.axis === axis), extent),
    }));
  return {
    dtype: pack.dtype,
    elements,
    pack: (values, packed = zeros(pack.dtype, elements)) => {
      if (values.length !== elementsOf(tensor)) {
        throw new RangeError(
          `"${name}" has ${elementsOf(tensor)} elements, found ${values.length} values`,
        );
      }
      copyWalked({ walks, values, packed }, 0, first, 0);
      return packed;
    },
  };
}

/** An axis: from one point to the next in the tensor, and where each point lies in the copy. */
interface Walk {
  readonly apart: number;
  readonly places: Int32Array;
}

/** Where each point of an axis lies in the copy: the sum of its places in the tiles around it. */
function placesAlong(dimensions: readonly PackedDimension[], extent: number): Int32Array {
  return Int32Array.from({ length: extent }, (_, point) => {
    let rest = point;
    let place = 0;
    for (const { loop: { step }, stride } of dimensions) {
      place += Math.floor(rest / step) * stride;
      rest %= step;
    }
    return place;
  });
}

/** Copies what lies along the axes from `depth` on: one element from the next, `from` there `to` here. */
function copyWalked(
  tensors: {
    readonly walks: readonly Walk[];
    readonly values: TensorData;
    readonly packed: TensorData;
  },
  depth: number,
  from: number,
  to: number,
): void {
  const { walks, values, packed } = tensors;
  const { apart, places } = walks[depth];
  let at = from;
  if (depth + 1 < walks.length) {
    for (let point = 0; point < places.length; point++, at += apart) {
      copyWalked(tensors, depth + 1, at, to + places[point]);
    }
    return;
  }
  for (let point = 0; point < places.length; point++, at += apart) {
    packed[to + places[point]] = values[at];
  }
}
