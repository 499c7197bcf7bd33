import type { Emit, Scope } from "./emit_context.ts";
import { parameter } from "./emit_context.ts";
import { passesPerTest } from "./passes_per_test.ts";
import { elementBytes, pushBase } from "./emit_memory.ts";
import type { Node, Part, Range, Value } from "./program.ts";

/** One loop: its extent, its pointers, and its parts one after the other. */
export function emitRange(emit: Emit, range: Range, outer: Scope): void {
  const writer = emit.writer;
  const dynamic = range.parts.some((part) => typeof part.times === "string");
  const remaining = dynamic ? writer.local("i32") : -1;
  if (dynamic) {
    pushExtent(emit, range, outer);
    writer.set(remaining);
  }
  const start = range.parallel && emit.options.shared ? takeShare(emit, range, remaining) : null;
  if (range.outermost) applyLimit(emit, remaining);

  const pointers = new Map(outer.pointers);
  for (const pointer of range.pointers) {
    const local = writer.local("i32");
    if (pointer.from === null) pushBase(emit, pointer.buffer);
    else writer.get(outer.pointers.get(pointer.from)!);
    const strideBytes = pointer.stride * elementBytes(emit, pointer.buffer);
    if (start !== null) {
      writer.get(start);
      writer.i32(strideBytes);
      writer.op("i32.mul");
      writer.op("i32.add");
    }
    writer.set(local);
    pointers.set(pointer.id, local);
  }
  const steps = new Map(outer.steps);
  if (usesGuards(range)) {
    const local = writer.local("i32");
    if (start !== null) writer.get(start);
    else writer.i32(0);
    writer.set(local);
    steps.set(range.loop, local);
  }
  const scope: Scope = {
    ...outer,
    pointers,
    steps,
    remaining: dynamic
      ? new Map(outer.remaining).set(range.loop, { local: remaining, step: range.step })
      : outer.remaining,
    values: new Map(outer.values),
  };
  range.parts.forEach((part, index) => {
    emitPart(emit, part, range, scope, index === range.parts.length - 1);
  });
}

function emitPart(emit: Emit, part: Part, range: Range, scope: Scope, last: boolean): void {
  const writer = emit.writer;
  const remaining = scope.remaining.get(range.loop)?.local ?? -1;
  const body = () => {
    emit.nodes(emit, part.body, { ...scope, values: new Map(scope.values), accumulating: false });
  };
  const once = () => {
    body();
    movePointers(emit, range, scope, part.unit);
  };
  const leaf = !part.body.some((node) => node.kind === "range" || node.kind === "accumulate");
  const peel = scope.accumulating && leaf;

  if (part.times === 1) {
    if (last) body();
    else once();
  } else if (part.times === "equals") {
    writer.get(remaining);
    writer.i32(part.unit);
    writer.op("i32.eq");
    writer.block("if");
    body();
    writer.end();
  } else if (typeof part.times === "number") {
    if (peel) emitPeeled(emit, part.times, once);
    else emitCounted(emit, part.times, once);
  } else {
    const least = part.times === "fits" ? part.unit : 1;
    const loop = { remaining, unit: part.unit, least };
    if (peel) emitPeeledWhile(emit, loop, once);
    else emitWhile(emit, loop, once);
  }
}

function emitPeeled(emit: Emit, times: number, once: () => void): void {
  once();
  const rounds = Math.floor((times - 1) / passesPerTest);
  if (rounds > 0) emitCounted(emit, rounds, () => repeat(passesPerTest, once));
  repeat(times - 1 - rounds * passesPerTest, once);
}

function emitCounted(emit: Emit, times: number, once: () => void): void {
  const { writer } = emit;
  const counter = writer.local("i32");
  writer.i32(times);
  writer.set(counter);
  writer.block("loop");
  once();
  writer.get(counter);
  writer.i32(1);
  writer.op("i32.sub");
  writer.tee(counter);
  writer.branch("br_if", 0);
  writer.end();
}

/** A loop that goes on while at least `least` elements remain, `unit` a time. */
interface WhileLoop {
  readonly remaining: number;
  readonly unit: number;
  readonly least: number;
}

function emitPeeledWhile(emit: Emit, loop: WhileLoop, once: () => void): void {
  const { writer } = emit;
  const { remaining, unit, least } = loop;
  pushMore(emit, loop);
  writer.block("if");
  once();
  takeFrom(emit, remaining, unit);
  const passes = passesPerTest * unit;
  const several = { remaining, unit: passes, least: passes - unit + least };
  emitWhile(emit, several, () => repeat(passesPerTest, once));
  emitWhile(emit, loop, once);
  writer.end();
}

function emitWhile(emit: Emit, loop: WhileLoop, once: () => void): void {
  const { writer } = emit;
  pushMore(emit, loop);
  writer.block("if");
  writer.block("loop");
  once();
  takeFrom(emit, loop.remaining, loop.unit);
  pushMore(emit, loop);
  writer.branch("br_if", 0);
  writer.end();
  writer.end();
}

function pushMore(emit: Emit, { remaining, least }: WhileLoop): void {
  emit.writer.get(remaining);
  emit.writer.i32(least);
  emit.writer.op("i32.ge_s");
}

function takeFrom(emit: Emit, remaining: number, unit: number): void {
  emit.writer.get(remaining);
  emit.writer.i32(unit);
  emit.writer.op("i32.sub");
  emit.writer.set(remaining);
}

function repeat(times: number, action: () => void): void {
  for (let time = 0; time < times; time++) action();
}

function movePointers(emit: Emit, range: Range, scope: Scope, unit: number): void {
  const writer = emit.writer;
  const stepsDone = unit / range.step;
  const bump = (local: number, by: number) => {
    writer.get(local);
    writer.i32(by);
    writer.op("i32.add");
    writer.set(local);
  };
  for (const pointer of range.pointers) {
    const bytes = pointer.stride * stepsDone * elementBytes(emit, pointer.buffer);
    bump(scope.pointers.get(pointer.id)!, bytes);
  }
  const steps = scope.steps.get(range.loop);
  if (steps !== undefined) bump(steps, stepsDone);
}

// min(step of the tile loop, what remains for it), or the whole extent.
function pushExtent(emit: Emit, range: Range, scope: Scope): void {
  const writer = emit.writer;
  const tile = range.extent.within === null ? undefined : scope.remaining.get(range.extent.within);
  if (!tile) {
    writer.i32(range.extent.sizes[0]);
    return;
  }
  writer.get(tile.local);
  writer.i32(tile.step);
  writer.get(tile.local);
  writer.i32(tile.step);
  writer.op("i32.lt_s");
  writer.op("select");
}

// This thread's share: iterations from n * thread / threads to n * (thread + 1) / threads.
function takeShare(emit: Emit, range: Range, remaining: number): number {
  const writer = emit.writer;
  const unit = Math.max(...range.parts.map((part) => part.unit));
  const iterations = writer.local("i32");
  const start = writer.local("i32");
  const bound = (thread: () => void) => {
    writer.get(iterations);
    thread();
    writer.op("i32.mul");
    writer.get(parameter.threads);
    writer.op("i32.div_u");
  };
  writer.get(remaining);
  writer.i32(unit - 1);
  writer.op("i32.add");
  writer.i32(unit);
  writer.op("i32.div_u");
  writer.set(iterations);
  bound(() => writer.get(parameter.thread));
  writer.set(start);
  // remaining = min(remaining, end * unit) - start * unit
  const end = writer.local("i32");
  bound(() => {
    writer.get(parameter.thread);
    writer.i32(1);
    writer.op("i32.add");
  });
  writer.i32(unit);
  writer.op("i32.mul");
  writer.set(end);
  pushLeast(emit, remaining, end);
  writer.get(start);
  writer.i32(unit);
  writer.op("i32.mul");
  writer.op("i32.sub");
  writer.set(remaining);
  if (unit !== range.step) {
    writer.get(start);
    writer.i32(unit / range.step);
    writer.op("i32.mul");
    writer.set(start);
  }
  return start;
}

function applyLimit(emit: Emit, remaining: number): void {
  pushLeast(emit, remaining, parameter.limit);
  emit.writer.set(remaining);
}

function pushLeast(emit: Emit, a: number, b: number): void {
  const writer = emit.writer;
  writer.get(a);
  writer.get(b);
  writer.get(a);
  writer.get(b);
  writer.op("i32.lt_s");
  writer.op("select");
}

function usesGuards(range: Range): boolean {
  const inNodes = (nodes: readonly Node[]): boolean =>
    nodes.some((node) =>
      node.kind === "range"
        ? node.parts.some((part) => inNodes(part.body))
        : node.kind === "accumulate"
        ? inNodes(node.body)
        : node.kind === "let"
        ? node.ref.guards.length > 0
        : node.kind === "compute" && inValue(node.value)
    );
  const inValue = (value: Value): boolean =>
    value.kind === "binary"
      ? inValue(value.left) || inValue(value.right)
      : value.kind === "load" && value.ref.guards.length > 0;
  return range.parts.some((part) => inNodes(part.body));
}
