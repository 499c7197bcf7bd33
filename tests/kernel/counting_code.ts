// Kernels as WebAssembly that counts, in memory, what it executes.
import type { ExecutedEvent } from "../../lib/codegen/wasm/emit_value.ts";
import { encodeKernels } from "../../lib/codegen/wasm/encode_module.ts";
import type { FunctionWriter } from "../../lib/codegen/wasm/function_writer.ts";
import { accessBytes } from "../../lib/kernel/instructions.ts";
import type { KernelCode, Local, Space } from "../../lib/kernel/kernel.ts";
import type { Opcode } from "../../lib/kernel/opcode.ts";
import { addressLocals } from "../../lib/kernel/walk/walk_context.ts";
import type { AccessCounts, KernelCounts } from "../../mod.ts";

/** What is compared with counts. */
export type Executed = Omit<KernelCounts, "innermost" | "arithmetic">;

const pageBytes = 65536;
const counterBytes = 8;

/** Code that counts, and what it counted so far. */
export interface CountingCode {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly memoryPages: number;
  /** What was executed since all of `memory` behind the kernels' own bytes was 0. */
  readonly executed: (memory: ArrayBufferLike) => Executed;
}

/** The kernels' functions, exported under their names, with counters behind their memory. */
export function countingCode(
  kernels: readonly KernelCode[],
  { memoryPages, spaces }: {
    readonly memoryPages: number;
    readonly spaces: Readonly<Partial<Record<Space, number>>>;
  },
): CountingCode {
  const pointers = addressLocals(kernels);
  const counters = new Map<string, number>();
  const instrument = (event: ExecutedEvent, writer: FunctionWriter): void => {
    const key = keyOf(event, pointers);
    if (key === null) return;
    const index = counters.get(key) ?? counters.size;
    counters.set(key, index);
    emitIncrement(writer, memoryPages * pageBytes + index * counterBytes);
  };
  // One more page holds 8,192 counters.
  const pages = memoryPages + 1;
  return {
    wasm: encodeKernels(kernels, { memoryPages: pages, spaces, instrument }),
    memoryPages: pages,
    executed: (memory) => {
      const values = new BigInt64Array(memory, memoryPages * pageBytes, counters.size);
      return sum([...counters].map(([key, index]) => [key, Number(values[index])]));
    },
  };
}

function keyOf(event: ExecutedEvent, pointers: ReadonlySet<Local>): string | null {
  switch (event.kind) {
    case "loopTest":
      return "loopTest";
    case "set":
      return pointers.has(event.local) ? "addressUpdate" : null;
    case "instruction":
      return `${event.op} `;
    case "access":
      return `${event.op} ${event.region.name}`;
  }
}

function emitIncrement(writer: FunctionWriter, counter: number): void {
  writer.i32(counter);
  writer.i32(counter);
  writer.memory("i64.load", 0);
  writer.i64(1);
  writer.op("i64.add");
  writer.memory("i64.store", 0);
}

function sum(counted: readonly (readonly [key: string, times: number])[]): Executed {
  const total = { loads: 0, stores: 0, loadedBytes: 0, storedBytes: 0 };
  const tests = counted.find(([key]) => key === "loopTest")?.[1] ?? 0;
  const updates = counted.find(([key]) => key === "addressUpdate")?.[1] ?? 0;
  const instructions: Record<string, number> = {};
  const regions: Record<string, { -readonly [Key in keyof AccessCounts]: number }> = {};
  for (const [key, times] of counted) {
    if (!key.includes(" ")) continue;
    const op = key.slice(0, key.indexOf(" ")) as Opcode;
    const region = key.slice(op.length + 1);
    if (times > 0) instructions[op] = (instructions[op] ?? 0) + times;
    if (region === "") continue;
    regions[region] ??= { loads: 0, stores: 0, loadedBytes: 0, storedBytes: 0 };
    for (const each of [total, regions[region]]) {
      each[op.includes("store") ? "stores" : "loads"] += times;
      each[op.includes("store") ? "storedBytes" : "loadedBytes"] += times * accessBytes(op);
    }
  }
  return { ...total, loopTests: tests, addressUpdates: updates, instructions, regions };
}
