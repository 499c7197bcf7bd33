import { apply } from "../../kernel/values.ts";
import type { LoopPart, LoopRange, Node } from "../program.ts";
import {
  bytesOf,
  extended,
  groupsWithin,
  type Recording,
  type Scope,
  type Variable,
} from "./recording.ts";

/** One part of a loop: its body as often as it says. */
export function recordPart(
  recording: Recording,
  { body: nodes, times, unit }: LoopPart,
  { range, isLast }: { readonly range: LoopRange; readonly isLast: boolean },
  scope: Scope,
): void {
  const { builder, isCompact = false } = recording;
  const body = (shifted = scope.shifted) => {
    recording.nodes(recording, nodes, { ...scope, groups: groupsWithin(scope), shifted });
  };
  if (times === 1 && isLast) return body();
  const move = (passes: number, which: Which = "all") =>
    movePointers(recording, range, scope, { unit, passes, which });
  const isLeaf = !nodes.some(({ kind }) => kind === "range" || kind === "accumulate");
  const passes = scope.accumulating && isLeaf
    ? passesOf(nodes, {
      registers: scope.registers.size,
      isCompact,
      pointers: range.pointers.filter(({ id }) => isStrided(scope, id)).length,
    })
    : single;
  const several = (count: number) => {
    for (let pass = 0; pass < count; pass++) {
      if (!passes.isShifted) {
        body();
        move(1);
      } else {
        body(shiftedBy(recording, range, scope, { unit, passes: pass }));
        move(1, "moved");
      }
    }
    if (passes.isShifted) move(count, "strided");
  };
  if (times === 1) return several(1);
  if (typeof times === "number") return recordCounted(recording, range, { times, passes }, several);
  const { left } = scope.remaining.get(range.loop)!;
  if (times === "equals") return builder.if(apply("i32.eq", [left, unit]), () => body());
  const least = times === "fits" ? unit : 1;
  recordWhile(recording, { left, unit, least, passes, sizes: range.extent.sizes }, several);
}

/** Pointers that move by a stride, those that whoever records the block moves, or all of them. */
type Which = "strided" | "moved" | "all";

const single: Passes = { perTest: 1, isPeeled: false, isShifted: false };

// The number of rounds that are left falls to zero, for which a processor need not compare.
function recordCounted(
  { builder }: Recording,
  { loop }: LoopRange,
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
  /** Elements that there may be, the most first. */
  readonly sizes: readonly number[];
}

function recordWhile(
  { builder }: Recording,
  { left, unit, least, passes: { perTest, isPeeled }, sizes }: WhileLoop,
  several: (passes: number) => void,
): void {
  const goOn = (passes: number) => {
    const step = passes * unit;
    builder.goOn(left, { until: step - unit + least - 1, step: -step }, () => several(passes));
  };
  const before = Number(isPeeled);
  const isWhole = sizes.every((size) => (size - before * unit) % (perTest * unit) === 0);
  const rest = () => {
    if (perTest > 1 && Math.floor(sizes[0] / unit) >= perTest + before) goOn(perTest);
    if (perTest === 1 || !isWhole) goOn(1);
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
  range: LoopRange,
  scope: Scope,
  { unit, passes }: { readonly unit: number; readonly passes: number },
): ReadonlyMap<number, number> {
  const steps = passes * unit / range.step;
  return extended(
    scope.shifted,
    range.pointers.filter(({ id }) => isStrided(scope, id))
      .map(({ id, buffer, stride }) => [id, bytesOf(recording, buffer, stride * steps)] as const),
  );
}

/** Whether a pointer moves by its stride, not as whoever records the block says. */
function isStrided({ pointers, moves }: Scope, id: number): boolean {
  return pointers.has(id) && !moves.has(id);
}

function movePointers(
  recording: Recording,
  range: LoopRange,
  scope: Scope,
  { unit, passes, which }: {
    readonly unit: number;
    readonly passes: number;
    readonly which: Which;
  },
): void {
  const { builder } = recording;
  const stepsDone = passes * unit / range.step;
  for (const { id, buffer, stride } of range.pointers) {
    const pointer = scope.pointers.get(id);
    if (!pointer) continue;
    const move = scope.moves.get(id);
    if (which === (move ? "strided" : "moved")) continue;
    if (move) move();
    else builder.advance(pointer, bytesOf(recording, buffer, stride * stepsDone));
  }
  if (which === "moved") return;
  const steps = scope.steps.get(range.loop);
  if (steps !== undefined) builder.advance(steps, stepsDone);
}

/** How an innermost loop of a register block is written out. */
interface Passes {
  /** Passes for each test whether to go on. */
  readonly perTest: number;
  /** Whether one pass goes before the loop. */
  readonly isPeeled: boolean;
  /** Whether pointers move once for all of them, not in every one. */
  readonly isShifted: boolean;
}

/**
 * Passes of an innermost loop of a register block. The fastest are 8 for each test whether to go on
 * if a pass updates each register once, fewer if more often, and 1 from 4 updates on, since that is
 * several passes already; one before the loop lets the compiler work out the bounds of all accesses
 * outside it, and pointers move in every pass, so that there are no more bounds to check against than
 * accesses in one. Compact ones are half as many and none before the loop, for programs with blocks of
 * many shapes; measured, groups of several elements are then faster with pointers that move once, and
 * so are loops that move more than two pointers.
 */
function passesOf(
  body: readonly Node[],
  { registers, isCompact, pointers }: {
    readonly registers: number;
    readonly isCompact: boolean;
    /** Pointers that the loop moves by strides. */
    readonly pointers: number;
  },
): Passes {
  const computes = body.filter((node) => node.kind === "compute");
  const updates = computes.length / registers;
  const together = updates < 4 ? Math.floor(mostPasses / Math.max(1, Math.floor(updates))) : 1;
  if (!isCompact) return { perTest: together, isPeeled: together > 1, isShifted: false };
  const isShifted = pointers > 2 || computes.some(({ width }) => width.group > 1);
  return { perTest: Math.ceil(together / 2), isPeeled: false, isShifted };
}

const mostPasses = 8;
