import { accessBytes, instructions } from "../../kernel/instructions.ts";
import {
  type Local,
  type Place,
  type Region,
  regionAddress,
  type Space,
  type Value,
} from "../../kernel/kernel.ts";
import type { Opcode } from "../../kernel/opcode.ts";
import type { FunctionWriter } from "./function_writer.ts";

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

/** Writes code that puts values on the stack, into the body of one function. */
export class ValueEmitter {
  readonly #indices: Map<Local, number>;

  constructor(
    readonly writer: FunctionWriter,
    readonly context: EmitContext,
    parameters: readonly Local[],
  ) {
    this.#indices = new Map(parameters.map((local, i) => [local, i]));
  }

  /** WebAssembly's number of a variable. */
  indexOf(local: Local): number {
    const known = this.#indices.get(local);
    if (known !== undefined) return known;
    const index = this.writer.local(local.type);
    this.#indices.set(local, index);
    return index;
  }

  /** Writes an instruction whose operands are on the stack. */
  instruction(op: Opcode): void {
    this.context.instrument?.({ kind: "instruction", op }, this.writer);
    this.writer.op(op);
  }

  /**
   * Puts an address on the stack; gives a variable that holds it, if anyone asks for it. Offsets of
   * accesses are not negative: one that is goes to the address.
   */
  emitAddress(place: Place): number {
    this.emitValue(place.address);
    const offset = this.#offsetOf(place);
    if (offset < 0) {
      this.writer.i32(offset);
      this.writer.op("i32.add");
    }
    if (this.context.instrument === undefined) return -1;
    const pointer = this.writer.local("i32");
    this.writer.tee(pointer);
    return pointer;
  }

  /** Bytes from the address on the stack to what is accessed. */
  offsetBehind(place: Place): number {
    return Math.max(0, this.#offsetOf(place));
  }

  /** Tells the instrument of an access by the variable that holds its address. */
  access(op: Opcode, place: Place, pointer: number): void {
    if (this.context.instrument === undefined) return;
    const { region } = place;
    const offsetBytes = this.offsetBehind(place);
    this.context.instrument({ kind: "access", op, region, pointer, offsetBytes }, this.writer);
  }

  /** Takes a variable's value from the stack. */
  setLocal(local: Local): void {
    this.writer.set(this.indexOf(local));
    this.context.instrument?.({ kind: "set", local }, this.writer);
  }

  /** Calls what checks an access, if its region is checked. */
  check(access: "read" | "write", op: Opcode, place: Place): void {
    if (this.context.checks === null || place.region.check === null) return;
    this.emitValue(place.address);
    this.writer.i32(this.#offsetOf(place));
    this.writer.op("i32.add");
    this.writer.i32(accessBytes(op));
    this.writer.i32(place.region.check);
    this.writer.call(this.context.functionIndex(this.context.checks[access]));
  }

  /** Checks all that a value loads. */
  checkLoads(value: Value): void {
    if (this.context.checks === null) return;
    if (value.kind === "op" || value.kind === "call") {
      for (const each of value.args) this.checkLoads(each);
    }
    // What is loaded in one branch only is checked there.
    if (value.kind === "if") this.checkLoads(value.condition);
    if (value.kind !== "load") return;
    this.checkLoads(value.place.address);
    this.check("read", value.op, value.place);
  }

  /** Puts values on the stack, one after the other. */
  emitValues(values: readonly Value[]): void {
    for (let i = 0; i < values.length; i++) this.emitValue(values[i]);
  }

  // A function expression in here would cost every call of it an allocation.
  /** Puts a value on the stack. */
  emitValue(value: Value): void {
    switch (value.kind) {
      case "constant":
        return emitConstant(this.writer, value);
      case "bytes":
        return this.writer.v128(value.bytes);
      case "local":
        return this.writer.get(this.indexOf(value.local));
      case "address":
        return this.writer.i32(
          regionAddress(value.region, this.context.spaces) + value.offsetBytes,
        );
      case "load": {
        const pointer = this.emitAddress(value.place);
        this.access(value.op, value.place, pointer);
        return this.writer.memory(value.op, this.offsetBehind(value.place));
      }
      case "if":
        this.emitValue(value.condition);
        this.writer.block("if", value.type);
        this.checkLoads(value.then);
        this.emitValue(value.then);
        this.writer.control("else");
        this.checkLoads(value.otherwise);
        this.emitValue(value.otherwise);
        return this.writer.end();
      case "call":
        this.emitValues(value.args);
        return this.writer.call(this.context.functionIndex(value.callee));
      case "op": {
        const { op, args, lanes } = value;
        const { dsp, code } = instructions[op];
        if (dsp !== undefined) return this.#expansion(value);
        this.emitValues(args);
        this.context.instrument?.({ kind: "instruction", op }, this.writer);
        this.writer.encoded(code);
        for (let i = 0; i < lanes.length; i++) this.writer.byte(lanes[i]);
      }
    }
  }

  /** Operands go to variables: the expansion may take them several times. */
  #expansion({ op, args }: Extract<Value, { kind: "op" }>): void {
    this.emitValue(
      this.sharedOnce(
        instructions[op].dsp!.expansion(...args.map((each) => this.asVariable(each))),
      ),
    );
  }

  /** A value that may be taken several times. */
  asVariable(value: Value): Value {
    if (value.kind === "local" || value.kind === "constant") return value;
    const local = { name: "operand", type: value.type };
    this.emitValue(value);
    this.writer.set(this.indexOf(local));
    return { kind: "local", type: value.type, local };
  }

  /** A value whose parts that occur several times are variables. */
  sharedOnce(value: Value): Value {
    const counts = countUses(value);
    const known = new Map<Value, Value>();
    const once = (each: Value): Value => {
      if (each.kind !== "op") return each;
      const found = known.get(each);
      if (found !== undefined) return found;
      const own: Value = { ...each, args: each.args.map(once) };
      if (counts.get(each) === 1) return own;
      const local = { name: "shared", type: each.type };
      this.emitValue(own);
      this.writer.set(this.indexOf(local));
      const use: Value = { kind: "local", type: each.type, local };
      known.set(each, use);
      return use;
    };
    return once(value);
  }

  #offsetOf({ region, offsetBytes, isIndex }: Place): number {
    return isIndex ? regionAddress(region, this.context.spaces) + offsetBytes : offsetBytes;
  }
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
    default:
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
