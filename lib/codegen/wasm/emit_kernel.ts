import { accessBytes, instructions } from "../../kernel/instructions.ts";
import {
  type KernelCode,
  type Local,
  type Place,
  type Region,
  regionAddress,
  type Space,
  type Statement,
  type Value,
} from "../../kernel/kernel.ts";
import type { Opcode } from "../../kernel/opcode.ts";
import { fallsToZero, goesOn } from "../../kernel/parts.ts";
import { emitBarrier } from "./emit_barrier.ts";
import { FunctionWriter } from "./function_writer.ts";

/** Something that code is about to execute. */
export type ExecutedEvent =
  | { readonly kind: "instruction"; readonly op: Opcode }
  | {
    readonly kind: "access";
    readonly op: Opcode;
    readonly region: Region;
    /** WebAssembly's number of a variable that holds the address, and what is added to it. */
    readonly pointer: number;
    readonly offsetBytes: number;
  }
  | { readonly kind: "loopTest" }
  | { readonly kind: "set"; readonly local: Local };

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
  /**
   * Writes code in front of whatever is executed that leaves the stack as it is; left out but to
   * measure what code does.
   */
  readonly instrument?: (event: ExecutedEvent, writer: FunctionWriter) => void;
}

/** Where an access goes: a variable that holds the address, and bytes behind it. */
interface Address {
  readonly pointer: number;
  readonly offsetBytes: number;
}

/** Encodes a kernel as the body of a WebAssembly function. */
export function emitKernel(kernel: KernelCode, context: EmitContext): Uint8Array {
  const writer = new FunctionWriter(kernel.parameters.length);
  const indices = new Map<Local, number>(kernel.parameters.map((local, i) => [local, i]));
  const indexOf = (local: Local): number => {
    const known = indices.get(local);
    if (known !== undefined) return known;
    const index = writer.local(local.type);
    indices.set(local, index);
    return index;
  };

  const offsetOf = ({ region, offsetBytes, isIndex }: Place): number => (
    isIndex ? regionAddress(region, context.spaces) + offsetBytes : offsetBytes
  );

  const { instrument } = context;

  function instruction(op: Opcode): void {
    instrument?.({ kind: "instruction", op }, writer);
    writer.op(op);
  }

  /**
   * Puts an address on the stack; gives a variable that holds it, if anyone asks for it, and the bytes
   * behind it. Offsets of accesses are not negative: one that is goes to the address.
   */
  function emitAddress(place: Place): Address {
    emitValue(place.address);
    const offset = offsetOf(place);
    if (offset < 0) {
      writer.i32(offset);
      writer.op("i32.add");
    }
    const offsetBytes = Math.max(0, offset);
    if (instrument === undefined) return { pointer: -1, offsetBytes };
    const pointer = writer.local("i32");
    writer.tee(pointer);
    return { pointer, offsetBytes };
  }

  function access(op: Opcode, { region }: Place, address: Address): void {
    instrument?.({ kind: "access", op, region, ...address }, writer);
  }

  function setLocal(local: Local): void {
    writer.set(indexOf(local));
    instrument?.({ kind: "set", local }, writer);
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
        return writer.i32(regionAddress(value.region, context.spaces) + value.offsetBytes);
      case "load": {
        const address = emitAddress(value.place);
        access(value.op, value.place, address);
        return writer.memory(value.op, address.offsetBytes);
      }
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
        for (const arg of value.args) emitValue(arg);
        instruction(value.op);
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
        if (statement.threads.kind === "local") {
          return emitBarrier(writer, indexOf(statement.threads.local));
        }
        emitValue(statement.threads);
        const threads = writer.local("i32");
        writer.set(threads);
        return emitBarrier(writer, threads);
      }
      case "set":
        checkLoads(statement.value);
        emitValue(statement.value);
        return setLocal(statement.local);
      case "call":
        statement.args.forEach(checkLoads);
        statement.args.forEach(emitValue);
        return writer.call(context.functionIndex(statement.callee));
      case "store": {
        const { op, place, value, lane } = statement;
        checkLoads(place.address);
        checkLoads(value);
        check("write", op, place);
        const address = emitAddress(place);
        const { dsp } = instructions[op];
        if (dsp?.store) {
          emitValue(sharedOnce(dsp.expansion(asVariable(value))));
          access(op, place, address);
          return writer.memoryLane(dsp.store, address.offsetBytes, 0);
        }
        emitValue(value);
        access(op, place, address);
        if (lane === null) return writer.memory(op, address.offsetBytes);
        return writer.memoryLane(op, address.offsetBytes, lane);
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
    const { variable, from, until, step, atLeastOnce, body } = loop;
    if (!goesOn(loop)) {
      checkLoads(from);
      emitValue(from);
      setLocal(variable);
    }
    const test = () => {
      const compare = step >= 0 ? "i32.lt_s" : "i32.gt_s";
      writer.get(indexOf(variable));
      emitValue(until);
      instrument?.({ kind: "loopTest" }, writer);
      instruction(compare);
    };
    if (!atLeastOnce) {
      test();
      writer.block("if");
    }
    writer.block("loop");
    body.forEach(emitStatement);
    if (step !== 0) {
      const change = step > 0 ? "i32.add" : "i32.sub";
      writer.get(indexOf(variable));
      writer.i32(Math.abs(step));
      instruction(change);
    }
    if (step !== 0 && fallsToZero(loop)) {
      instrument?.({ kind: "set", local: variable }, writer);
      instrument?.({ kind: "loopTest" }, writer);
      writer.tee(indexOf(variable));
    } else {
      if (step !== 0) setLocal(variable);
      test();
    }
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

/** How often each operation within a value occurs in it: it may be an operand of several others. */
function countUses(value: Value): ReadonlyMap<Value, number> {
  const counts = new Map<Value, number>();
  const count = (each: Value): void => {
    if (each.kind !== "op") return;
    counts.set(each, (counts.get(each) ?? 0) + 1);
    if (counts.get(each) === 1) each.args.forEach(count);
  };
  count(value);
  return counts;
}
