import type { Emit, Scope } from "./emit_context.ts";
import { loadRef, storeRef } from "./emit_memory.ts";
import { emitAcrossLanes, emitBinary, emitConstant, valueType } from "./emit_values.ts";
import type { Accumulate, Node, Register, Width } from "./program.ts";
import { startOf } from "./start_of.ts";
import { FunctionWriter } from "./wasm/function_writer.ts";
import type { ValueType } from "../kernel/instruction.ts";

// A block of so many vectors is a function of its own: the loops around it then take no machine
// registers from it, and the engine optimises it after a few calls of the first run.
const functionRegisters = 4;

/** Whether a register block is worth a function of its own. */
export function isBlock(node: Accumulate): boolean {
  return node.registers.filter(({ width }) => width.lanes > 1).length >= functionRegisters;
}

/**
 * Writes a register block as a function, and calls it with what it needs from around it: this
 * thread's number, pointers, extents, values.
 */
export function callBlock(emit: Emit, node: Accumulate, scope: Scope): void {
  const { pointers, remaining, steps, values } = outsideOf(node, scope);
  const types: ValueType[] = ["i32"];
  emit.writer.get(emit.thread);
  const pass = (local: number, type: ValueType): number => {
    emit.writer.get(local);
    return types.push(type) - 1;
  };
  const inner: Scope = {
    pointers: new Map(pointers.map(([id, local]) => [id, pass(local, "i32")])),
    remaining: new Map(
      remaining.map(([loop, { local, step }]) => [loop, { local: pass(local, "i32"), step }]),
    ),
    steps: new Map(steps.map(([loop, local]) => [loop, pass(local, "i32")])),
    values: new Map(values.map(([id, local]) => [id, pass(local, emit.writer.typeOf(local))])),
    registers: new Map(),
    accumulating: false,
    added: new Set(),
  };
  const writer = new FunctionWriter(types);
  const threadParameter = 0;
  emitAccumulate({ ...emit, writer, thread: threadParameter }, node, inner);
  emit.blocks.push({ parameters: types, body: writer.finish() });
  emit.writer.call(emit.blocks.length - 1);
}

/** Loads the target into registers, runs the body, stores the registers. */
export function emitAccumulate(emit: Emit, node: Accumulate, outer: Scope): void {
  const writer = emit.writer;
  const registers = new Map(outer.registers);
  for (const register of node.registers) {
    const { ref, dtype, width } = register;
    const local = writer.local(valueType(dtype, width));
    if (width.reduces) emitConstant(writer, startOf(node.update, dtype), dtype, width);
    else if (node.start !== null) emitConstant(writer, node.start, dtype, width);
    else loadRef(emit, ref, register, outer);
    writer.set(local);
    registers.set(register.id, local);
  }
  emit.nodes(emit, node.body, {
    ...outer,
    registers,
    values: new Map(outer.values),
    accumulating: isBlock(node),
    added: scatteredPointers(node.body),
  });
  for (const register of node.registers) {
    storeRegister(emit, register, registers.get(register.id)!, node, outer);
  }
}

function storeRegister(
  emit: Emit,
  register: Register,
  local: number,
  { update: op, start }: Accumulate,
  scope: Scope,
): void {
  const { ref, dtype, width } = register;
  if (!width.reduces) {
    storeRef(emit, ref, local, { dtype, width }, scope);
    return;
  }
  const one: Width = { lanes: 1, active: 1, pairs: 1, reduces: false };
  const sum = emit.writer.local(valueType(dtype, one));
  if (start !== null) emitConstant(emit.writer, start, dtype, one);
  else loadRef(emit, ref, { dtype, width: one }, scope);
  emitAcrossLanes(emit.writer, local, { op, dtype, lanes: width.lanes });
  emitBinary(emit.writer, op, dtype, one);
  emit.writer.set(sum);
  storeRef(emit, ref, sum, { dtype, width: one }, scope);
}

function outsideOf(node: Accumulate, scope: Scope) {
  const text = JSON.stringify(node);
  const numbers = (key: string) =>
    new Set([...text.matchAll(new RegExp(`"${key}":(\\d+)`, "g"))].map((match) => +match[1]));
  const pointersUsed = new Set([...numbers("pointer"), ...numbers("from")]);
  const valuesUsed = new Set(
    [...text.matchAll(/"kind":"use","id":(\d+)/g)].map((match) => +match[1]),
  );
  const loopsUsed = (loop: string) => text.includes(`"${loop}"`);
  return {
    pointers: [...scope.pointers].filter(([id]) => pointersUsed.has(id)),
    remaining: [...scope.remaining].filter(([loop]) => loopsUsed(loop)),
    steps: [...scope.steps].filter(([loop]) => loopsUsed(loop)),
    values: [...scope.values].filter(([id]) => valuesUsed.has(id)),
  };
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
