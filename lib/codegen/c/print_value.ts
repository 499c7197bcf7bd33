import { type ValueType, vectorParts } from "../../kernel/instruction.ts";
import { instructions } from "../../kernel/instructions.ts";
import type { Local, Place, Region, Value } from "../../kernel/kernel.ts";
import type { Opcode } from "../../kernel/opcode.ts";
import { sumText, type VectorCall, type VectorFunction, type VectorStyle } from "./vector_style.ts";

/** What values refer to by name. */
export interface ValueContext {
  /** A variable's name in C. */
  readonly nameOf: (local: Local) => string;
  /** First byte of a region's space, as a pointer. */
  readonly baseOf: (region: Region) => string;
  /** A call of another kernel. */
  readonly callOf: (callee: string, args: readonly Value[]) => string;
  /** How vectors are written. */
  readonly vectors: VectorStyle;
  /** Takes the functions that instructions on vectors are. */
  readonly use: (functions: readonly VectorFunction[]) => void;
}

/** A value as an expression in C. */
export function printValue(value: Value, context: ValueContext): string {
  switch (value.kind) {
    case "constant":
      return constantText(value);
    case "bytes":
      return context.vectors.bytes(value.bytes);
    case "local":
      return context.nameOf(value.local);
    case "address":
      return unsigned32(value.region.offsetBytes + value.offsetBytes);
    case "load":
      return printAccess(value.op, value.place, { values: [], result: value.type }, context);
    case "call":
      return context.callOf(value.callee, value.args);
    case "if": {
      const [then, otherwise] = [value.then, value.otherwise].map((each) =>
        printValue(each, context)
      );
      return `(${printTest(value.condition, context)} ? ${then} : ${otherwise})`;
    }
    case "op":
      return printOperation(value, context);
  }
}

/** A value as a condition in C. */
export function printTest(value: Value, context: ValueContext): string {
  const test = testOf(value, context);
  return test ?? `${printValue(value, context)} != 0`;
}

/** A value as a signed integer in C. */
export function printSigned(value: Value, context: ValueContext): string {
  if (value.kind === "constant" && value.type === "i32") return signed32(Number(value.value));
  const bits = value.type === "i64" ? 64 : 32;
  const text = printValue(value, context);
  const c = value.kind === "op" ? instructions[value.op].c : null;
  // What is computed as signed need not become unsigned and signed again.
  if (c?.text.startsWith(`(uint${bits}_t)($s0`)) return text.slice(`(uint${bits}_t)`.length);
  return `(int${bits}_t)${text}`;
}

/** A load of a type, or a store of the values given. */
export function printAccess(
  op: Opcode,
  place: Place,
  { values, result = "v128", lane = null }: {
    readonly values: readonly Value[];
    readonly result?: ValueType;
    readonly lane?: number | null;
  },
  context: ValueContext,
): string {
  const { c } = instructions[op];
  if (c === null) throw unprintable(op);
  const pointer = pointerText(place, context);
  if (c.kind !== "expression") {
    return callText({ op, types: ["i32"], result, lanes: [] }, [pointer], context);
  }
  const isWide = values.length > 0 && vectorParts(values[0].type) > 1;
  const text = isWide ? c.text.replace("tl_store_v128", `tl_store_${values[0].type}`) : c.text;
  return filled(text, values, context).replaceAll("$p", () => pointer)
    .replaceAll("$l", String(lane));
}

/** The call of the function that an instruction on vectors is. */
function callText(call: VectorCall, operands: readonly string[], context: ValueContext): string {
  const { name, immediates, functions, given = (text) => text } = context.vectors.call(call);
  context.use(functions);
  const all = [...operands.map((text, i) => given(text, call.types[i])), ...immediates];
  return `${name}(${all.join(", ")})`;
}

/** Offsets are added before the base: they may begin before it, and wrap. */
function pointerText({ region, address, offsetBytes, isIndex }: Place, context: ValueContext) {
  const behind = offsetBytes + (isIndex ? region.offsetBytes : 0);
  const base = context.baseOf(region);
  if (address.kind === "address") {
    return `${base} + ${unsigned32(address.region.offsetBytes + address.offsetBytes + behind)}`;
  }
  return context.vectors.address(base, printValue(address, context), behind);
}

type Operation = Extract<Value, { kind: "op" }>;

function printOperation(value: Operation, context: ValueContext): string {
  const { op, args, lanes } = value;
  const { c } = instructions[op];
  const test = testOf(value, context);
  if (test !== null) return `(uint32_t)(${test})`;
  if (op === "select") {
    const [then, otherwise] = args.map((each) => printValue(each, context));
    return `(${printTest(args[2], context)} ? ${then} : ${otherwise})`;
  }
  const [left, right] = args;
  if (op === "i32.add" && right.kind === "constant") {
    return sumText(printValue(left, context), Number(right.value) | 0);
  }
  if (c?.kind === "expression") return filled(c.text, args, context);
  const call = { op, types: args.map(({ type }) => type), result: value.type, lanes };
  return callText(call, args.map((each) => printValue(each, context)), context);
}

function testOf(value: Value, context: ValueContext): string | null {
  if (value.kind !== "op") return null;
  const { c } = instructions[value.op];
  if (c?.kind !== "test") return null;
  const [operand] = value.args;
  if (value.op === "i32.eqz" && operand.kind === "op") {
    const inner = testOf(operand, context);
    if (inner !== null) return `!(${inner})`;
  }
  return filled(c.text, value.args, context);
}

/** The text with its operands. */
function filled(text: string, args: readonly Value[], context: ValueContext): string {
  return text.replace(/\$([sm]?)(\d)/g, (_, how: string, index: string) => {
    const value = args[Number(index)];
    if (how === "s") return printSigned(value, context);
    if (how !== "m") return printValue(value, context);
    const most = value.type === "i64" ? 63 : 31;
    if (value.kind === "constant") return String(Number(value.value) & most);
    return `(${printValue(value, context)} & ${most}u)`;
  });
}

function constantText({ type, value }: Extract<Value, { kind: "constant" }>): string {
  switch (type) {
    case "i32":
      return unsigned32(Number(value));
    case "i64":
      return `UINT64_C(${BigInt.asUintN(64, BigInt(value))})`;
    case "f32":
      return Number.isFinite(Number(value))
        ? `${realText(Math.fround(Number(value)))}f`
        : notFinite(Number(value), "float");
    case "f64":
      return Number.isFinite(Number(value))
        ? realText(Number(value))
        : notFinite(Number(value), "double");
    default:
      throw new TypeError("a v128 constant is given by its bytes");
  }
}

function realText(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function notFinite(value: number, type: string): string {
  return `(${type})${Number.isNaN(value) ? "NAN" : value > 0 ? "INFINITY" : "-INFINITY"}`;
}

function unsigned32(value: number): string {
  const integer = value | 0;
  return integer < 0 ? `(uint32_t)${signed32(integer)}` : `${integer}u`;
}

function signed32(value: number): string {
  const integer = value | 0;
  return integer === -(2 ** 31) ? "INT32_MIN" : String(integer);
}

function unprintable(op: Opcode): TypeError {
  return new TypeError(`${op} has no text in C`);
}

/** Without brackets around all of it. */
export function bare(text: string): string {
  if (!text.startsWith("(")) return text;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    if (text[i] === ")" && --depth === 0) return i === text.length - 1 ? text.slice(1, -1) : text;
  }
  return text;
}

/** Words that name nothing in C. */
export const keywords: readonly string[] =
  ("auto break case char const continue default do double else enum extern float for goto if inline int " +
    "long register restrict return short signed sizeof static struct switch typedef union unsigned void " +
    "volatile while").split(" ");
