import type { Move } from "../model/operator_definition.ts";
import type { OverlapDistance } from "./overlap_distance.ts";

/** A box as a line in its indices: where an index is read and stored, in bytes from the tensors' begins. */
interface Line {
  readonly extents: readonly number[];
  readonly read: { readonly first: number; readonly steps: readonly number[] } | null;
  readonly store: { readonly first: number; readonly steps: readonly number[] } | null;
}

/**
 * How far the output of an operator that moves elements may overlap its input, when elements are moved
 * one after the other. Element t is read at `r(t)` and stored at `w(t)`, `e` bytes long:
 *
 *     forward:  distance <= min over t of  (min over later t' of r(t')) - w(t) - e
 *     reverse:  distance >= max over t of  (max over earlier t' of r(t')) + e - w(t)
 *
 * Both r and w are sums of index times step. What comes later shares the first indices, is ahead in the
 * next one, and is free in those behind: each of these cases is a sum of lines, least at their ends.
 * Backward is forward seen from the other end. Vectors are loaded before they are stored, which reads
 * earlier, never later.
 */
export function movementDistance(
  moves: readonly Move[],
  { input, output, elementBytes, inputBytes, outputBytes }: {
    /** Positions of the two among the operator's tensors. */
    readonly input: number;
    readonly output: number;
    readonly elementBytes: number;
    readonly inputBytes: number;
    readonly outputBytes: number;
  },
): OverlapDistance {
  const lines = moves.map((move): Line => ({
    extents: move.extents,
    read: move.input === input ? move.from : null,
    store: move.output === output ? move.to : null,
  }));
  const forward = leastDistance(lines) * elementBytes;
  const reverse = -leastDistance(lines.map(turned).toReversed()) * elementBytes;
  return {
    forwardBytes: Math.min(Math.max(forward, -outputBytes), inputBytes),
    reverseBytes: Math.max(Math.min(reverse, inputBytes), -outputBytes),
  };
}

/** A box from its last index to its first, with addresses that count down. */
function turned({ extents, read, store }: Line): Line {
  const turn = (place: Line["read"]) =>
    place && {
      first: place.steps.reduce((sum, step, axis) =>
        sum - step * (extents[axis] - 1), -place.first) - 1,
      steps: place.steps,
    };
  return { extents, read: turn(read), store: turn(store) };
}

/** The least and the most of a line. */
function reach(
  { first, steps }: NonNullable<Line["read"]>,
  extents: readonly number[],
): { readonly least: number; readonly most: number } {
  const ways = steps.map((step, axis) => step * (extents[axis] - 1));
  return {
    least: ways.reduce((sum, way) => sum + Math.min(0, way), first),
    most: ways.reduce((sum, way) => sum + Math.max(0, way), first),
  };
}

/** The largest distance of loops that run forward, in elements. */
function leastDistance(lines: readonly Line[]): number {
  let distance = Infinity;
  let later = Infinity;
  for (const line of lines.toReversed()) {
    if (line.store !== null) {
      distance = Math.min(distance, later - reach(line.store, line.extents).most - 1);
      if (line.read !== null) distance = Math.min(distance, withinBox(line));
    }
    if (line.read !== null) later = Math.min(later, reach(line.read, line.extents).least);
  }
  return distance;
}

/** The same within one box. */
function withinBox({ extents, read, store }: Line): number {
  const [r, w] = [read!, store!];
  let distance = Infinity;
  for (let ahead = 0; ahead < extents.length; ahead++) {
    if (extents[ahead] < 2) continue;
    const sum = extents.reduce((sum, extent, axis) => {
      const [rStep, wStep] = [r.steps[axis], w.steps[axis]];
      const last = extent - 1;
      if (axis < ahead) return sum + Math.min(0, last * (rStep - wStep));
      if (axis > ahead) return sum + Math.min(0, last * rStep) - Math.max(0, last * wStep);
      // Read at any index ahead of the one that is stored.
      const next = (index: number) => (rStep < 0 ? last : index + 1) * rStep - index * wStep;
      return sum + Math.min(next(0), next(last - 1));
    }, r.first - w.first - 1);
    distance = Math.min(distance, sum);
  }
  return distance;
}
