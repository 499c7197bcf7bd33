import { ByteWriter } from "./byte_writer.ts";
import type { ValueType } from "../../kernel/instruction.ts";
import { valueTypes } from "./function_writer.ts";

/** What a kernel's module consists of: one imported memory and functions. */
export interface ModuleParts {
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

/**
 * Encodes a WebAssembly module that imports its memory as `kernel.memory`.
 *
 * The memory's least and greatest size are equal, so that constant addresses need no bounds check.
 */
export function encodeModule(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const { memoryPages, shared, imports = [], functions } = parts;
  const module = new ByteWriter();
  module.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  writeSection(module, section.type, [...imports, ...functions], (writer, each) => {
    writer.byte(functionType);
    writer.unsigned(each.parameters.length);
    for (const type of each.parameters) writer.byte(valueTypes[type]);
    writer.unsigned(each.result ? 1 : 0);
    if (each.result) writer.byte(valueTypes[each.result]);
  });
  writeSection(module, section.import, [null, ...imports], (writer, each, index) => {
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
  writeSection(module, section.function, functions, (writer, _, i) => writer.unsigned(first + i));
  const exported = functions.flatMap((each, i) => each.export ? [[each.export, first + i]] : []);
  writeSection(module, section.export, exported as [string, number][], (writer, [name, index]) => {
    writer.text(name);
    writer.byte(0);
    writer.unsigned(index);
  });
  writeSection(module, section.code, functions, (writer, { body }) => {
    writer.unsigned(body.length);
    writer.bytes(body);
  });
  return module.finish();
}

function writeSection<T>(
  module: ByteWriter,
  id: number,
  entries: readonly T[],
  write: (writer: ByteWriter, entry: T, index: number) => void,
): void {
  const content = new ByteWriter();
  content.unsigned(entries.length);
  entries.forEach((entry, index) => write(content, entry, index));
  module.byte(id);
  module.unsigned(content.length);
  module.bytes(content.finish());
}
