import { ByteWriter } from "./byte_writer.ts";
import { type ValueType, valueTypes } from "./function_writer.ts";

/** What a kernel's module consists of: one imported memory and functions. */
export interface ModuleParts {
  readonly memoryPages: number;
  readonly shared: boolean;
  readonly functions: readonly {
    /** Name under which it is exported, if it is. */
    readonly export?: string;
    readonly parameters: readonly ValueType[];
    readonly body: Uint8Array;
  }[];
}

const section = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const functionType = 0x60;
const importMemory = 0x02;
const memoryLimits = { fixed: 0x01, fixedShared: 0x03 } as const;

/**
 * Encodes a WebAssembly module that imports its memory as `kernel.memory`.
 *
 * The memory's least and greatest size are equal, so that constant addresses need no bounds check.
 */
export function encodeModule(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const { memoryPages, shared, functions } = parts;
  const module = new ByteWriter();
  module.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  writeSection(module, section.type, functions, (writer, { parameters }) => {
    writer.byte(functionType);
    writer.unsigned(parameters.length);
    for (const type of parameters) writer.byte(valueTypes[type]);
    writer.unsigned(0);
  });
  writeSection(module, section.import, [memoryPages], (writer, pages) => {
    writer.text("kernel");
    writer.text("memory");
    writer.byte(importMemory);
    writer.byte(shared ? memoryLimits.fixedShared : memoryLimits.fixed);
    writer.unsigned(pages);
    writer.unsigned(pages);
  });
  writeSection(module, section.function, functions, (writer, _, index) => writer.unsigned(index));
  const exported = functions.flatMap((each, index) => each.export ? [[each.export, index]] : []);
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
