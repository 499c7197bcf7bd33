import { encodeKernels } from "../../lib/codegen/wasm/encode_module.ts";
import type { KernelCode, Region, Value } from "../../lib/kernel/kernel.ts";
import { KernelBuilder, start } from "../../lib/kernel/kernel_builder.ts";

/** A memory in which arrays lie one after the other, the last one up to its last byte. */
export class BlockMemory {
  readonly #pages: number;
  readonly #parts: { readonly region: Region; readonly data: Data }[] = [];
  #next = 0;

  constructor(pages = 1) {
    this.#pages = pages;
  }

  /** Places an array behind those that are there. */
  place(name: string, data: Data): Region {
    return this.#place(name, data, this.#next);
  }

  /** Places an array so that any access behind it traps. */
  placeLast(name: string, data: Data): Region {
    return this.#place(name, data, this.#pages * 65536 - data.byteLength);
  }

  #place(name: string, data: Data, offsetBytes: number): Region {
    const region: Region = {
      name,
      space: "memory",
      offsetBytes,
      sizeBytes: data.byteLength,
      check: null,
    };
    this.#parts.push({ region, data });
    this.#next = Math.ceil((offsetBytes + data.byteLength) / 16) * 16;
    return region;
  }

  /** Records a kernel, runs it, and copies what it left back into the arrays. */
  run(
    record: (b: KernelBuilder, parameters: readonly Value[]) => void,
    args: readonly number[] = [],
  ): KernelCode {
    const b = new KernelBuilder();
    const parameters = args.map((_, at) => b.parameter(`parameter${at}`));
    record(b, parameters);
    const code = b.finish("block");
    const wasm = encodeKernels([code], { memoryPages: this.#pages });
    const memory = new WebAssembly.Memory({ initial: this.#pages, maximum: this.#pages });
    for (const { region, data } of this.#parts) bytesOf(memory, region).set(asBytes(data));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { kernel: { memory } });
    (instance.exports.block as (...args: number[]) => void)(...args);
    for (const { region, data } of this.#parts) asBytes(data).set(bytesOf(memory, region));
    return code;
  }
}

type Data = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** A region and the address of its first byte. */
export function at(region: Region): { readonly region: Region; readonly pointer: Value } {
  return { region, pointer: start(region) };
}

function bytesOf(memory: WebAssembly.Memory, { offsetBytes, sizeBytes }: Region): Uint8Array {
  return new Uint8Array(memory.buffer, offsetBytes, sizeBytes);
}

function asBytes({ buffer, byteOffset, byteLength }: Data): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
