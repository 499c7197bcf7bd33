import { throwIfStopped } from "../../host.ts";
import { operatorMacs } from "../../model/macs.ts";
import type { ReduceStep } from "../segment.ts";
import { finding, type PlanFinding } from "./check_removed.ts";
import {
  type CheckedRun,
  checkedRuns,
  isInside,
  type PixelRectangle,
  place,
  type RunProblem,
  type SegmentContext,
  windowRuns,
} from "./pixel_runs.ts";
import type { RunStage } from "./run_step.ts";
import { isOneToOne } from "./walk.ts";

/**
 * Runs a segment micro-step by micro-step, and finds reads of bytes that are not those of the row and
 * column meant, outputs that lie on what their own call reads or on each other, and calls without room for what they
 * touch. One finding is enough. `readsOf` tells what windows read.
 */
export function runSegment(
  stage: RunStage,
  index: number,
  readsOf: typeof windowRuns = windowRuns,
): PlanFinding[] {
  const { plan, model, arena } = stage;
  const segment = plan.segments[index];
  const steps = plan.steps.slice(segment.from, segment.until);
  const at = { step: segment.from };
  let macs = 0;
  const summed = new Set<number>();
  for (const pass of segment.passes) {
    for (const micro of pass.microSteps) {
      throwIfStopped();
      if ("copy" in micro) {
        const { fromByte, toByte, sizeBytes } = micro;
        const ring = segment.rings.find(({ tensor }) => tensor === micro.copy);
        const buffer = plan.buffers.find(({ id }) => id === ring?.buffer);
        const isWithin = buffer !== undefined && toByte >= buffer.offsetBytes &&
          toByte + sizeBytes <= buffer.offsetBytes + buffer.sizeBytes;
        if (!isWithin) {
          const message =
            `segment ${index} copies t${micro.copy} to ${toByte}, outside of its ring`;
          return [finding(message, { ...at, tensor: micro.copy, byte: toByte })];
        }
        arena.copy(fromByte, toByte, sizeBytes);
        continue;
      }
      const operator = "reduce" in micro ? micro.reduce : micro.operator;
      const step = steps.find((each) => each.operator === operator);
      const where = { ...at, operator };
      const name = `operator ${operator} in segment ${index}`;
      if (step === undefined) return [finding(`${name} is none of its operators`, where)];
      const [output] = step.outputs;
      const context = { stage, index, pass };
      const problem = "reduce" in micro
        ? reduce(context, { micro, input: step.inputs[0], output, summed })
        : compute(context, segment.from + steps.indexOf(step), micro, readsOf);
      if (problem !== null) {
        const { message, ...rest } = problem;
        return [finding(`${name} ${message}`, { ...where, ...rest })];
      }
      if ("reduce" in micro) continue;
      const { shape: [, height, width] } = model.tensors[output];
      const pixels = (micro.rows[1] - micro.rows[0]) * (micro.columns[1] - micro.columns[0]);
      const all = operatorMacs(model.operators[operator], model.tensors) ?? 0;
      macs += all / (height * width) * pixels;
    }
  }
  if (Math.round(macs) === Math.round(segment.macs)) return [];
  const message = `segment ${index} does ${macs} multiply-accumulates, not ${segment.macs}`;
  return [finding(message, at)];
}

function compute(
  context: SegmentContext,
  step: number,
  rectangle: PixelRectangle,
  readsOf: typeof windowRuns,
): RunProblem | null {
  const { stage: { plan, model, arena, isPlaced } } = context;
  const { inputs, outputs: [output], operator } = plan.steps[step];
  const isElementwise = isOneToOne(model.operators[operator]);
  const { height, width } = place(context, output);
  if (!isInside(rectangle, { height, width })) {
    return { message: `computes rows ${rectangle.rows} of ${height}`, tensor: output };
  }
  const reads: CheckedRun[] = [];
  for (const tensor of new Set(inputs)) {
    if (tensor === -1 || !isPlaced(tensor)) continue;
    const runs = isElementwise
      ? checkedRuns(context, tensor, rectangle)
      : readsOf(context, { step, tensor, rectangle });
    if ("message" in runs) return runs;
    reads.push(...runs);
  }
  for (const run of reads) {
    const byte = lostIn(context, run);
    if (byte === -1) continue;
    const message = `reads row ${run.row} of t${run.tensor}, but byte ${byte} of the arena holds ` +
      `something else`;
    return { message, tensor: run.tensor, byte };
  }
  const writes = checkedRuns(context, output, rectangle);
  if ("message" in writes) return writes;
  const twice = storedTwice(writes);
  if (twice !== null) {
    const message = `stores row ${twice.row} of t${output} on another one of the same call`;
    return { message, tensor: output, byte: twice.address };
  }
  for (const run of writes) {
    const { place: { buffer, pixelBytes }, address, columns } = run;
    const count = (columns[1] - columns[0]) * pixelBytes;
    if (address + count > buffer.offsetBytes + buffer.sizeBytes) {
      const message = `stores row ${run.row} of t${output} behind the end of its buffer`;
      return { message, tensor: output, byte: address };
    }
    arena.put(buffer, run.firstByte, { address, count });
  }
  for (const run of reads) {
    const byte = lostIn(context, run);
    // An element-wise call reads an element before it stores the one at the same address.
    const isOwn = isElementwise &&
      writes.some(({ row, address, place: { pixelBytes } }) =>
        row === run.row && address === run.address && pixelBytes === run.place.pixelBytes
      );
    if (byte === -1 || isOwn) continue;
    const message = `stores t${output} on row ${run.row} of t${run.tensor} that it reads`;
    return { message, tensor: run.tensor, byte };
  }
  return null;
}

/** A run that lies on another one: which of them stays, no kernel says. */
function storedTwice(writes: readonly CheckedRun[]): CheckedRun | null {
  let end = -Infinity;
  for (const run of writes.toSorted((a, b) => a.address - b.address)) {
    if (run.address < end) return run;
    end = run.address + (run.columns[1] - run.columns[0]) * run.place.pixelBytes;
  }
  return null;
}

function reduce(
  context: SegmentContext,
  { micro, input, output, summed }: {
    readonly micro: ReduceStep;
    readonly input: number;
    readonly output: number;
    /** Pixels that are in the sums. */
    readonly summed: Set<number>;
  },
): RunProblem | null {
  const { stage: { plan, arena, isPlaced, bufferOf }, index } = context;
  const segment = plan.segments[index];
  const sums = plan.buffers.find(({ kind, offsetBytes, from }) =>
    kind === "scratch" && offsetBytes === segment.sumsByte && from === segment.from
  );
  if (sums === undefined) return { message: "has no place for its sums", tensor: output };
  const { shape } = context.stage.model.tensors[input];
  const [, height, width, channels] = shape;
  if (!isInside(micro, { height, width })) {
    return { message: `sums rows ${micro.rows} of ${height}`, tensor: input };
  }
  if (sums.sizeBytes < 4 * channels || sums.offsetBytes % 4 !== 0) {
    return { message: `has ${sums.sizeBytes} bytes for ${channels} sums`, tensor: output };
  }
  if (micro.isFirst !== (summed.size === 0)) {
    return { message: "sets its sums to zero at the wrong time", tensor: output };
  }
  if (micro.isFirst) arena.store(sums, 0, sums.sizeBytes);
  if (arena.lost(sums, 0, sums.sizeBytes) !== -1) {
    return { message: "lost its sums", tensor: output };
  }
  if (isPlaced(input)) {
    const runs = checkedRuns(context, input, micro);
    if ("message" in runs) return runs;
    const lost = runs.find((run) => lostIn(context, run) !== -1);
    if (lost !== undefined) {
      return { message: `sums row ${lost.row} of t${input} that is lost`, tensor: input };
    }
  }
  for (let row = micro.rows[0]; row < micro.rows[1]; row++) {
    for (let column = micro.columns[0]; column < micro.columns[1]; column++) {
      if (summed.has(row * width + column)) return { message: "sums a pixel twice", tensor: input };
      summed.add(row * width + column);
    }
  }
  if (micro.isLast !== (summed.size === height * width)) {
    return { message: `ends with ${summed.size} pixels of ${height * width}`, tensor: input };
  }
  if (!micro.isLast) return null;
  const buffer = bufferOf(output)!;
  arena.store(buffer, 0, buffer.sizeBytes);
  const isHit = arena.lost(sums, 0, sums.sizeBytes) !== -1;
  return isHit ? { message: "stores its output on its sums", tensor: output } : null;
}

function lostIn({ stage: { arena } }: SegmentContext, run: CheckedRun): number {
  const { place: { buffer, pixelBytes }, columns, address, firstByte } = run;
  const count = (columns[1] - columns[0]) * pixelBytes;
  return arena.missing(buffer, firstByte, { address, count });
}
