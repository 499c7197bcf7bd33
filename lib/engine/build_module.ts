import { emitBarrier } from "../codegen/wasm/emit_barrier.ts";
import { emitKernel } from "../codegen/wasm/emit_kernel.ts";
import { encodeModule } from "../codegen/wasm/encode_module.ts";
import { FunctionWriter } from "../codegen/wasm/function_writer.ts";
import type { ValueType } from "../kernel/instruction.ts";
import type { Space } from "../kernel/kernel.ts";
import type { LayerKernel } from "./layer.ts";

/** Functions that code may import, none by itself: of checked mode, and to read a clock. */
const IMPORTS = {
  checkRead: { parameters: ["i32", "i32", "i32"] },
  checkWrite: { parameters: ["i32", "i32", "i32"] },
  checkCall: { parameters: ["i32", "i32"] },
  mark: { parameters: [] },
} as const satisfies Record<string, { readonly parameters: readonly ValueType[] }>;

const CHECKS = ["checkRead", "checkWrite", "checkCall"] as const;
const MARK = "mark" as const;

/** Layer number with which `run` runs them all. */
export const ALL_LAYERS = -1;

/** What a module's code depends on beside its kernels. */
export interface ModuleOptions {
  readonly memoryPages: number;
  /** First byte of each space. */
  readonly spaces: Readonly<Record<Space, number>>;
  /** Whether several threads share the memory. */
  readonly shared: boolean;
  /** Whether accesses to the arena are checked. */
  readonly checked: boolean;
}

/**
 * One module for all layers. It exports `run(thread, threads, layer)`, which runs one layer, or all of
 * them with threads waiting for each other between layers.
 */
export function buildModule(
  kernels: readonly LayerKernel[],
  options: ModuleOptions,
): Uint8Array<ArrayBuffer> {
  return moduleWithRun(kernels, { ...options, isMarked: false });
}

/**
 * A module whose `run` runs all layers, as that of `buildModule` does, and calls the host's `mark`
 * twice before the first layer and once after each, when the threads have met. One thread may run it
 * while the others run the module without marks.
 */
export function buildMarkedModule(
  kernels: readonly LayerKernel[],
  options: ModuleOptions,
): Uint8Array<ArrayBuffer> {
  return moduleWithRun(kernels, { ...options, isMarked: true });
}

function moduleWithRun(
  kernels: readonly LayerKernel[],
  { memoryPages, spaces, shared, checked, isMarked }: ModuleOptions & {
    readonly isMarked: boolean;
  },
): Uint8Array<ArrayBuffer> {
  const hooks = [...checked ? CHECKS : [], ...isMarked ? [MARK] : []];
  const { imports, functions, indices } = link(kernels, { hooks, spaces, shared });
  const functionIndex = (name: string): number => indices.get(name)!;
  indices.set(BARRIER, imports.length + functions.length);
  const barrier = { parameters: ["i32"] as const, body: barrierBody() };
  const run = {
    export: "run",
    parameters: RUN_PARAMETERS,
    body: emitRun(kernels, { functionIndex, shared, isMarked }),
  };
  return encodeModule({
    memoryPages,
    shared,
    imports,
    functions: [...functions, ...shared ? [barrier] : [], run],
  });
}

/** A module of one layer's functions alone, under their names: to be read, not to be run. */
export function buildLayerModule(
  kernel: LayerKernel,
  { memoryPages, spaces, shared, checked }: ModuleOptions,
): Uint8Array<ArrayBuffer> {
  const { imports, functions } = link([kernel], { hooks: checked ? CHECKS : [], spaces, shared });
  const named = functions.map((each) => ({ ...each, export: each.name }));
  return encodeModule({ memoryPages, shared, imports, functions: named });
}

/** Bytes of the bodies of one layer's functions. */
export function layerCodeBytes(
  kernel: LayerKernel,
  { spaces, shared, checked }: Omit<ModuleOptions, "memoryPages">,
): number {
  const { functions } = link([kernel], { hooks: checked ? CHECKS : [], spaces, shared });
  return functions.reduce((sum, { body }) => sum + body.length, 0);
}

/** The kernels' functions, encoded, behind the functions that they import. */
function link(
  kernels: readonly LayerKernel[],
  { hooks, spaces, shared }: Pick<ModuleOptions, "spaces" | "shared"> & {
    readonly hooks: readonly (keyof typeof IMPORTS)[];
  },
) {
  const imports = hooks.map((name) => ({ name, ...IMPORTS[name] }));
  const code = [...new Set(kernels.flatMap((kernel) => kernel.code))];
  const indices = new Map([
    ...hooks.map((name, i) => [name as string, i] as const),
    ...code.map(({ name }, i) => [name, imports.length + i] as const),
  ]);
  const functionIndex = (name: string): number => indices.get(name)!;
  const checks = hooks.includes("checkRead") ? { read: "checkRead", write: "checkWrite" } : null;
  const functions = code.map((each) => ({
    name: each.name,
    parameters: each.parameters.map(({ type }) => type),
    result: each.result ?? undefined,
    body: emitKernel(each, { functionIndex, spaces, shared, checks }),
  }));
  return { imports, functions, indices };
}

const RUN_PARAMETERS: readonly ValueType[] = ["i32", "i32", "i32"];

const BARRIER = "barrier";

function barrierBody(): Uint8Array {
  const writer = new FunctionWriter(["i32"]);
  emitBarrier(writer, 0);
  return writer.finish();
}

function emitRun(
  kernels: readonly LayerKernel[],
  { functionIndex, shared, isMarked }: {
    readonly functionIndex: (name: string) => number;
    readonly shared: boolean;
    readonly isMarked: boolean;
  },
): Uint8Array {
  const writer = new FunctionWriter(RUN_PARAMETERS);
  const [thread, threads, layer] = [0, 1, 2];
  const call = ({ code, isParallel }: LayerKernel) => {
    if (!isParallel) {
      writer.get(thread);
      writer.op("i32.eqz");
      writer.block("if");
    }
    writer.get(thread);
    writer.call(functionIndex(code[0].name));
    if (!isParallel) writer.end();
  };
  const mark = () => {
    if (isMarked) writer.call(functionIndex(MARK));
  };
  const all = () => {
    mark();
    mark();
    kernels.forEach((kernel, i) => {
      call(kernel);
      // The first thread alone needs nobody's leave to go on to what it does alone.
      const next = kernels[i + 1];
      if (shared && (kernel.isParallel || next?.isParallel)) {
        writer.get(threads);
        writer.call(functionIndex(BARRIER));
      }
      mark();
    });
  };
  if (isMarked) {
    all();
    return writer.finish();
  }
  writer.get(layer);
  writer.i32(ALL_LAYERS);
  writer.op("i32.eq");
  writer.block("if");
  all();
  writer.control("else");
  kernels.forEach((kernel, i) => {
    writer.get(layer);
    writer.i32(i);
    writer.op("i32.eq");
    writer.block("if");
    call(kernel);
    writer.end();
  });
  writer.end();
  return writer.finish();
}
