import { definitionOf, operandTensors } from "../model/definition_of.ts";
import { dtypeBits } from "../model/dtype.ts";
import type { Model } from "../model/model.ts";
import { MOST_RUNS, movesOf, rowsOf, runCount } from "../model/moves.ts";
import type { Operator } from "../model/operator.ts";
import type { Move, RowReads } from "../model/operator_definition.ts";
import { elements, sizeBytes } from "../model/shape.ts";
import type { Tensor } from "../model/tensor.ts";
import type { OverlapDistance } from "./overlap_distance.ts";

/** An output that may lie over an input: see `OverlapRule`. */
interface MovementRule extends OverlapDistance {
  readonly position: number;
  readonly output: number;
  readonly stillBytes: number | null;
  readonly isView: boolean;
  readonly inPlace: readonly never[];
  readonly reason: string;
}

// Each pair of tensors is asked for each move.
const MOST_QUESTIONS = 2 ** 22;

/**
 * Rules for every input and output between which an operator moves elements; null if it moves none, or
 * in ways that are not known.
 */
export function movementRules(
  { tensors }: Model,
  operator: Operator,
): readonly MovementRule[] | null {
  const { inputs, outputs } = operandTensors(operator, tensors);
  const moves = movesOf(operator, { inputs, outputs });
  if (moves === null || runCount(moves) > MOST_RUNS) return null;
  const pairs = Map.groupBy(moves, ({ input, output }) => `${input} ${output}`);
  if (pairs.size * moves.length > MOST_QUESTIONS) return null;
  return [...pairs.values()].map((own) => {
    const [{ input: position, output }] = own;
    const elementBytes = dtypeBits(outputs[output].dtype) / 8;
    const tensors = { from: inputs[position]!, to: outputs[output] };
    const distance = movementDistance(moves, { input: position, output, elementBytes });
    const still = keepsBytes(tensors) ? stillDistance(own) : null;
    const moved = own.reduce((sum, { extents }) => sum + elements(extents), 0);
    const isWhole = moved === elements(tensors.from.shape) || moved === elements(tensors.to.shape);
    const reason = "an element is moved after what lies where it goes to";
    return {
      position,
      output,
      ...withinReach(distance, tensors),
      stillBytes: still === null ? null : still * elementBytes,
      isView: still !== null && isWhole && !replaces(operator),
      inPlace: [],
      reason,
    };
  });
}

/** A rule for the image whose rows an operator goes through; null if it goes through none. */
export function rowRules({ tensors }: Model, operator: Operator): readonly MovementRule[] | null {
  const { inputs, outputs: [output] } = operandTensors(operator, tensors);
  const reads = rowsOf(operator, { inputs, outputs: [output] });
  if (reads === null || output.shape[0] * output.shape[1] > MOST_RUNS) return null;
  const input = inputs[reads.input]!;
  const distance = withinReach(rowDistance(reads, { input, output }), { from: input, to: output });
  const reason = "a row is stored where no row lies that it or a later one needs";
  return [
    {
      position: reads.input,
      output: 0,
      ...distance,
      stillBytes: null,
      isView: false,
      inPlace: [],
      reason,
    },
  ];
}

/** CONCATENATION brings uint8 to the output's quantization on the way. */
function keepsBytes({ from, to }: { readonly from: Tensor; readonly to: Tensor }): boolean {
  const [a, b] = [from, to].map(({ quantization }) => quantization);
  if (to.dtype !== "uint8" || a === null || b === null) return true;
  return a.scales[0] === b.scales[0] && a.zeroPoints[0] === b.zeroPoints[0];
}

function replaces({ op }: Operator): boolean {
  return op !== "OPAQUE" && definitionOf(op).replaces === true;
}

/** Distances at which the two do not overlap are always safe, and no larger ones are of use. */
function withinReach(
  { forwardBytes, reverseBytes }: OverlapDistance,
  { from, to }: { readonly from: Tensor; readonly to: Tensor },
): OverlapDistance {
  const [inputBytes, outputBytes] = [from, to].map(sizeBytes);
  return {
    forwardBytes: Math.min(Math.max(forwardBytes, -outputBytes), inputBytes),
    reverseBytes: Math.max(Math.min(reverseBytes, inputBytes), -outputBytes),
  };
}

/**
 * Rows come one after the other, `R(t)` to `U(t)` are the input's bytes that row t needs, `o` the bytes of
 * a row of the output, which may lie over nothing that the same row or a later one needs:
 *
 *     forward:  distance <= min over t of  (min over t' >= t of R(t')) - (t + 1) o
 *     reverse:  distance >= max over t of  (max over t' <= t of U(t')) - t o
 */
function rowDistance(
  { rows }: RowReads,
  { input, output }: { readonly input: Tensor; readonly output: Tensor },
): OverlapDistance {
  const [images, height] = input.shape;
  const inputRow = sizeBytes(input) / (images * height);
  const outputRow = sizeBytes(output) / (images * rows.length);
  const count = images * rows.length;
  const readBy = (turn: number) => {
    const [first, until] = rows[turn % rows.length];
    if (first === until) return null;
    const image = Math.floor(turn / rows.length) * height;
    return { from: (image + first) * inputRow, until: (image + until) * inputRow };
  };
  let [forwardBytes, reverseBytes] = [Infinity, -Infinity];
  let [later, earlier] = [Infinity, -Infinity];
  for (let turn = 0; turn < count; turn++) {
    const fromEnd = count - 1 - turn;
    later = Math.min(later, readBy(fromEnd)?.from ?? Infinity);
    forwardBytes = Math.min(forwardBytes, later - (fromEnd + 1) * outputRow);
    earlier = Math.max(earlier, readBy(turn)?.until ?? -Infinity);
    reverseBytes = Math.max(reverseBytes, earlier - turn * outputRow);
  }
  return { forwardBytes, reverseBytes };
}

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
function movementDistance(
  moves: readonly Move[],
  { input, output, elementBytes }: {
    /** Positions of the two among the operator's tensors. */
    readonly input: number;
    readonly output: number;
    readonly elementBytes: number;
  },
): OverlapDistance {
  const lines = moves.map((move): Line => ({
    extents: move.extents,
    read: move.input === input ? move.from : null,
    store: move.output === output ? move.to : null,
  }));
  return {
    forwardBytes: leastDistance(lines) * elementBytes,
    reverseBytes: -leastDistance(lines.map(turned).toReversed()) * elementBytes,
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

/** Elements from input to output at which all of these stay where they are; null if they cannot. */
function stillDistance(moves: readonly Move[]): number | null {
  const [distance] = moves.map(({ from, to }) => from.first - to.first);
  const isStill = moves.every(({ extents, from, to }) =>
    from.first - to.first === distance &&
    extents.every((extent, axis) => extent === 1 || from.steps[axis] === to.steps[axis])
  );
  return isStill ? distance : null;
}
