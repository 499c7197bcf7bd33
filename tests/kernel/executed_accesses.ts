// The accesses that kernels really make, in order: their code calls the host before each.
import type { ExecutedEvent } from "../../lib/codegen/wasm/emit_value.ts";
import { encodeKernels } from "../../lib/codegen/wasm/encode_module.ts";
import type { FunctionWriter } from "../../lib/codegen/wasm/function_writer.ts";
import { accessBytes } from "../../lib/kernel/instructions.ts";
import type { WalkedCode } from "../../lib/kernel/walk/walk_context.ts";
import { assertEquals } from "../assert.ts";

/** An access as text: `load 16 at 1024 of weights`. */
export type AccessText = string;

const pageBytes = 65536;

/** Runs kernels in a memory that holds `content`, and lists all accesses. */
export function executedAccesses(
  { kernels, args, spaces }: WalkedCode,
  content: Uint8Array,
): readonly AccessText[] {
  const heard: { readonly what: string; readonly region: string; readonly bytes: number }[] = [];
  const hook = 0;
  const instrument = (event: ExecutedEvent, writer: FunctionWriter) => {
    if (event.kind !== "access") return;
    const { op, region: { name }, pointer, offsetBytes } = event;
    const what = op.includes("store") ? "store" : "load";
    heard.push({ what, region: name, bytes: accessBytes(op) });
    writer.get(pointer);
    writer.i32(offsetBytes);
    writer.op("i32.add");
    writer.i32(heard.length - 1);
    writer.call(hook);
  };
  const memoryPages = Math.ceil(content.length / pageBytes);
  const imports = [{ name: "hear", parameters: ["i32", "i32"] as const }];
  const wasm = encodeKernels(kernels, { memoryPages, spaces, imports, instrument });
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  new Uint8Array(memory.buffer).set(content);
  const accesses: AccessText[] = [];
  const hear = (address: number, index: number) => {
    const { what, ...rest } = heard[index];
    accesses.push(accessText(what, { address, ...rest }));
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    kernel: { memory },
    host: { hear },
  });
  (exports[kernels[0].name] as (...args: number[]) => void)(...args);
  return accesses;
}

/** An access as text. */
export function accessText(
  what: string,
  { address, bytes, region }: {
    readonly address: number;
    readonly bytes: number;
    readonly region: string;
  },
): AccessText {
  return `${what} ${bytes} at ${address} of ${region}`;
}

/** Asserts that two lists of accesses, which may be long, are the same. */
export function assertSameAccesses(
  traced: readonly AccessText[],
  executed: readonly AccessText[],
  what: string,
): void {
  assertEquals(traced.length, executed.length, what);
  const first = traced.findIndex((each, i) => each !== executed[i]);
  assertEquals(traced[first], executed[first], `${what}, access ${first}`);
}
