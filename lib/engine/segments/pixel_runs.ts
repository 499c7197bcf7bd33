import type { Model } from "../../model/model.ts";
import type { Plan, PlanStep } from "../../plan/plan.ts";
import type { Extent, MicroStep, SegmentPass } from "../../plan/segment.ts";
import { passPlace } from "../../plan/segment_reads.ts";
import { imageWindow, isWindowOperator, type SlidingWindow } from "../../plan/sliding_window.ts";

/** Pixels of a row side by side. */
export interface PixelRun {
  /** Byte of the arena. */
  readonly address: number;
  /** Bytes. */
  readonly count: number;
  /** The tensor's byte that lies first. */
  readonly firstByte: number;
}

/** Where the pixels of a tensor in a ring lie that one call of a segment reads or writes. */
export function runsOf(
  { plan, model, segment, pass }: {
    readonly plan: Plan;
    readonly model: Model;
    readonly segment: number;
    readonly pass: SegmentPass;
  },
  { micro, step, tensor }: {
    readonly micro: MicroStep;
    readonly step: PlanStep;
    readonly tensor: number;
  },
): readonly PixelRun[] {
  if ("copy" in micro) return [];
  const { rings } = plan.segments[segment];
  const place = passPlace(plan, model, { tensor, rings, pass });
  const { rows, columns } = step.outputs.includes(tensor) || "reduce" in micro
    ? micro
    : readRectangle(model, step, micro);
  const runs: PixelRun[] = [];
  for (let row = rows[0]; row < rows[1]; row++) {
    const first = place.at(row, columns[0]);
    const last = place.at(row, columns[1] - 1);
    if (first === null || last === null) continue;
    runs.push({ ...first, count: (columns[1] - columns[0]) * place.pixelBytes });
  }
  return runs;
}

interface Rectangle {
  readonly rows: Extent;
  readonly columns: Extent;
}

/** What the windows of a rectangle of outputs span of the image. */
function readRectangle(
  model: Model,
  { operator: index, foldedPadding, inputs: [input] }: PlanStep,
  { rows, columns }: Rectangle,
): Rectangle {
  const operator = model.operators[index];
  if (!isWindowOperator(operator)) return { rows, columns };
  const folded = foldedPadding === null ? null : { padding: foldedPadding, input };
  const window = imageWindow(model, operator, folded);
  return { rows: span(rows, rowAxis(window)), columns: span(columns, columnAxis(window)) };
}

interface Axis {
  readonly stride: number;
  readonly before: number;
  readonly taps: number;
  readonly dilation: number;
  readonly extent: number;
}

function rowAxis(window: SlidingWindow): Axis {
  const { strideH, top, kernelHeight, dilationH, inputHeight } = window;
  return {
    stride: strideH,
    before: top,
    taps: kernelHeight,
    dilation: dilationH,
    extent: inputHeight,
  };
}

function columnAxis(window: SlidingWindow): Axis {
  const { strideW, left, kernelWidth, dilationW, inputWidth } = window;
  return {
    stride: strideW,
    before: left,
    taps: kernelWidth,
    dilation: dilationW,
    extent: inputWidth,
  };
}

/** From the first tap on the image to the last. */
function span(
  [from, until]: Extent,
  { stride, before, taps, dilation, extent }: Axis,
): Extent {
  let [first, end] = [Infinity, 0];
  for (let output = from; output < until; output++) {
    for (let tap = 0; tap < taps; tap++) {
      const at = output * stride - before + tap * dilation;
      if (at < 0 || at >= extent) continue;
      first = Math.min(first, at);
      end = Math.max(end, at + 1);
    }
  }
  return first === Infinity ? [0, 0] : [first, end];
}
