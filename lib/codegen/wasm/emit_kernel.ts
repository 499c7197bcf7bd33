import { emitBarrier } from "./emit_barrier.ts";
import { countUses } from "./count_uses.ts";
import { FunctionWriter } from "./function_writer.ts";
import { accessBytes, instructions, type Opcode } from "../../kernel/instructions.ts";
import type {
  KernelCode,
  Local,
  Place,
  Region,
  Space,
  Statement,
  Value,
} from "../../kernel/kernel.ts";

/** What a kernel's body refers to by name. */
export interface EmitContext {
  /** Index of a function of the module. */
  readonly functionIndex: (name: string) => number;
  /** First byte of each space in the module's memory. */
  readonly spaces: Readonly<Partial<Record<Space, number>>>;
  /** Whether threads share the memory, so that barriers mean something. */
  readonly shared: boolean;
  /** Functions `(address, bytes, region)` called before each access to a checked region. */
  readonly checks: { readonly read: string; readonly write: string } | null;
}

/** Encodes a kernel as the body of a WebAssembly function. */
export function emitKernel(kernel: KernelCode, context: EmitContext): Uint8Array {
  const writer = new FunctionWriter(kernel.parameters.map(({ type }) => type));
  const indices = new Map<Local, number>(kernel.parameters.map((local, i) => [local, i]));
  const indexOf = (local: Local): number => {
    const known = indices.get(local);
    if (known !== undefined) return known;
    const index = writer.local(local.type);
    indices.set(local, index);
    return index;
  };

  const addressOf = ({ space, name, offsetBytes }: Region): number => {
    const first = space === "memory" ? 0 : context.spaces[space];
    if (first === undefined) {
      throw new TypeError(`region ${name} lies in ${space}, which is nowhere`);
    }
    return first + offsetBytes;
  };

  const offsetOf = ({ region, offsetBytes, isIndex }: Place): number => (
    isIndex ? addressOf(region) + offsetBytes : offsetBytes
  );

  /** Offsets of accesses are not negative: one that is goes to the address. Returns the other kind. */
  function emitAddress(place: Place): number {
    emitValue(place.address);
    const offset = offsetOf(place);
    if (offset >= 0) return offset;
    writer.i32(offset);
    writer.op("i32.add");
    return 0;
  }

  function check(access: "read" | "write", op: Opcode, place: Place): void {
    if (context.checks === null || place.region.check === null) return;
    emitValue(place.address);
    writer.i32(offsetOf(place));
    writer.op("i32.add");
    writer.i32(accessBytes(op));
    writer.i32(place.region.check);
    writer.call(context.functionIndex(context.checks[access]));
  }

  function checkLoads(value: Value): void {
    if (context.checks === null) return;
    if (value.kind === "op" || value.kind === "call") value.args.forEach(checkLoads);
    // What is loaded in one branch only is checked there.
    if (value.kind === "if") checkLoads(value.condition);
    if (value.kind !== "load") return;
    checkLoads(value.place.address);
    check("read", value.op, value.place);
  }

  function emitValue(value: Value): void {
    switch (value.kind) {
      case "constant":
        return emitConstant(writer, value);
      case "bytes":
        return writer.v128(value.bytes);
      case "local":
        return writer.get(indexOf(value.local));
      case "address":
        return writer.i32(addressOf(value.region) + value.offsetBytes);
      case "load":
        return writer.memory(value.op, emitAddress(value.place));
      case "if":
        emitValue(value.condition);
        writer.block("if", value.type);
        checkLoads(value.then);
        emitValue(value.then);
        writer.control("else");
        checkLoads(value.otherwise);
        emitValue(value.otherwise);
        return writer.end();
      case "call":
        value.args.forEach(emitValue);
        return writer.call(context.functionIndex(value.callee));
      case "op":
        if (instructions[value.op].dsp !== undefined) return emitExpansion(value);
        value.args.forEach(emitValue);
        writer.op(value.op);
        for (const lane of value.lanes) writer.byte(lane);
    }
  }

  /** Operands go to variables: the expansion may take them several times. */
  function emitExpansion({ op, args }: Extract<Value, { kind: "op" }>): void {
    emitValue(sharedOnce(instructions[op].dsp!.expansion(...args.map(asVariable))));
  }

  function asVariable(value: Value): Value {
    if (value.kind === "local" || value.kind === "constant") return value;
    const local = { name: "operand", type: value.type };
    emitValue(value);
    writer.set(indexOf(local));
    return { kind: "local", type: value.type, local };
  }

  /** A value whose parts that occur several times are variables. */
  function sharedOnce(value: Value): Value {
    const counts = countUses(value);
    const known = new Map<Value, Value>();
    const once = (each: Value): Value => {
      if (each.kind !== "op") return each;
      const found = known.get(each);
      if (found !== undefined) return found;
      const own: Value = { ...each, args: each.args.map(once) };
      if (counts.get(each) === 1) return own;
      const local = { name: "shared", type: each.type };
      emitValue(own);
      writer.set(indexOf(local));
      const use: Value = { kind: "local", type: each.type, local };
      known.set(each, use);
      return use;
    };
    return once(value);
  }

  function emitStatement(statement: Statement): void {
    switch (statement.kind) {
      case "remark":
        return;
      case "barrier": {
        if (!context.shared) return;
        emitValue(statement.threads);
        const threads = writer.local("i32");
        writer.set(threads);
        return emitBarrier(writer, threads);
      }
      case "set":
        checkLoads(statement.value);
        emitValue(statement.value);
        return writer.set(indexOf(statement.local));
      case "call":
        statement.args.forEach(checkLoads);
        statement.args.forEach(emitValue);
        return writer.call(context.functionIndex(statement.callee));
      case "store": {
        const { op, place, value, lane } = statement;
        checkLoads(place.address);
        checkLoads(value);
        check("write", op, place);
        const offset = emitAddress(place);
        const { dsp } = instructions[op];
        if (dsp?.store) {
          emitValue(sharedOnce(dsp.expansion(asVariable(value))));
          return writer.memoryLane(dsp.store, offset, 0);
        }
        emitValue(value);
        if (lane === null) return writer.memory(op, offset);
        return writer.memoryLane(op, offset, lane);
      }
      case "if":
        checkLoads(statement.condition);
        emitValue(statement.condition);
        writer.block("if");
        statement.then.forEach(emitStatement);
        if (statement.otherwise.length > 0) {
          writer.control("else");
          statement.otherwise.forEach(emitStatement);
        }
        return writer.end();
      case "for":
        return emitFor(statement);
    }
  }

  function emitFor(loop: Extract<Statement, { kind: "for" }>): void {
    const { from, until, step, atLeastOnce, body } = loop;
    const variable = indexOf(loop.variable);
    if (from.kind !== "local" || from.local !== loop.variable) {
      checkLoads(from);
      emitValue(from);
      writer.set(variable);
    }
    const goesOn = () => {
      writer.get(variable);
      emitValue(until);
      writer.op(step >= 0 ? "i32.lt_s" : "i32.gt_s");
    };
    if (!atLeastOnce) {
      goesOn();
      writer.block("if");
    }
    writer.block("loop");
    body.forEach(emitStatement);
    if (step !== 0) {
      writer.get(variable);
      writer.i32(step);
      writer.op("i32.add");
      writer.set(variable);
    }
    goesOn();
    writer.branch("br_if", 0);
    writer.end();
    if (!atLeastOnce) writer.end();
  }

  kernel.body.forEach(emitStatement);
  if (kernel.returns !== null) {
    checkLoads(kernel.returns);
    emitValue(kernel.returns);
  }
  return writer.finish();
}

function emitConstant(
  writer: FunctionWriter,
  { type, value }: Extract<Value, { kind: "constant" }>,
): void {
  switch (type) {
    case "i32":
      return writer.i32(Number(value));
    case "i64":
      return writer.i64(value);
    case "f32":
      return writer.f32(Number(value));
    case "f64":
      return writer.f64(Number(value));
    case "v128":
      throw new TypeError("a v128 constant is given by its bytes");
  }
}
