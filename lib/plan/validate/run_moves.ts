import { throwIfStopped } from "../../host.ts";
import { definitionOf, operandTensors } from "../../model/definition_of.ts";
import { dtypeBits } from "../../model/dtype.ts";
import type { Model } from "../../model/model.ts";
import { MOST_RUNS, movesOf, rowsOf, runCount, runLength } from "../../model/moves.ts";
import type { Operator } from "../../model/operator.ts";
import type { InputTensors, Move, Operands, RowReads } from "../../model/operator_definition.ts";
import { elements, sizeBytes } from "../../model/shape.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { Plan, PlanBuffer, PlanStep } from "../plan.ts";

/** Bytes that are read, or stored, at a moment. */
interface Touch {
  readonly from: number;
  readonly until: number;
  readonly time: number;
}

/** Bytes that are read of an input. */
interface Read extends Touch {
  readonly input: number;
}

/** A byte of an input that is read too late. */
interface Lost {
  readonly input: number;
  readonly byte: number;
}

/** How a movement runs in an arena. */
interface MovementRun {
  readonly direction: PlanStep["direction"];
  /** Where a tensor of the operator begins, by its position; null: not in the arena. */
  readonly inputAt: (input: number) => number | null;
  readonly outputAt: (output: number) => number | null;
}

/** An operator that moves elements, or goes through the rows of an image. */
interface Movement {
  /** The inputs that it does so with, by their positions. */
  readonly inputs: readonly number[];
  /** Finds a byte of an input that is read after something was stored on it; null if there is none. */
  readonly run: (place: MovementRun) => Lost | null;
}

/** How an operator moves elements; one of which that is not known has no inputs that it moves. */
export function movementOf(operator: Operator, tensors: readonly Tensor[]): Movement {
  const operands = operandTensors(operator, tensors);
  const [all, image] = [movesOf(operator, operands), rowsOf(operator, operands)];
  const [{ shape }] = operands.outputs;
  const moves = all !== null && runCount(all) <= MOST_RUNS ? all : null;
  const rows = image !== null && shape[0] * shape[1] <= MOST_RUNS ? image : null;
  const elementBytes = dtypeBits(operands.outputs[0].dtype) / 8;
  return {
    inputs: moves?.map(({ input }) => input) ?? (rows === null ? [] : [rows.input]),
    run: (place) =>
      rows === null
        ? runMoves(moves ?? [], { ...place, elementBytes })
        : runRows(rows, { ...place, operands }),
  };
}

/** A buffer that is a part of another from a step on, both of which live on. */
export interface View {
  readonly part: PlanBuffer;
  readonly whole: PlanBuffer;
}

/** The outputs of a step that the plan says to be views of inputs, or these of them, if they are. */
export function viewsAt(
  { plan, model, bufferOf }: {
    readonly plan: Plan;
    readonly model: Model;
    readonly bufferOf: (tensor: number) => PlanBuffer | undefined;
  },
  index: number,
): readonly View[] {
  const { operator: number, inputs, outputs } = plan.steps[index];
  const operator = model.operators[number];
  const moves = movesOf(operator, operandTensors(operator, model.tensors)) ?? [];
  const found = outputs.map(bufferOf).flatMap((to, output) =>
    (to?.shares ?? []).filter(({ form, step }) => form === "view" && step === index)
      .flatMap(({ buffer }): View[] => {
        const from = plan.buffers.find(({ id }) => id === buffer)!;
        const own = moves.filter((move) =>
          move.output === output && from.tensors.includes(inputs[move.input])
        );
        if (own.length === 0 || !areStill(own, { from, to: to!, operator, model })) return [];
        // Buffers may be larger than what they hold.
        const [x, y] = [operator.inputs[own[0].input], operator.outputs[output]];
        const isPart = sizeBytes(model.tensors[x]) < sizeBytes(model.tensors[y]);
        return [{ part: isPart ? from : to!, whole: isPart ? to! : from }];
      })
  );
  return found;
}

/** Whether moves leave every element where it is and as it is, and all of a tensor takes part. */
function areStill(
  moves: readonly Move[],
  { from, to, operator, model: { tensors } }: {
    readonly from: PlanBuffer;
    readonly to: PlanBuffer;
    readonly operator: Operator;
    readonly model: Model;
  },
): boolean {
  const [{ input, output }] = moves;
  const [x, y] = [tensors[operator.inputs[input]], tensors[operator.outputs[output]]];
  const bytes = dtypeBits(y.dtype) / 8;
  const scaleOf = ({ quantization }: Tensor) =>
    `${quantization?.scales[0]} ${quantization?.zeroPoints[0]}`;
  const isKept = y.dtype !== "uint8" || scaleOf(x) === scaleOf(y);
  const isReplaced = operator.op !== "OPAQUE" && definitionOf(operator.op).replaces === true;
  const moved = moves.reduce((sum, { extents }) => sum + elements(extents), 0);
  const isWhole = moves.every((move) => move.input === input) &&
    (moved === elements(x.shape) || moved === elements(y.shape));
  return isKept && !isReplaced && isWhole &&
    moves.every(({ extents, from: source, to: target }) =>
      from.offsetBytes + source.first * bytes === to.offsetBytes + target.first * bytes &&
      extents.every((extent, axis) => extent === 1 || source.steps[axis] === target.steps[axis])
    );
}

/** Runs moves one after the other, or backward, run by run. */
function runMoves(
  moves: readonly Move[],
  { direction, elementBytes, inputAt, outputAt }: MovementRun & { readonly elementBytes: number },
): Lost | null {
  const isForward = direction === "forward";
  const reads: Read[] = [];
  const stores: Touch[] = [];
  let turn = 0;
  for (const move of moves) {
    const [source, target] = [inputAt(move.input), outputAt(move.output)];
    const bytes = runLength(move) * elementBytes;
    for (const { read, stored } of runsOf(move)) {
      throwIfStopped();
      const time = isForward ? turn++ : -turn++;
      const [from, to] = [source ?? NaN, target ?? NaN].map((begin, i) => (
        begin + (i === 0 ? read : stored) * elementBytes
      ));
      // A run over itself: its elements come one after the other.
      const way = isForward ? to - from : from - to;
      if (way > 0 && way < bytes && bytes > elementBytes) {
        return { input: move.input, byte: Math.max(from, to) };
      }
      if (source !== null) reads.push({ from, until: from + bytes, time, input: move.input });
      if (target !== null) stores.push({ from: to, until: to + bytes, time });
    }
  }
  return firstLost(reads, stores);
}

/**
 * The same for what goes through an image row by row: a row is read and stored at the same time, in no
 * order.
 */
function runRows(
  { input, rows }: RowReads,
  { direction, operands, inputAt, outputAt }: MovementRun & {
    readonly operands: Operands<InputTensors>;
  },
): Lost | null {
  const [source, target] = [operands.inputs[input]!, operands.outputs[0]];
  const [images, height] = source.shape;
  const [fromRow, toRow] = [source, target].map((tensor) => (
    sizeBytes(tensor) / (tensor.shape[0] * tensor.shape[1])
  ));
  const [fromByte, toByte] = [inputAt(input)!, outputAt(0)!];
  const reads: Read[] = [];
  const stores: Touch[] = [];
  for (let turn = 0; turn < images * rows.length; turn++) {
    const stored = toByte + turn * toRow;
    const [first, until] = rows[turn % rows.length];
    const image = Math.floor(turn / rows.length) * height;
    const [begin, end] = [first, until].map((row) => fromByte + (image + row) * fromRow);
    // Read after what is stored in the same turn, which asks for the most.
    const time = direction === "forward" ? 2 * turn : -2 * turn;
    stores.push({ from: stored, until: stored + toRow, time });
    if (first < until) reads.push({ from: begin, until: end, time: time + 1, input });
  }
  return firstLost(reads, stores);
}

/** The first byte that is read later than something was stored there. */
function firstLost(reads: readonly Read[], stores: readonly Touch[]): Lost | null {
  const sorted = stores.toSorted((a, b) => a.from - b.from);
  for (const { from, until, time, input } of reads) {
    throwIfStopped();
    for (let i = firstEndingAfter(sorted, from); i < sorted.length; i++) {
      if (sorted[i].from >= until) break;
      if (sorted[i].time < time) return { input, byte: Math.max(from, sorted[i].from) };
    }
  }
  return null;
}

/** Where each run of a move begins, in elements of both tensors, in the order of its indices. */
function* runsOf(move: Move): Generator<{ readonly read: number; readonly stored: number }> {
  const { extents, from, to } = move;
  let rest = runLength(move);
  let loops = extents.length;
  while (rest > 1) rest /= extents[--loops];
  const index = new Array<number>(loops).fill(0);
  let [read, stored] = [from.first, to.first];
  while (true) {
    yield { read, stored };
    let axis = loops - 1;
    for (; axis >= 0; axis--) {
      index[axis]++;
      read += from.steps[axis];
      stored += to.steps[axis];
      if (index[axis] < extents[axis]) break;
      index[axis] = 0;
      read -= extents[axis] * from.steps[axis];
      stored -= extents[axis] * to.steps[axis];
    }
    if (axis < 0) return;
  }
}

/** Stores lie apart from each other, so that they end in the order in which they begin. */
function firstEndingAfter(stores: readonly Touch[], byte: number): number {
  let [low, high] = [0, stores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stores[middle].until > byte) high = middle;
    else low = middle + 1;
  }
  return low;
}
