import { apply } from "../../kernel/values.ts";
import { type Passes, passesOf } from "../passes_per_test.ts";
import type { Part, Range } from "../program.ts";
import { bytesOf, type Recording, type Scope, type Variable, withOwnValues } from "./recording.ts";

/** One part of a loop: its body as often as it says. */
export function recordPart(
  recording: Recording,
  { body: nodes, times, unit }: Part,
  { range, isLast }: { readonly range: Range; readonly isLast: boolean },
  scope: Scope,
): void {
  const { builder, isCompact = false } = recording;
  const body = (shifted = scope.shifted) => {
    recording.nodes(recording, nodes, { ...withOwnValues(scope), shifted });
  };
  if (times === 1 && isLast) return body();
  const move = (passes: number) => movePointers(recording, range, scope, { unit, passes });
  const isLeaf = !nodes.some(({ kind }) => kind === "range" || kind === "accumulate");
  const passes = scope.accumulating && isLeaf
    ? passesOf(nodes, { registers: scope.registers.size, isCompact })
    : single;
  const several = (count: number) => {
    for (let pass = 0; pass < count; pass++) {
      if (!passes.isShifted) {
        body();
        move(1);
      } else body(shiftedBy(recording, range, scope, { unit, passes: pass }));
    }
    if (passes.isShifted) move(count);
  };
  if (times === 1) return several(1);
  if (typeof times === "number") return recordCounted(recording, range, { times, passes }, several);
  const { left } = scope.remaining.get(range.loop)!;
  if (times === "equals") return builder.if(apply("i32.eq", [left, unit]), () => body());
  const most = Math.floor(range.extent.sizes[0] / unit);
  const least = times === "fits" ? unit : 1;
  recordWhile(recording, { left, unit, least, passes, most }, several);
}

const single: Passes = { perTest: 1, isPeeled: false, isShifted: false };

// The number of rounds that are left falls to zero, for which a processor need not compare.
function recordCounted(
  { builder }: Recording,
  { loop }: Range,
  { times, passes: { perTest, isPeeled } }: { readonly times: number; readonly passes: Passes },
  several: (passes: number) => void,
): void {
  if (isPeeled) several(1);
  const left = isPeeled ? times - 1 : times;
  const rounds = Math.floor(left / perTest);
  builder.for(`${loop}_passes`, { from: rounds, until: 0, step: -1 }, () => several(perTest));
  if (left > rounds * perTest) several(left - rounds * perTest);
}

/** A loop that goes on while at least `least` elements remain, `unit` a pass. */
interface WhileLoop {
  readonly left: Variable;
  readonly unit: number;
  readonly least: number;
  readonly passes: Passes;
  /** Most passes that there may be. */
  readonly most: number;
}

function recordWhile(
  { builder }: Recording,
  { left, unit, least, passes: { perTest, isPeeled }, most }: WhileLoop,
  several: (passes: number) => void,
): void {
  const goOn = (passes: number) => {
    const step = passes * unit;
    builder.goOn(left, { until: step - unit + least - 1, step: -step }, () => several(passes));
  };
  const rest = () => {
    if (perTest > 1 && most >= perTest + Number(isPeeled)) goOn(perTest);
    goOn(1);
  };
  if (!isPeeled) return rest();
  builder.if(apply("i32.ge_s", [left, least]), () => {
    several(1);
    builder.advance(left, -unit);
    rest();
  });
}

/** How far a number of passes moves each pointer. */
function shiftedBy(
  recording: Recording,
  range: Range,
  scope: Scope,
  { unit, passes }: { readonly unit: number; readonly passes: number },
): ReadonlyMap<number, number> {
  const steps = passes * unit / range.step;
  return new Map([
    ...scope.shifted,
    ...range.pointers.filter(({ id }) => scope.pointers.has(id)).map(({ id, buffer, stride }) =>
      [id, bytesOf(recording, buffer, stride * steps)] as const
    ),
  ]);
}

function movePointers(
  recording: Recording,
  range: Range,
  scope: Scope,
  { unit, passes }: { readonly unit: number; readonly passes: number },
): void {
  const { builder } = recording;
  const stepsDone = passes * unit / range.step;
  for (const { id, buffer, stride } of range.pointers) {
    const pointer = scope.pointers.get(id);
    if (!pointer) continue;
    const move = scope.moves.get(id);
    if (move) move();
    else builder.advance(pointer, bytesOf(recording, buffer, stride * stepsDone));
  }
  const steps = scope.steps.get(range.loop);
  if (steps !== undefined) builder.advance(steps, stepsDone);
}
