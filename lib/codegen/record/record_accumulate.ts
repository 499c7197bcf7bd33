import type { Value } from "../../kernel/kernel.ts";
import type { NestDtype } from "../../nest/dtype.ts";
import type { Accumulate, Expression, Node, Ref, Register } from "../program.ts";
import { mapValueRefs } from "../refs.ts";
import { loadRef, startOf, storeRef } from "./access.ts";
import { valueOf } from "./record_compute.ts";
import {
  type BlockRegister,
  boundTo,
  groupsWithin,
  type Recording,
  type Scope,
  type Variable,
} from "./recording.ts";
import { acrossLanes, combine, constantVector, type Kind, laneOf, one } from "./vector_values.ts";

// A block of so many vectors is a kernel of its own: the loops around it then take no machine
// registers from it, and the engine optimises it after a few calls of the first run.
const kernelRegisters = 4;

/** Whether a register block is worth a kernel of its own. */
function isBlock(node: Accumulate): boolean {
  return node.registers.filter(({ width }) => width.lanes > 1).length >= kernelRegisters;
}

/**
 * Target elements that stay in registers; a large block is cut out as a kernel and called, unless its
 * registers are the caller's.
 */
export function recordAccumulate(recording: Recording, node: Accumulate, scope: Scope): void {
  const { builder, outline, start, finish } = recording;
  if (!outline || start || finish || !isBlock(node) || scope.pointers.size === 0) {
    return recordHere(recording, node, scope);
  }
  const name = outline.name(node.registers[0].ref.buffer);
  outline.add(builder.outline(name, () => {
    // What the loops around have computed in advance stays with them.
    recordHere(recording, node, { ...scope, registers: new Map(), added: new Set() });
  }));
}

/** Loads the target into registers, runs the body, stores the registers. */
function recordHere(recording: Recording, node: Accumulate, outer: Scope): void {
  const { builder, finish } = recording;
  const registers = new Map(outer.registers);
  for (const register of node.registers) {
    const start = startValue(recording, register, node, outer);
    const { buffer } = register.ref;
    const name = `${buffer}_${node.update === "add" ? "sum" : "max"}`;
    registers.set(register.id, builder.let(name, start));
  }
  recording.nodes(recording, node.body, {
    ...outer,
    groups: groupsWithin(outer),
    registers,
    accumulating: isBlock(node),
    added: scatteredPointers(node.body),
  });
  const sums = node.registers.map((register): [Register, Variable] => {
    const variable = registers.get(register.id)!;
    return register.width.reduces
      ? acrossRegister(recording, register, variable, node, outer)
      : [register, variable];
  });
  if (finish) finish(sums.map(([register, value]) => ({ ...seen(register), value })));
  else for (const [register, sum] of sums) finishRegister(recording, register, sum, outer);
}

function startValue(
  recording: Recording,
  register: Register,
  { start, update }: Accumulate,
  scope: Scope,
): Value {
  if (register.width.reduces) return constantVector(startOf(update, register.dtype), register);
  if (recording.start) return recording.start(seen(register));
  const before = start !== null
    ? constantVector(start, register)
    : loadRef(recording, register.ref, register, scope);
  if (register.added === null) return before;
  const added = loadRef(recording, register.added, register, scope);
  return combine(recording.builder, "add", register, [before, added]);
}

// The lanes of a vector along a reduction are summed up to one element.
function acrossRegister(
  recording: Recording,
  register: Register,
  variable: Variable,
  node: Accumulate,
  scope: Scope,
): [Register, Variable] {
  const { builder } = recording;
  const whole = { ...register, width: one };
  const before = startValue(recording, whole, node, scope);
  const across = acrossLanes(builder, node.update, register, variable);
  const sum = combine(builder, node.update, whole, [before, across]);
  return [whole, builder.let(`${register.ref.buffer}_new`, sum)];
}

function finishRegister(
  recording: Recording,
  { ref, dtype, width, finish }: Register,
  sum: Variable,
  scope: Scope,
): void {
  const { builder } = recording;
  if (finish === null) return storeRef(recording, ref, { dtype, width, value: sum }, scope);
  const stored = boundTo(recording, ref.buffer).dtype;
  const finished = (value: Expression, kind: Kind & { readonly sum: Value }) =>
    builder.let(`${ref.buffer}_new`, valueOf(recording, value, kind, scope));
  if (!finishesByLane({ dtype, width, finish }, stored)) {
    const value = finished(finish, { dtype, width, sum });
    return storeRef(recording, ref, { dtype: stored, width, value }, scope);
  }
  // What vectors have no one instruction for is done element by element.
  for (let lane = 0; lane < width.active; lane++) {
    const place = (each: Ref): Ref => ({
      ...each,
      offset: each.offset + lane * each.lane,
      lane: 0,
    });
    const kind = { dtype, width: one, sum: laneOf(sum, dtype, lane) };
    const value = finished(mapValueRefs(finish, place), kind);
    storeRef(recording, place(ref), { dtype: stored, width: one, value }, scope);
  }
}

/** Whether a register is finished and stored element by element, for want of vector instructions. */
function finishesByLane(
  { dtype, width, finish }: Pick<Register, "dtype" | "width" | "finish">,
  stored: NestDtype,
): boolean {
  return finish !== null && width.lanes > 1 && !width.reduces &&
    (stored !== dtype || requantizes(finish));
}

function requantizes(value: Expression): boolean {
  return value.kind === "requantize" ||
    (value.kind === "binary" && (requantizes(value.left) || requantizes(value.right)));
}

function seen({ coordinates, width: { lanes, active } }: Register): BlockRegister {
  return { coordinates, lanes, active };
}

// An access is checked against the memory's size less its offset. In straight-line code with more
// offsets than registers for such limits, one limit and sums for addresses take fewer instructions.
const mostLimits = 16;

function scatteredPointers(nodes: readonly Node[]): ReadonlySet<number> {
  const offsets = new Map<number, Set<number>>();
  for (const node of nodes) {
    if (node.kind !== "let" || node.ref.pointer === null) continue;
    const { pointer, offset } = node.ref;
    offsets.set(pointer, (offsets.get(pointer) ?? new Set()).add(offset));
  }
  return new Set([...offsets].filter(([, found]) => found.size > mostLimits).map(([id]) => id));
}
