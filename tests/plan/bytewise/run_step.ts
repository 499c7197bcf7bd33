import { operandTensors } from "../../../lib/model/definition_of.ts";
import { dtypeBits } from "../../../lib/model/dtype.ts";
import { movesOf } from "../../../lib/model/moves.ts";
import type { Move } from "../../../lib/model/operator_definition.ts";
import { operatorName } from "../../../lib/model/operator.ts";
import { sizeBytes } from "../../../lib/model/shape.ts";
import type { PlanBuffer, PlanStep } from "../../../lib/plan/plan.ts";
import { finding, type PlanFinding } from "../../../lib/plan/validate/check_removed.ts";
import type { ArenaContent } from "../../../lib/plan/validate/arena.ts";
import type { RunStage } from "../../../lib/plan/validate/run_step.ts";
import { type StepWalk, walkOf } from "./walk.ts";

/** An input of a step: the tensor, where it lies, and how the step goes over it. */
interface Source {
  readonly tensor: number;
  readonly buffer: PlanBuffer;
  readonly walk: StepWalk | null;
}

/**
 * Runs a step byte by byte, in the order and direction that the plan states, and finds reads of bytes
 * that something else was stored on. One finding a step is enough.
 */
export function runStep(stage: RunStage, index: number): PlanFinding[] {
  const { plan, model, arena, bufferOf, isPlaced } = stage;
  const step = plan.steps[index];
  const at = { step: index, operator: step.operator };
  const name = `operator ${step.operator} ${operatorName(model.operators[step.operator])}`;
  const sources = [...new Set(step.inputs)].filter((tensor) => tensor !== -1 && isPlaced(tensor))
    .map((tensor): Source => (
      { tensor, buffer: bufferOf(tensor)!, walk: walkOf(model, step, tensor) }
    ));
  for (const { tensor, buffer } of sources) {
    const byte = arena.lost(buffer, 0, sizeBytes(model.tensors[tensor]));
    if (byte === -1) continue;
    const message = `${name} reads t${tensor}, but byte ${byte} of the arena holds something else`;
    return [finding(message, { ...at, tensor, byte })];
  }
  const scratch = plan.buffers.filter(({ id }) => step.scratch.includes(id));
  for (const buffer of scratch) {
    arena.store(buffer, 0, buffer.sizeBytes);
    const hit = sources.find((source) => meet(source.buffer, buffer));
    if (hit === undefined) continue;
    const message = `${name}: scratch ${buffer.id} lies on its input t${hit.tensor}`;
    return [finding(message, { ...at, tensor: hit.tensor, byte: buffer.offsetBytes })];
  }
  const outputs = step.outputs.map((tensor) => ({ tensor, buffer: bufferOf(tensor)! }));
  for (const { tensor, buffer } of outputs) {
    const hit = scratch.find((other) => meet(buffer, other));
    if (hit === undefined) continue;
    const message = `${name}: scratch ${hit.id} lies on its output t${tensor}`;
    return [finding(message, { ...at, tensor, byte: hit.offsetBytes })];
  }
  const views = viewsOf(stage, index);
  const isView = (a: PlanBuffer, b: PlanBuffer) =>
    views.some((pair) => pair.includes(a) && pair.includes(b));
  const shared = sources.filter(({ buffer }) =>
    outputs.some((o) => meet(o.buffer, buffer) && !isView(o.buffer, buffer))
  );
  const store = () => {
    for (const { tensor, buffer } of outputs) {
      if (views.some(([part]) => part === buffer)) continue;
      arena.store(buffer, 0, sizeBytes(model.tensors[tensor]));
    }
    for (const [part, whole] of views) arena.identify(part, whole);
  };
  if (shared.length === 0 || step.form === "plain") {
    if (shared.length > 0) {
      const [{ tensor, buffer }] = shared;
      const message = `${name} is plain, but its output lies on its input t${tensor}`;
      return [finding(message, { ...at, tensor, byte: buffer.offsetBytes })];
    }
    store();
    return [];
  }
  const moves = step.form === "overlap"
    ? movesOf(
      model.operators[step.operator],
      operandTensors(model.operators[step.operator], model.tensors),
    )
    : null;
  if (moves !== null) {
    const lost = runMoves(stage, step, { moves, shared });
    store();
    return lost === null ? [] : [finding(`${name}: ${lost.message}`, { ...at, ...lost })];
  }
  const unknown = shared.find(({ walk }) => walk === null);
  if (unknown !== undefined || outputs.length !== 1) {
    const tensor = unknown?.tensor ?? shared[0].tensor;
    const message =
      `${name}: its output lies on t${tensor}, and the order of its loops is not known`;
    return [finding(message, { ...at, tensor })];
  }
  const lost = step.form === "overlap"
    ? runOverlap(arena, step, { shared, output: outputs[0].buffer })
    : runInPlace(arena, step, { source: shared[0], output: outputs[0].buffer, scratch });
  if (lost === null) return [];
  const message = lost.message ??
    `${name} overwrites t${lost.tensor} at byte ${lost.byte} of the arena before it has read it`;
  return [finding(message, { ...at, tensor: lost.tensor, byte: lost.byte })];
}

interface Lost {
  readonly tensor: number;
  readonly byte: number;
  readonly message?: string;
}

/** An element that is moved: tensors, and places in them. */
interface Turn {
  readonly input: number;
  readonly output: number;
  readonly read: number;
  readonly stored: number;
}

/** All elements that are moved, in order. */
function turnsOf(step: PlanStep, moves: readonly Move[]): readonly Turn[] {
  return moves.flatMap(({ input, output, extents, from, to }) => {
    const count = extents.reduce((product, extent) => product * extent, 1);
    return Array.from({ length: count }, (_, turn): Turn => {
      let [rest, read, stored] = [turn, from.first, to.first];
      for (let axis = extents.length - 1; axis >= 0; axis--) {
        const index = rest % extents[axis];
        rest = Math.floor(rest / extents[axis]);
        read += index * from.steps[axis];
        stored += index * to.steps[axis];
      }
      return { input: step.inputs[input], output: step.outputs[output], read, stored };
    });
  });
}

/** Pairs that the plan says to be a part and its whole, if each of their elements stays where it is. */
function viewsOf(
  { plan, model, bufferOf }: RunStage,
  index: number,
): readonly (readonly [part: PlanBuffer, whole: PlanBuffer])[] {
  const step = plan.steps[index];
  const operator = model.operators[step.operator];
  const moves = movesOf(operator, operandTensors(operator, model.tensors)) ?? [];
  const turns = operator.op === "DYNAMIC_UPDATE_SLICE" ? [] : turnsOf(step, moves);
  return [...new Set(step.inputs)].flatMap((input) =>
    step.outputs.flatMap((output) => {
      const own = turns.filter((turn) => turn.input === input && turn.output === output);
      const [from, to] = [input, output].map(bufferOf);
      const isSaid = from !== undefined && to !== undefined && to.shares.some((share) => (
        share.form === "view" && share.step === index && share.buffer === from.id
      ));
      if (!isSaid) return [];
      const bytes = dtypeBits(model.tensors[output].dtype) / 8;
      const places = new Set(own.map(({ read }) => from.offsetBytes + read * bytes));
      const isStill = own.every(({ read, stored }) => (
        from.offsetBytes + read * bytes === to.offsetBytes + stored * bytes
      ));
      const [held, taken] = [input, output].map((tensor) => sizeBytes(model.tensors[tensor]));
      const least = Math.min(held, taken);
      if (!isStill || places.size * bytes !== least || places.size !== own.length) return [];
      return [held < taken ? [from, to] as const : [to, from] as const];
    })
  );
}

/** Moves element by element; what is read besides is read at the end. */
function runMoves(
  { model, arena, bufferOf }: RunStage,
  step: PlanStep,
  { moves, shared }: { readonly moves: readonly Move[]; readonly shared: readonly Source[] },
): Lost | null {
  const turns = turnsOf(step, moves);
  for (const turn of step.direction === "forward" ? turns : turns.toReversed()) {
    const { input, output, read, stored } = turn;
    const bytes = dtypeBits(model.tensors[output].dtype) / 8;
    if (shared.some(({ tensor }) => tensor === input)) {
      const byte = arena.lost(bufferOf(input)!, read * bytes, (read + 1) * bytes);
      if (byte !== -1) return { tensor: input, byte, message: `t${input} is lost at ${byte}` };
    }
    arena.store(bufferOf(output)!, stored * bytes, (stored + 1) * bytes);
  }
  for (const { tensor, buffer } of shared) {
    const isMoved = step.inputs.every((other, i) =>
      other !== tensor || moves.some(({ input }) => input === i)
    );
    if (isMoved) continue;
    const byte = arena.lost(buffer, 0, sizeBytes(model.tensors[tensor]));
    if (byte !== -1) return { tensor, byte, message: `t${tensor} is lost at ${byte}` };
  }
  return null;
}

/** Groups of adjacent units; the last element of a group is stored when nothing is left to read. */
function runOverlap(
  arena: ArenaContent,
  { direction, pixelsAtOnce }: PlanStep,
  { shared, output }: { readonly shared: readonly Source[]; readonly output: PlanBuffer },
): Lost | null {
  const { count, outputBytes, elementBytes, rowUnits } = shared[0].walk!;
  const isForward = direction === "forward";
  // A vector of an element-wise operator is read before it is stored: the same as one by one.
  const readFirst = pixelsAtOnce === null;
  const group = pixelsAtOnce ?? 1;
  for (let done = 0; done < count; done += group) {
    const size = Math.min(group, count - done);
    const first = isForward ? done : count - done - size;
    const from = first * outputBytes;
    const until = (first + size) * outputBytes;
    const last = isForward ? until - elementBytes : from;
    if (!readFirst) {
      if (isForward) arena.store(output, from, last);
      else arena.store(output, last + elementBytes, until);
    }
    const [start, end] = done % rowUnits === 0 && rowUnits > 1
      ? isForward ? [first, first + rowUnits] : [first + size - rowUnits, first + size]
      : [first, first + size];
    for (const { tensor, buffer, walk } of shared) {
      for (let unit = start; unit < end; unit++) {
        for (const [a, b] of walk!.reads(unit)) {
          const byte = arena.lost(buffer, a * walk!.inputBytes, b * walk!.inputBytes);
          if (byte !== -1) return { tensor, byte };
        }
      }
    }
    if (readFirst) arena.store(output, from, until);
    else arena.store(output, last, last + elementBytes);
  }
  return null;
}

/** Channel by channel; a finished pixel is stored when `delayPixels` later ones are finished. */
function runInPlace(
  arena: ArenaContent,
  { direction, delayPixels, channelsAtOnce }: PlanStep,
  { source, output, scratch }: {
    readonly source: Source;
    readonly output: PlanBuffer;
    readonly scratch: readonly PlanBuffer[];
  },
): Lost | null {
  const { tensor, buffer, walk } = source;
  const { count, inputBytes, outputBytes, elementBytes, reads } = walk!;
  const together = channelsAtOnce ?? outputBytes / elementBytes;
  const room = scratch.reduce((most, { sizeBytes }) => Math.max(most, sizeBytes), 0);
  const ringBytes = delayPixels * together * elementBytes;
  if (room < ringBytes) {
    const message = `t${tensor} in place needs a ring of ${ringBytes} bytes, found ${room}`;
    return { tensor, byte: -1, message };
  }
  if (inputBytes !== outputBytes) {
    const message = `t${tensor} in place: ${inputBytes} bytes a pixel in, ${outputBytes} out`;
    return { tensor, byte: -1, message };
  }
  const unitAt = (turn: number) => direction === "forward" ? turn : count - 1 - turn;
  for (let channel = 0; channel < outputBytes; channel += together * elementBytes) {
    const end = Math.min(channel + together * elementBytes, outputBytes);
    for (let turn = 0; turn < count + delayPixels; turn++) {
      if (turn < count) {
        for (const [a, b] of reads(unitAt(turn))) {
          for (let pixel = a; pixel < b; pixel++) {
            const at = pixel * inputBytes;
            const byte = arena.lost(buffer, at + channel, at + end);
            if (byte !== -1) return { tensor, byte };
          }
        }
      }
      if (turn < delayPixels) continue;
      const at = unitAt(turn - delayPixels) * outputBytes;
      arena.store(output, at + channel, at + end);
    }
  }
  return null;
}

function meet(
  a: Pick<PlanBuffer, "offsetBytes" | "sizeBytes">,
  b: Pick<PlanBuffer, "offsetBytes" | "sizeBytes">,
): boolean {
  return a.offsetBytes < b.offsetBytes + b.sizeBytes && b.offsetBytes < a.offsetBytes + a.sizeBytes;
}

/**
 * The arena, each byte with a number that tells whose byte it is at the moment: which byte of which
 * buffer was stored there last.
 */
export class Arena {
  readonly #content: Int32Array;
  readonly #base: Map<string, number>;

  /** `contentBytes` of a buffer are those it holds over time: of a ring the whole tensor's. */
  constructor(buffers: readonly PlanBuffer[], contentBytes: (buffer: PlanBuffer) => number) {
    const end = buffers.reduce((top, b) => Math.max(top, b.offsetBytes + b.sizeBytes), 0);
    this.#content = new Int32Array(end).fill(-1);
    let next = 0;
    this.#base = new Map(buffers.map((buffer) => {
      const base = next;
      next += contentBytes(buffer);
      return [buffer.id, base];
    }));
  }

  /** From here on the bytes of a buffer are those of another that it lies in. */
  identify(part: PlanBuffer, whole: PlanBuffer): void {
    const base = this.#base.get(whole.id)! + part.offsetBytes - whole.offsetBytes;
    this.#base.set(part.id, base);
  }

  /** Stores bytes `[from, until)` of a buffer. */
  store(buffer: PlanBuffer, from: number, until: number): void {
    this.put(buffer, from, { address: buffer.offsetBytes + from, count: until - from });
  }

  /** The first of the bytes `[from, until)` of a buffer that something else lies on; -1 if none. */
  lost(buffer: PlanBuffer, from: number, until: number): number {
    return this.missing(buffer, from, { address: buffer.offsetBytes + from, count: until - from });
  }

  /** Stores bytes of what a buffer holds, from byte `first` on, at an address. */
  put({ id }: PlanBuffer, first: number, { address, count }: Run): void {
    const shift = this.#base.get(id)! + first - address;
    for (let at = address; at < address + count; at++) this.#content[at] = at + shift;
  }

  /** The first address at which these bytes are not found; -1 if all are there. */
  missing({ id }: PlanBuffer, first: number, { address, count }: Run): number {
    const shift = this.#base.get(id)! + first - address;
    for (let at = address; at < address + count; at++) {
      if (this.#content[at] !== at + shift) return at;
    }
    return -1;
  }

  /** Stores what is of no buffer: everything that was there is lost. */
  lose({ address, count }: Run): void {
    this.#content.fill(-1, address, address + count);
  }

  /** Copies bytes, whatever they are. */
  copy(from: number, to: number, count: number): void {
    this.#content.copyWithin(to, from, from + count);
  }
}

/** Bytes of the arena. */
export interface Run {
  readonly address: number;
  readonly count: number;
}
