import { apply } from "../../kernel/values.ts";
import { passesPerTest } from "../passes_per_test.ts";
import type { Part, Range } from "../program.ts";
import { bytesOf, type Recording, type Scope, type Variable } from "./recording.ts";

/** One part of a loop: its body as often as it says. */
export function recordPart(
  recording: Recording,
  { body: nodes, times, unit }: Part,
  { range, isLast }: { readonly range: Range; readonly isLast: boolean },
  scope: Scope,
): void {
  const { builder } = recording;
  const body = () => {
    const inner = { ...scope, values: new Map(scope.values), accumulating: false };
    recording.nodes(recording, nodes, inner);
  };
  const once = () => {
    body();
    movePointers(recording, range, scope, unit);
  };
  const isLeaf = !nodes.some(({ kind }) => kind === "range" || kind === "accumulate");
  const isPeeled = scope.accumulating && isLeaf;
  if (times === 1) return isLast ? body() : once();
  if (typeof times === "number") {
    const counter = `${range.loop}_passes`;
    return isPeeled
      ? recordPeeled(recording, counter, times, once)
      : recordCounted(recording, counter, times, once);
  }
  const { left } = scope.remaining.get(range.loop)!;
  if (times === "equals") return builder.if(apply("i32.eq", [left, unit]), body);
  const loop = { left, unit, least: times === "fits" ? unit : 1 };
  return isPeeled ? recordPeeledWhile(recording, loop, once) : recordWhile(recording, loop, once);
}

function recordPeeled(
  recording: Recording,
  counter: string,
  times: number,
  once: () => void,
): void {
  once();
  const rounds = Math.floor((times - 1) / passesPerTest);
  recordCounted(recording, counter, rounds, () => repeat(passesPerTest, once));
  repeat(times - 1 - rounds * passesPerTest, once);
}

// The number of passes that are left falls to zero, for which a processor need not compare.
function recordCounted(
  { builder }: Recording,
  counter: string,
  times: number,
  once: () => void,
): void {
  builder.for(counter, { from: times, until: 0, step: -1 }, once);
}

/** A loop that goes on while at least `least` elements remain, `unit` a time. */
interface WhileLoop {
  readonly left: Variable;
  readonly unit: number;
  readonly least: number;
}

function recordPeeledWhile(recording: Recording, loop: WhileLoop, once: () => void): void {
  const { builder } = recording;
  const { left, unit, least } = loop;
  builder.if(apply("i32.ge_s", [left, least]), () => {
    once();
    builder.advance(left, -unit);
    const passes = passesPerTest * unit;
    const several = { left, unit: passes, least: passes - unit + least };
    recordWhile(recording, several, () => repeat(passesPerTest, once));
    recordWhile(recording, loop, once);
  });
}

function recordWhile(
  { builder }: Recording,
  { left, unit, least }: WhileLoop,
  once: () => void,
): void {
  builder.goOn(left, { until: least - 1, step: -unit }, once);
}

function movePointers(recording: Recording, range: Range, scope: Scope, unit: number): void {
  const { builder } = recording;
  const stepsDone = unit / range.step;
  for (const { id, buffer, stride } of range.pointers) {
    builder.advance(scope.pointers.get(id)!, bytesOf(recording, buffer, stride * stepsDone));
  }
  const steps = scope.steps.get(range.loop);
  if (steps !== undefined) builder.advance(steps, stepsDone);
}

function repeat(times: number, action: () => void): void {
  for (let time = 0; time < times; time++) action();
}
