// The accesses that kernels really make, in order: their code calls the host before each.
import { emitKernel } from "../../lib/codegen/wasm/emit_kernel.ts";
import { encodeModule } from "../../lib/codegen/wasm/encode_module.ts";
import type { KernelCode, Region } from "../../lib/kernel/kernel.ts";
import type { WalkedCode } from "../../lib/kernel/walk/walked_code.ts";

/** An access as text: `load 16 at 1024 of weights`. */
export type AccessText = string;

const pageBytes = 65536;

/** Runs kernels in a memory that holds `content`, and lists all accesses. */
export function executedAccesses(
  { kernels, args, spaces }: WalkedCode,
  content: Uint8Array,
): readonly AccessText[] {
  const names: string[] = [];
  const watched = kernels.map((kernel) => withChecks(kernel, names) as KernelCode);
  const hooks = ["load", "store"];
  const indices = new Map(
    [...hooks, ...kernels.map(({ name }) => name)].map((name, i) => [name, i]),
  );
  const context = {
    functionIndex: (name: string) => indices.get(name)!,
    spaces,
    shared: false,
    checks: { read: "load", write: "store" },
  };
  const memoryPages = Math.ceil(content.length / pageBytes);
  const wasm = encodeModule({
    memoryPages,
    shared: false,
    imports: hooks.map((name) => ({ name, parameters: ["i32", "i32", "i32"] as const })),
    functions: watched.map((kernel) => ({
      export: kernel.name,
      parameters: kernel.parameters.map(({ type }) => type),
      result: kernel.result ?? undefined,
      body: emitKernel(kernel, context),
    })),
  });
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  new Uint8Array(memory.buffer).set(content);
  const accesses: AccessText[] = [];
  const hear = (what: string) => (address: number, bytes: number, name: number) => {
    accesses.push(accessText(what, { address, bytes, region: names[name] }));
  };
  const host = { load: hear("load"), store: hear("store") };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    kernel: { memory },
    host,
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

/** The same, in which every region is checked by an index into `names`. */
function withChecks(part: unknown, names: string[]): unknown {
  if (Array.isArray(part)) return part.map((each) => withChecks(each, names));
  if (typeof part !== "object" || part === null || part instanceof Uint8Array) return part;
  if ("space" in part) {
    const region = part as Region;
    const known = names.indexOf(region.name);
    return { ...region, check: known === -1 ? names.push(region.name) - 1 : known };
  }
  // Variables are what they are by identity.
  if (!("kind" in part) && "type" in part) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, withChecks(value, names)]),
  );
}
