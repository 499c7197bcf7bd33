import { ByteWriter } from "./byte_writer.ts";
import type { ValueType } from "../../kernel/instruction.ts";
import { instructions } from "../../kernel/instructions.ts";
import type { Opcode } from "../../kernel/opcode.ts";

/** Binary encoding of the value types; vectors of more than 16 bytes have none. */
const valueTypes: Readonly<Partial<Record<ValueType, number>>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/**
 * Binary encoding of a value type.
 *
 * @throws {TypeError} WebAssembly has no such type.
 */
export function typeByte(type: ValueType): number {
  const byte = valueTypes[type];
  if (byte === undefined) throw new TypeError(`WebAssembly has no ${type}; it is for native code`);
  return byte;
}

const emptyBlock = 0x40;

/** Writes the body of one WebAssembly function, instruction by instruction. */
export class FunctionWriter {
  readonly #code: ByteWriter;
  readonly #locals: ValueType[] = [];

  /** `code`: where instructions are written until the function is finished; what it holds is lost. */
  constructor(readonly parameterCount: number, code: ByteWriter = new ByteWriter()) {
    code.clear();
    this.#code = code;
  }

  /** A new local variable. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.parameterCount + this.#locals.length - 1;
  }

  op(name: Opcode): void {
    this.encoded(instructions[name].code);
  }

  /** An instruction by its encoding. */
  encoded(code: readonly number[]): void {
    for (let i = 0; i < code.length; i++) this.#code.byte(code[i]);
  }

  control(name: ControlOpcode): void {
    this.#code.bytes(controlOpcodes[name]);
  }

  get(local: number): void {
    this.#code.byte(getCode);
    this.#code.unsigned(local);
  }

  set(local: number): void {
    this.#code.byte(setCode);
    this.#code.unsigned(local);
  }

  tee(local: number): void {
    this.#code.byte(teeCode);
    this.#code.unsigned(local);
  }

  i32(value: number): void {
    this.#code.byte(i32Code);
    this.#code.signed(value);
  }

  i64(value: number | bigint): void {
    this.control("i64.const");
    this.#code.signed64(BigInt(value));
  }

  f32(value: number): void {
    this.control("f32.const");
    this.#code.bytes(new Uint8Array(Float32Array.of(value).buffer));
  }

  f64(value: number): void {
    this.control("f64.const");
    this.#code.bytes(new Uint8Array(Float64Array.of(value).buffer));
  }

  v128(bytes: Uint8Array): void {
    this.control("v128.const");
    this.#code.bytes(bytes);
  }

  /** A load or store, of which no alignment is promised. */
  memory(name: Opcode, offsetBytes: number): void {
    const alignment = 0;
    this.op(name);
    this.#code.unsigned(alignment);
    this.#code.unsigned(offsetBytes);
  }

  /** An instruction on memory that threads share, on naturally aligned words. */
  atomic(name: ControlOpcode): void {
    const wordAlignment = 2;
    this.control(name);
    this.#code.unsigned(wordAlignment);
    this.#code.unsigned(0);
  }

  /** A store of one lane. */
  memoryLane(name: Opcode, offsetBytes: number, lane: number): void {
    this.memory(name, offsetBytes);
    this.#code.byte(lane);
  }

  /** An immediate byte of the instruction before. */
  byte(value: number): void {
    this.#code.byte(value);
  }

  block(name: "block" | "loop" | "if", result?: ValueType): void {
    this.control(name);
    this.#code.byte(result ? typeByte(result) : emptyBlock);
  }

  call(index: number): void {
    this.control("call");
    this.#code.unsigned(index);
  }

  branch(name: "br" | "br_if", depth: number): void {
    this.control(name);
    this.#code.unsigned(depth);
  }

  end(): void {
    this.control("end");
  }

  /** The encoded function body, with its locals. */
  finish(): Uint8Array {
    const body = new ByteWriter(this.#code.length + 2 * this.#locals.length + 6);
    body.unsigned(this.#locals.length);
    for (const type of this.#locals) {
      body.unsigned(1);
      body.byte(typeByte(type));
    }
    body.bytes(this.#code.written());
    body.bytes(controlOpcodes.end);
    return body.written();
  }
}

/**
 * Instructions of WebAssembly that kernels do not name: control flow, variables, constants, and those
 * by which threads meet. All others are in the table of the kernel language.
 * Source: WebAssembly core specification 3.0, section "Index of Instructions"; threads proposal.
 */
const controlOpcodes = {
  "unreachable": [0x00],
  "block": [0x02],
  "loop": [0x03],
  "if": [0x04],
  "else": [0x05],
  "end": [0x0b],
  "br": [0x0c],
  "br_if": [0x0d],
  "call": [0x10],
  "drop": [0x1a],
  "local.get": [0x20],
  "local.set": [0x21],
  "local.tee": [0x22],
  "i32.const": [0x41],
  "i64.const": [0x42],
  "f32.const": [0x43],
  "f64.const": [0x44],
  "v128.const": [0xfd, 0x0c],
  "memory.atomic.notify": [0xfe, 0x00],
  "memory.atomic.wait32": [0xfe, 0x01],
  "i32.atomic.load": [0xfe, 0x10],
  "i32.atomic.store": [0xfe, 0x17],
  "i32.atomic.rmw.add": [0xfe, 0x1e],
} as const satisfies Record<string, readonly number[]>;

// Most of what is written are these.
const [[getCode], [setCode], [teeCode], [i32Code]] = [
  controlOpcodes["local.get"],
  controlOpcodes["local.set"],
  controlOpcodes["local.tee"],
  controlOpcodes["i32.const"],
];

/** Text name of such an instruction. */
type ControlOpcode = keyof typeof controlOpcodes;
