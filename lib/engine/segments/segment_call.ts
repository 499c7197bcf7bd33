import type { Region } from "../../kernel/kernel.ts";
import type { Plan, PlanStep } from "../../plan/plan.ts";
import type { Extent, MicroStep, PlanSegment } from "../../plan/segment.ts";
import type { OperandRing, SegmentCall } from "../layer.ts";

/** Bytes of a pass's record before the windows of its rings. */
export const passHeadBytes = 4;

/** Bytes of each window: first column and columns, uint16. */
export const passWindowBytes = 4;

/** How a segment calls the kernel of one of its steps; it may not need one at all. */
export function segmentCall(
  { segments }: Plan,
  { segment, operator }: PlanStep,
  sums: Region | null,
): SegmentCall | null {
  if (segment === null) return null;
  const columns = segments[segment].passes.flatMap(({ microSteps }) =>
    microSteps.flatMap((micro) => calledOperator(micro) === operator ? [columnsOf(micro)] : [])
  );
  const [first] = columns;
  const isSame = columns.every(([from, until]) => from === first[0] && until === first[1]);
  const mostColumns = columns.reduce((most, [from, until]) => Math.max(most, until - from), 1);
  return { columns: isSame && first !== undefined ? first : null, mostColumns, sums };
}

/** The ring of a tensor in a segment; null if the tensor lies in memory as a whole. */
export function operandRing({ rings, passes }: PlanSegment, tensor: number): OperandRing | null {
  const index = rings.findIndex((ring) => ring.tensor === tensor);
  if (index === -1) return null;
  const windows = passes.map((pass) => pass.windows[index]);
  const only = (of: (window: typeof windows[number]) => number) =>
    windows.every((window) => of(window) === of(windows[0])) ? of(windows[0]) : null;
  return {
    ring: rings[index],
    firstColumn: only(({ firstColumn }) => firstColumn),
    columns: only(({ columns }) => columns),
    windowByte: passHeadBytes + index * passWindowBytes,
  };
}

/** The operator that a micro-step calls; -1 for a copy. */
export function calledOperator(micro: MicroStep): number {
  return "copy" in micro ? -1 : "reduce" in micro ? micro.reduce : micro.operator;
}

function columnsOf(micro: MicroStep): Extent {
  return "copy" in micro ? [0, 0] : micro.columns;
}
