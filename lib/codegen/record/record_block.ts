import type { Accumulate, Node, Register } from "../program.ts";
import { startOf } from "../start_of.ts";
import { loadRef, storeRef } from "./access.ts";
import type { Recording, Scope, Variable } from "./recording.ts";
import { acrossLanes, combine, constantOf, one } from "./vector_values.ts";

// A block of so many vectors is a kernel of its own: the loops around it then take no machine
// registers from it, and the engine optimises it after a few calls of the first run.
const kernelRegisters = 4;

/** Whether a register block is worth a kernel of its own. */
export function isBlock(node: Accumulate): boolean {
  return node.registers.filter(({ width }) => width.lanes > 1).length >= kernelRegisters;
}

/**
 * Target elements that stay in registers; a large block is cut out as a kernel and called, unless its
 * registers are the caller's.
 */
export function recordAccumulate(recording: Recording, node: Accumulate, scope: Scope): void {
  const { builder, outline, exchange } = recording;
  if (!outline || exchange || !isBlock(node) || scope.pointers.size === 0) {
    return recordBlock(recording, node, scope);
  }
  const name = outline.name(node.registers[0].ref.buffer);
  outline.add(builder.outline(name, () => {
    // What the loops around have computed in advance stays with them.
    recordBlock(recording, node, { ...scope, registers: new Map(), added: new Set() });
  }));
}

/** Loads the target into registers, runs the body, stores the registers. */
function recordBlock(recording: Recording, node: Accumulate, outer: Scope): void {
  const { builder, exchange } = recording;
  const registers = new Map(outer.registers);
  for (const register of node.registers) {
    const { id, ref, width } = register;
    const start = width.reduces
      ? constantOf(startOf(node.update, register.dtype), register)
      : exchange
      ? exchange.take(register)
      : node.start !== null
      ? constantOf(node.start, register)
      : loadRef(recording, ref, register, outer);
    registers.set(id, builder.let(`${ref.buffer}_${node.update === "add" ? "sum" : "max"}`, start));
  }
  recording.nodes(recording, node.body, {
    ...outer,
    registers,
    values: new Map(outer.values),
    accumulating: isBlock(node),
    added: scatteredPointers(node.body),
  });
  for (const register of node.registers) {
    finishRegister(recording, register, registers.get(register.id)!, node, outer);
  }
}

function finishRegister(
  recording: Recording,
  register: Register,
  variable: Variable,
  { update, start }: Accumulate,
  scope: Scope,
): void {
  const { builder, exchange } = recording;
  const { ref, dtype, width } = register;
  if (!width.reduces) {
    if (exchange) exchange.give(register, variable);
    else storeRef(recording, ref, { dtype, width, value: variable }, scope);
    return;
  }
  const scalar = { dtype, width: one };
  const before = exchange
    ? exchange.take({ ...register, width: one })
    : start !== null
    ? constantOf(start, scalar)
    : loadRef(recording, ref, scalar, scope);
  const across = acrossLanes(builder, update, register, variable);
  const whole = builder.let(
    `${ref.buffer}_new`,
    combine(builder, update, scalar, [before, across]),
  );
  if (exchange) exchange.give({ ...register, width: one }, whole);
  else storeRef(recording, ref, { ...scalar, value: whole }, scope);
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
