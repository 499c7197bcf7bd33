import { definitionOf } from "./definition_of.ts";
import { dtypeBits } from "./dtype.ts";
import type { Operator } from "./operator.ts";
import type { BoxPlace, InputTensors, Move, Operands, RowReads } from "./operator_definition.ts";
import { elements } from "./shape.ts";

/**
 * What an operator moves, without what is empty; null if that is not known before the run, or not
 * whole bytes within its tensors.
 */
export function movesOf(
  operator: Operator,
  operands: Operands<InputTensors>,
): readonly Move[] | null {
  if (operator.op === "OPAQUE") return null;
  const all = definitionOf(operator.op).moves?.(operator.attributes, operands) ?? null;
  if (all === null) return null;
  const moves = all.filter(({ extents }) => !extents.includes(0));
  const isSound = moves.every(({ input, output, extents, from, to }) => {
    const [source, target] = [operands.inputs[input], operands.outputs[output]];
    return source?.dtype === target.dtype && dtypeBits(target.dtype) >= 8 &&
      isWithin(from, extents, elements(source.shape)) &&
      isWithin(to, extents, elements(target.shape));
  });
  return isSound ? moves : null;
}

/**
 * Which rows of an image each row of an operator's output is computed from; null if that is not known,
 * or the rows are not whole bytes.
 */
export function rowsOf(operator: Operator, operands: Operands<InputTensors>): RowReads | null {
  if (operator.op === "OPAQUE") return null;
  const reads = definitionOf(operator.op).rows?.(operator.attributes, operands) ?? null;
  if (reads === null) return null;
  const [input, output] = [operands.inputs[reads.input], operands.outputs[0]];
  const isSound =
    [input, output].every((tensor) =>
      tensor?.shape.length === 4 && dtypeBits(tensor.dtype) >= 8 && elements(tensor.shape) > 0
    ) && input!.shape[0] === output.shape[0] &&
    reads.rows.every(([first, until]) => 0 <= first && first <= until && until <= input!.shape[1]);
  return isSound ? reads : null;
}

function isWithin({ first, steps }: BoxPlace, extents: readonly number[], count: number): boolean {
  const ways = extents.map((extent, axis) => (extent - 1) * steps[axis]);
  const least = ways.reduce((sum, way) => sum + Math.min(0, way), first);
  const most = ways.reduce((sum, way) => sum + Math.max(0, way), first);
  return least >= 0 && most < count;
}

/** Elements side by side in input and output that are moved one behind the other. */
export function runLength({ extents, from, to }: Move): number {
  let length = 1;
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    if (extents[axis] === 1) continue;
    if (from.steps[axis] !== length || to.steps[axis] !== length) break;
    length *= extents[axis];
  }
  return length;
}

/** How many such runs there are. */
export function runCount(moves: readonly Move[]): number {
  return moves.reduce((sum, move) => sum + elements(move.extents) / runLength(move), 0);
}
