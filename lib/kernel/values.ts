import { type ValueType, vectorParts, type VectorType, vectorType } from "./instruction.ts";
import { instructions } from "./instructions.ts";
import type { Local, Value } from "./kernel.ts";
import type { Opcode } from "./opcode.ts";

/** A value, or a number that stands for an i32 constant. */
export type Operand = Value | number;

/** The value itself, or the i32 constant. */
export function asValue(operand: Operand): Value {
  return typeof operand === "number" ? constant(operand) : operand;
}

/** A constant of a scalar type. */
export function constant(value: number | bigint, type: ValueType = "i32"): Value {
  return { kind: "constant", type, value };
}

/** Reads a variable. */
export function use(local: Local): Value & { readonly kind: "local" } {
  return { kind: "local", type: local.type, local };
}

const NO_LANES: readonly number[] = [];

/** An instruction applied to its operands; `lanes` are its immediate bytes. */
export function apply(
  op: Opcode,
  args: readonly Operand[],
  lanes: readonly number[] = NO_LANES,
): Value {
  const values = hasNumber(args) ? args.map(asValue) : args as readonly Value[];
  return { kind: "op", type: resultOf(op, values), op, args: values, lanes };
}

/** A vector is as wide as the widest of its operands, which are repeated where they are not. */
function resultOf(op: Opcode, values: readonly Value[]): ValueType {
  const { result } = instructions[op];
  if (result !== "v128" || op === "v128.part") return result!;
  if (op === "v128.join") return vectorType(16 * values.length);
  let widest: ValueType = result;
  for (let i = 0; i < values.length; i++) {
    const { type } = values[i];
    if (type === "v512" || type === "v256" && widest === "v128") widest = type;
  }
  return widest;
}

/**
 * What a value is if each of so many parts of a vector does what it does: loads bring as many times more,
 * and what is the same in all lanes is so in all parts.
 */
export function widened(value: Value, type: VectorType): Value {
  if (value.type !== "v128" || type === "v128") return value;
  if (value.kind === "load") return { ...value, type };
  if (value.kind !== "op") return value;
  return { ...value, type, args: value.args.map((each) => widened(each, type)) };
}

/** The parts of a vector. */
export function partsOf(vector: Value): readonly Value[] {
  const count = vectorParts(vector.type);
  if (count === 1) return [vector];
  return Array.from({ length: count }, (_, part) => apply("v128.part", [vector], [part]));
}

/** The result of a kernel of the module or of an imported function. */
export function callOf(callee: string, type: ValueType, args: readonly Operand[]): Value {
  return { kind: "call", type, callee, args: args.map(asValue) };
}

/** `a + b` on i32; constants are added now. */
export function add(a: Operand, b: Operand): Value {
  const left = asValue(a);
  const right = asValue(b);
  if (left.kind === "constant" && right.kind === "constant") {
    return constant(Number(left.value) + Number(right.value) | 0);
  }
  if (left.kind === "address" && right.kind === "constant") return moved(left, right);
  if (right.kind === "address" && left.kind === "constant") return moved(right, left);
  if (isConstant(right, 0)) return left;
  if (isConstant(left, 0)) return right;
  return apply("i32.add", [left, right]);
}

function moved(
  { region, offsetBytes, ...address }: Extract<Value, { kind: "address" }>,
  by: Extract<Value, { kind: "constant" }>,
): Value {
  return { ...address, region, offsetBytes: offsetBytes + Number(by.value) };
}

/** `a - b` on i32; constants are subtracted now. */
export function sub(a: Operand, b: Operand): Value {
  const right = asValue(b);
  if (right.kind === "constant") return add(a, -Number(right.value) | 0);
  return apply("i32.sub", [a, right]);
}

/** `a * b` on i32; constants are multiplied now. */
export function mul(a: Operand, b: Operand): Value {
  const left = asValue(a);
  const right = asValue(b);
  if (left.kind === "constant" && right.kind === "constant") {
    return constant(Math.imul(Number(left.value), Number(right.value)));
  }
  if (isConstant(right, 1)) return left;
  if (isConstant(left, 1)) return right;
  if (isConstant(right, 0) || isConstant(left, 0)) return constant(0);
  return apply("i32.mul", [left, right]);
}

/** `a` where the condition is not 0, else `b`; both are computed. */
export function choose(condition: Value, a: Operand, b: Operand): Value {
  const left = asValue(a);
  const right = asValue(b);
  return { kind: "op", type: left.type, op: "select", args: [left, right, condition], lanes: [] };
}

/** `then` where the condition is not 0, else `otherwise`; only that one is computed. */
export function either(condition: Value, then: Operand, otherwise: Operand): Value {
  const taken = asValue(then);
  const other = asValue(otherwise);
  return { kind: "if", type: taken.type, condition, then: taken, otherwise: other };
}

/** The lesser of two i32, signed. */
export function min(a: Operand, b: Operand): Value {
  const left = asValue(a);
  const right = asValue(b);
  if (left.kind === "constant" && right.kind === "constant") {
    return constant(Math.min(Number(left.value), Number(right.value)));
  }
  return choose(apply("i32.lt_s", [left, right]), left, right);
}

/** The greater of two i32, signed. */
export function max(a: Operand, b: Operand): Value {
  const left = asValue(a);
  const right = asValue(b);
  if (left.kind === "constant" && right.kind === "constant") {
    return constant(Math.max(Number(left.value), Number(right.value)));
  }
  return choose(apply("i32.gt_s", [left, right]), left, right);
}

/** The same i32 in all four lanes, as a constant. */
export function vectorOfI32(...lanes: readonly number[]): Value {
  const values = new Int32Array(4);
  for (let i = 0; i < 4; i++) values[i] = lanes[i % lanes.length];
  return { kind: "bytes", type: "v128", bytes: new Uint8Array(values.buffer) };
}

/** The same f32 in all four lanes, as a constant. */
export function vectorOfF32(...lanes: readonly number[]): Value {
  const values = new Float32Array(4);
  for (let i = 0; i < 4; i++) values[i] = lanes[i % lanes.length];
  return { kind: "bytes", type: "v128", bytes: new Uint8Array(values.buffer) };
}

function hasNumber(operands: readonly Operand[]): boolean {
  for (let i = 0; i < operands.length; i++) if (typeof operands[i] === "number") return true;
  return false;
}

function isConstant(value: Value, wanted: number): boolean {
  return value.kind === "constant" && value.value === wanted;
}
