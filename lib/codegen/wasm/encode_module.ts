import { throwIfStopped } from "../../host.ts";
import type { ValueType } from "../../kernel/instruction.ts";
import type { KernelCode, Space } from "../../kernel/kernel.ts";
import { emitKernel } from "./emit_kernel.ts";
import type { EmitContext } from "./emit_value.ts";
import { ByteWriter } from "./byte_writer.ts";
import { typeByte } from "./function_writer.ts";

/** What the module of some kernels depends on beside them. */
export interface EncodeOptions {
  readonly memoryPages: number;
  /** Whether threads share the memory; default false. */
  readonly shared?: boolean;
  /** First byte of each space but "memory", if the kernels have regions in it. */
  readonly spaces?: Readonly<Partial<Record<Space, number>>>;
  /** Functions of the host that the kernels call. */
  readonly imports?: ModuleParts["imports"];
  /** Names of imports that are called before each access to a checked region; default none. */
  readonly checks?: EmitContext["checks"];
  /** Writes code in front of what is executed: see {@link EmitContext}. */
  readonly instrument?: EmitContext["instrument"];
  /** Kernels to export under their names; default all. */
  readonly exported?: readonly KernelCode[];
}

/**
 * Encodes a WebAssembly module of kernels that call each other by name.
 *
 * @throws {TypeError} a kernel calls what is neither among them nor imported, or accesses a region
 * in a space that is nowhere.
 * @throws {DOMException} if it is ended before its end.
 */
export function encodeKernels(
  codes: readonly KernelCode[],
  options: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const { memoryPages, shared = false, imports = [], exported = codes } = options;
  const bodies = encodeBodies(codes, options);
  return encodeModule({
    memoryPages,
    shared,
    imports,
    functions: codes.map((code, i) => ({
      ...exported.includes(code) && { export: code.name },
      parameters: code.parameters.map(({ type }) => type),
      ...code.result && { result: code.result },
      body: bodies[i],
    })),
  });
}

/** The bodies of such a module's functions; throws what {@link encodeKernels} does. */
export function encodeBodies(
  codes: readonly KernelCode[],
  options: Omit<EncodeOptions, "memoryPages" | "exported">,
): readonly Uint8Array[] {
  const { shared = false, spaces = {}, imports = [], checks = null, instrument } = options;
  const indices = new Map([...imports, ...codes].map(({ name }, index) => [name, index]));
  const functionIndex = (name: string): number => {
    const index = indices.get(name);
    if (index === undefined) throw new TypeError(`no kernel or import is called ${name}`);
    return index;
  };
  const context = { functionIndex, spaces, shared, checks, instrument };
  const written = new ByteWriter();
  return codes.map((code) => {
    throwIfStopped();
    return emitKernel(code, context, written);
  });
}

/** What a kernel's module consists of: one imported memory and functions. */
interface ModuleParts {
  readonly memoryPages: number;
  readonly shared: boolean;
  /** Functions of the host, imported from "host"; their indices come before those of `functions`. */
  readonly imports?: readonly {
    readonly name: string;
    readonly parameters: readonly ValueType[];
    readonly result?: ValueType;
  }[];
  readonly functions: readonly {
    /** Name under which it is exported, if it is. */
    readonly export?: string;
    readonly parameters: readonly ValueType[];
    readonly result?: ValueType;
    readonly body: Uint8Array;
  }[];
}

const section = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const functionType = 0x60;
const importFunction = 0x00;
const importMemory = 0x02;
const memoryLimits = { fixed: 0x01, fixedShared: 0x03 } as const;

/** Room for the size of a body, and for all but bodies in most modules. */
const [SIZE_BYTES, FEW_BYTES] = [5, 1024];

/**
 * Encodes a WebAssembly module that imports its memory as `kernel.memory`.
 *
 * The memory's least and greatest size are equal, so that constant addresses need no bounds check.
 */
export function encodeModule(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const { memoryPages, shared, imports = [], functions } = parts;
  const room = functions.reduce((sum, { body }) => sum + body.length + SIZE_BYTES, FEW_BYTES);
  const module = new ByteWriter(room);
  const content = new ByteWriter(room);
  const writeSection = <T>(
    id: number,
    entries: readonly T[],
    write: (writer: ByteWriter, entry: T, index: number) => void,
  ): void => {
    content.clear();
    content.unsigned(entries.length);
    entries.forEach((entry, index) => write(content, entry, index));
    module.byte(id);
    module.unsigned(content.length);
    module.bytes(content.written());
  };
  module.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  writeSection(section.type, [...imports, ...functions], (writer, each) => {
    writer.byte(functionType);
    writer.unsigned(each.parameters.length);
    for (const type of each.parameters) writer.byte(typeByte(type));
    writer.unsigned(each.result ? 1 : 0);
    if (each.result) writer.byte(typeByte(each.result));
  });
  writeSection(section.import, [null, ...imports], (writer, each, index) => {
    writer.text(each === null ? "kernel" : "host");
    writer.text(each === null ? "memory" : each.name);
    if (each !== null) {
      writer.byte(importFunction);
      writer.unsigned(index - 1);
      return;
    }
    writer.byte(importMemory);
    writer.byte(shared ? memoryLimits.fixedShared : memoryLimits.fixed);
    writer.unsigned(memoryPages);
    writer.unsigned(memoryPages);
  });
  const first = imports.length;
  writeSection(section.function, functions, (writer, _, i) => writer.unsigned(first + i));
  const exported = functions.flatMap((each, i) => each.export ? [[each.export, first + i]] : []);
  writeSection(section.export, exported as [string, number][], (writer, [name, index]) => {
    writer.text(name);
    writer.byte(0);
    writer.unsigned(index);
  });
  writeSection(section.code, functions, (writer, { body }) => {
    writer.unsigned(body.length);
    writer.bytes(body);
  });
  return module.finish();
}
