import { definitionOf } from "../../model/definition_of.ts";
import type { Model } from "../../model/model.ts";
import { operatorName } from "../../model/operator.ts";
import { sizeBytes } from "../../model/shape.ts";
import type { Plan, PlanBuffer, PlanStep } from "../plan.ts";
import { finding, type PlanFinding } from "./check_removed.ts";
import { movementOf } from "./run_moves.ts";
import type { ArenaContent } from "./arena.ts";
import { mirrored, overwritten, type Stores, unitsOf, type Windows } from "./overwritten.ts";
import { type StepWalk, walkOf } from "./walk.ts";

/** What a step needs to know of its plan. */
export interface RunStage {
  readonly plan: Plan;
  readonly model: Model;
  readonly arena: ArenaContent;
  readonly bufferOf: (tensor: number) => PlanBuffer | undefined;
  /** Whether the tensor is needed in the arena at all. */
  readonly isPlaced: (tensor: number) => boolean;
}

/** An input of a step: the tensor, where it lies, and how the step goes over it. */
interface Source {
  readonly tensor: number;
  readonly buffer: PlanBuffer;
  readonly walk: StepWalk | null;
}

/**
 * Runs a step in the order and direction that the plan states, and finds reads of bytes that something
 * else was stored on. One finding a step is enough.
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
  // What is written to the state lies nowhere in the arena.
  const outputs = step.outputs.filter(isPlaced)
    .map((tensor) => ({ tensor, buffer: bufferOf(tensor)! }));
  for (const { tensor, buffer } of outputs) {
    const hit = scratch.find((other) => meet(buffer, other));
    if (hit === undefined) continue;
    const message = `${name}: scratch ${hit.id} lies on its output t${tensor}`;
    return [finding(message, { ...at, tensor, byte: hit.offsetBytes })];
  }
  const shared = sources.filter(({ buffer }) => outputs.some((o) => meet(o.buffer, buffer)));
  if (shared.length === 0 || step.form === "plain") {
    if (shared.length > 0) {
      const [{ tensor, buffer }] = shared;
      const message = `${name} is plain, but its output lies on its input t${tensor}`;
      return [finding(message, { ...at, tensor, byte: buffer.offsetBytes })];
    }
    for (const { tensor, buffer } of outputs) {
      arena.store(buffer, 0, sizeBytes(model.tensors[tensor]));
    }
    return [];
  }
  const operator = model.operators[step.operator];
  const isMoved = operator.op !== "OPAQUE" &&
    (definitionOf(operator.op).moves ?? definitionOf(operator.op).rows) !== undefined;
  const unknown = shared.find(({ walk }) => walk === null);
  if (!isMoved && (unknown !== undefined || outputs.length !== 1)) {
    return [finding(notKnown(name, unknown ?? shared[0]), { ...at, tensor: shared[0].tensor })];
  }
  const lost = isMoved
    ? runMovement(stage, step, { shared, name })
    : step.form === "overlap"
    ? runOverlap(step, { shared, output: outputs[0].buffer })
    : runInPlace(step, { shared, output: outputs[0].buffer, scratch });
  if (lost === null) {
    for (const { tensor, buffer } of outputs) {
      arena.store(buffer, 0, sizeBytes(model.tensors[tensor]));
    }
    return [];
  }
  const message = lost.message ??
    `${name} overwrites t${lost.tensor} at byte ${lost.byte} of the arena before it has read it`;
  return [finding(message, { ...at, tensor: lost.tensor, byte: lost.byte })];
}

function notKnown(name: string, { tensor }: Pick<Source, "tensor">): string {
  return `${name}: its output lies on t${tensor}, and the order of its loops is not known`;
}

interface Lost {
  readonly tensor: number;
  readonly byte: number;
  readonly message?: string;
}

/** Element by element, or row by row, as the operator's definition says. */
function runMovement(
  { model, bufferOf, isPlaced }: RunStage,
  step: PlanStep,
  { shared, name }: { readonly shared: readonly Source[]; readonly name: string },
): Lost | null {
  const movement = movementOf(model.operators[step.operator], model.tensors);
  // What is read otherwise, such as a list of indices, may be read until the end.
  const unknown = shared.find(({ tensor }) =>
    step.inputs.some((other, position) => other === tensor && !movement.inputs.includes(position))
  );
  if (unknown !== undefined || step.form !== "overlap") {
    const { tensor } = unknown ?? shared[0];
    return { tensor, byte: -1, message: notKnown(name, { tensor }) };
  }
  const placeOf = (tensor: number) => isPlaced(tensor) ? bufferOf(tensor)!.offsetBytes : null;
  const lost = movement.run({
    direction: step.direction,
    inputAt: (input) => placeOf(step.inputs[input]),
    outputAt: (output) => placeOf(step.outputs[output]),
  });
  return lost && { tensor: step.inputs[lost.input], byte: lost.byte };
}

/** Groups of adjacent units; the last element of a group is stored when nothing is left to read. */
function runOverlap(
  { direction, pixelsAtOnce }: PlanStep,
  { shared, output }: { readonly shared: readonly Source[]; readonly output: PlanBuffer },
): Lost | null {
  // A vector of an element-wise operator is read before it is stored: the same as one by one.
  const group = pixelsAtOnce ?? 1;
  if (!isCount(group, 1)) {
    return { tensor: shared[0].tensor, byte: -1, message: `computes ${group} pixels at once` };
  }
  for (const { tensor, buffer, walk } of shared) {
    const { windows, inputBytes, outputBytes, elementBytes, rowUnits } = walk!;
    // Bytes of a view are the same bytes.
    if (buffer === output) continue;
    const lagBytes = pixelsAtOnce === null ? outputBytes : elementBytes;
    const places = { inputByte: buffer.offsetBytes, outputByte: output.offsetBytes };
    let byte = firstLost(windows, direction, {
      ...places,
      inputBytes,
      outputBytes,
      group,
      lagBytes,
    });
    if (byte === null && rowUnits > 1) {
      // What is read as a whole first, with the units that are stored meanwhile.
      const columns = unitsOf(windows) / rowUnits;
      const rowBytes = rowUnits * outputBytes;
      byte = firstLost({ ...windows, columns, width: columns }, direction, {
        ...places,
        inputBytes: rowUnits * inputBytes,
        outputBytes: rowBytes,
        group: 1,
        lagBytes: Math.max(0, rowBytes + lagBytes - group * outputBytes),
      });
    }
    if (byte !== null) return { tensor, byte };
  }
  return null;
}

/** {@link overwritten}, in either direction: backward all counts from the other end. */
function firstLost(
  windows: Windows,
  direction: PlanStep["direction"],
  stores: Stores,
): number | null {
  if (direction === "forward") return overwritten(windows, stores);
  const { images, height, width } = windows;
  const { inputByte, inputBytes, outputByte, outputBytes } = stores;
  const byte = overwritten(mirrored(windows), {
    ...stores,
    inputByte: -inputByte - images * height * width * inputBytes,
    outputByte: -outputByte - unitsOf(windows) * outputBytes,
  });
  return byte === null ? null : -byte - 1;
}

/**
 * Channel by channel; a finished pixel is stored when `delayPixels` later ones are finished. A whole
 * number of pixels away, channels do not meet, and each runs as units of one byte would.
 */
function runInPlace(
  { direction, delayPixels, channelsAtOnce }: PlanStep,
  { shared, output, scratch }: {
    readonly shared: readonly Source[];
    readonly output: PlanBuffer;
    readonly scratch: readonly PlanBuffer[];
  },
): Lost | null {
  const [{ tensor, buffer, walk }] = shared;
  const { windows, inputBytes, outputBytes, elementBytes } = walk!;
  const together = channelsAtOnce ?? outputBytes / elementBytes;
  const object = (message: string) => ({ tensor, byte: -1, message });
  if (!isCount(together, 1) || !isCount(delayPixels, 0)) {
    return object(`t${tensor} in place: ${together} channels, ${delayPixels} pixels held back`);
  }
  if (shared.length > 1) {
    return object(`t${tensor} in place: its output lies on t${shared[1].tensor} as well`);
  }
  const room = scratch.reduce((most, { sizeBytes }) => Math.max(most, sizeBytes), 0);
  const ringBytes = delayPixels * together * elementBytes;
  if (room < ringBytes) {
    return object(`t${tensor} in place needs a ring of ${ringBytes} bytes, found ${room}`);
  }
  if (inputBytes !== outputBytes) {
    return object(`t${tensor} in place: ${inputBytes} bytes a pixel in, ${outputBytes} out`);
  }
  const pixels = (output.offsetBytes - buffer.offsetBytes) / inputBytes;
  if (!Number.isInteger(pixels)) {
    return object(`t${tensor} in place: its output is ${pixels} pixels away, needed whole ones`);
  }
  const unit = { inputBytes: 1, outputBytes: 1, group: 1, lagBytes: delayPixels + 1 };
  const lost = firstLost(windows, direction, { ...unit, inputByte: 0, outputByte: pixels });
  return lost === null ? null : { tensor, byte: buffer.offsetBytes + lost * inputBytes };
}

function isCount(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}

function meet(
  a: Pick<PlanBuffer, "offsetBytes" | "sizeBytes">,
  b: Pick<PlanBuffer, "offsetBytes" | "sizeBytes">,
): boolean {
  return a.offsetBytes < b.offsetBytes + b.sizeBytes && b.offsetBytes < a.offsetBytes + a.sizeBytes;
}
