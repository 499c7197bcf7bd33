import { encodeKernels } from "../../codegen/wasm/encode_module.ts";
import type { KernelLibrary } from "../../native/kernel_library.ts";
import { trainingKernels } from "./training_kernels.ts";

/** One memory for everything that training touches, and the kernels that work in it. */
export interface TrainingMemory {
  /** All of the memory; addresses are in bytes, a quarter of them index this. */
  readonly floats: Float32Array<ArrayBuffer>;
  /** Kernels by name. */
  readonly kernels: Readonly<Record<string, Kernel>>;
  /** Zeroed room for float32 values; its address. */
  readonly allocate: (floats: number) => number;
  /** Unloads kernels that are native: none of them is called after that. */
  readonly [Symbol.dispose]: () => void;
}

type Kernel = (...parameters: number[]) => void;

const PAGE_BYTES = 65536;
const ALIGNMENT_BYTES = 64;
const MOST_PAGES = 32768;

/** What {@link createTrainingMemory} takes beside its size. */
export interface TrainingMemoryOptions {
  /** Channels of images; 1 if left out. */
  readonly inputChannels?: number;
  /** The kernels as native code for images of as many; WebAssembly if left out. */
  readonly library?: KernelLibrary;
}

/**
 * Gives the kernels of training a memory.
 *
 * @throws {RangeError} if more than 2 GiB are asked for, or `allocate` runs out.
 */
export function createTrainingMemory(
  sizeFloats: number,
  { inputChannels = 1, library }: TrainingMemoryOptions = {},
): TrainingMemory {
  const pages = Math.ceil(sizeFloats * 4 / PAGE_BYTES) + 1;
  if (pages > MOST_PAGES) {
    throw new RangeError(`training takes ${pages} pages of memory, needed at most ${MOST_PAGES}`);
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { kernels, release } = library === undefined
    ? encoded(memory, { inputChannels, pages })
    : loaded(memory, library);
  let usedBytes = 0;
  return {
    floats: new Float32Array(memory.buffer as ArrayBuffer),
    kernels,
    allocate: (count) => {
      const address = usedBytes;
      usedBytes += Math.ceil(count * 4 / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      if (usedBytes > pages * PAGE_BYTES) {
        throw new RangeError(`${usedBytes} bytes of training memory, found ${pages * PAGE_BYTES}`);
      }
      return address;
    },
    [Symbol.dispose]: release,
  };
}

type Kernels = Pick<TrainingMemory, "kernels"> & { readonly release: () => void };

function encoded(
  memory: WebAssembly.Memory,
  { inputChannels, pages }: { readonly inputChannels: number; readonly pages: number },
): Kernels {
  const codes = trainingKernels({ inputChannels, widest: 16 });
  const module = new WebAssembly.Module(encodeKernels(codes, { memoryPages: pages }));
  const { exports } = new WebAssembly.Instance(module, { kernel: { memory } });
  return { kernels: exports as Record<string, Kernel>, release: () => {} };
}

/** The same kernels on the same memory, called in the process. */
function loaded({ buffer }: WebAssembly.Memory, { path, parameters }: KernelLibrary): Kernels {
  const names = Object.keys(parameters);
  const library = Deno.dlopen(path, {
    huge: { parameters: ["pointer", "usize"], result: "void" },
    ...Object.fromEntries(names.map((name) => [
      name,
      {
        name: `run_${name}`,
        parameters: ["pointer", ...parameters[name]],
        result: "void",
      } satisfies Deno.ForeignFunction,
    ])),
  });
  const first = Deno.UnsafePointer.of(new Uint8Array(buffer));
  library.symbols.huge(first, BigInt(buffer.byteLength));
  opened++;
  const symbols = library.symbols as Readonly<Record<string, (...given: never[]) => unknown>>;
  return {
    kernels: Object.fromEntries(names.map((name) => [
      name,
      caller(`${name}_${opened}`, parameters[name].length)(symbols[name], first),
    ])),
    release: () => library.close(),
  };
}

let opened = 0;

/**
 * What calls a function of a library with the memory that is its first argument. V8 calls such a function
 * without a detour (some 15 ns instead of 230) from code that calls no other one: so each gets a text of
 * its own.
 */
function caller(
  name: string,
  count: number,
): (call: (...given: never[]) => unknown, first: unknown) => Kernel {
  const given = Array.from({ length: count }, (_, i) => `a${i}`).join(", ");
  return new Function(
    "call",
    "first",
    `return function ${name}(${given}) { call(first, ${given}); }`,
  ) as ReturnType<typeof caller>;
}

/** View of `count` values at an address. */
export function floatsAt(
  { floats }: TrainingMemory,
  address: number,
  count: number,
): Float32Array<ArrayBuffer> {
  return floats.subarray(address / 4, address / 4 + count);
}
