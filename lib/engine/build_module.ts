import { encodeBodies, encodeKernels } from "../codegen/wasm/encode_module.ts";
import type { ValueType } from "../kernel/instruction.ts";
import type { KernelCode, Space } from "../kernel/kernel.ts";
import { KernelBuilder, start } from "../kernel/kernel_builder.ts";
import { apply } from "../kernel/values.ts";
import type { LayerKernel } from "./layer.ts";

/** Functions that code may import, none by itself: of checked mode, and to read a clock. */
const IMPORTS = {
  checkRead: { parameters: ["i32", "i32", "i32"] },
  checkWrite: { parameters: ["i32", "i32", "i32"] },
  checkCall: { parameters: ["i32", "i32"] },
  mark: { parameters: [] },
} as const satisfies Record<string, { readonly parameters: readonly ValueType[] }>;

const CHECKS = ["checkRead", "checkWrite", "checkCall"] as const;
const ACCESS_CHECKS = { read: "checkRead", write: "checkWrite" } as const;
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
  const run = runKernel(kernels, { shared, isMarked });
  const codes = [...codesOf(kernels), ...shared ? [barrierKernel()] : [], run];
  return encodeKernels(codes, {
    memoryPages,
    shared,
    spaces,
    imports: importsOf([...checked ? CHECKS : [], ...isMarked ? [MARK] : []]),
    checks: checked ? ACCESS_CHECKS : null,
    exported: [run],
  });
}

/** A module of one layer's functions alone, under their names: to be read, not to be run. */
export function buildLayerModule(
  kernel: LayerKernel,
  { memoryPages, spaces, shared, checked }: ModuleOptions,
): Uint8Array<ArrayBuffer> {
  return encodeKernels(codesOf([kernel]), {
    memoryPages,
    shared,
    spaces,
    imports: importsOf(checked ? CHECKS : []),
    checks: checked ? ACCESS_CHECKS : null,
  });
}

/** Bytes of the bodies of one layer's functions. */
export function layerCodeBytes(
  kernel: LayerKernel,
  { spaces, shared, checked }: Omit<ModuleOptions, "memoryPages">,
): number {
  const bodies = encodeBodies(codesOf([kernel]), {
    shared,
    spaces,
    imports: importsOf(checked ? CHECKS : []),
    checks: checked ? ACCESS_CHECKS : null,
  });
  return bodies.reduce((sum, { length }) => sum + length, 0);
}

function codesOf(kernels: readonly LayerKernel[]): readonly KernelCode[] {
  return [...new Set(kernels.flatMap(({ code }) => code))];
}

function importsOf(names: readonly (keyof typeof IMPORTS)[]) {
  return names.map((name) => ({ name, ...IMPORTS[name] }));
}

const BARRIER = "barrier";

// A function of its own, so that its loops are not repeated behind every layer.
function barrierKernel(): KernelCode {
  const builder = new KernelBuilder();
  builder.barrier(builder.parameter("threads"));
  return builder.finish(BARRIER);
}

/** `run(thread, threads, layer)`. */
function runKernel(
  kernels: readonly LayerKernel[],
  { shared, isMarked }: { readonly shared: boolean; readonly isMarked: boolean },
): KernelCode {
  const builder = new KernelBuilder();
  const [thread, threads, layer] = ["thread", "threads", "layer"].map((name) =>
    builder.parameter(name)
  );
  const call = ({ code, isParallel }: LayerKernel) => {
    const run = () => builder.call(code[0].name, [thread]);
    if (isParallel) run();
    else builder.if(apply("i32.eqz", [thread]), run);
  };
  const mark = () => {
    if (isMarked) builder.call(MARK);
  };
  const allFrom = (i: number): void => {
    const kernel = kernels[i];
    if (kernel === undefined) return;
    const { end } = kernel;
    call(kernel);
    // The first thread alone needs nobody's leave to go on to what it does alone.
    const meet = kernel.isParallel || kernels[i + 1]?.isParallel || end !== undefined;
    if (shared && meet) builder.call(BARRIER, [threads]);
    mark();
    if (end === undefined) return allFrom(i + 1);
    const isEnd = builder.load("i32.load8_u", { region: end, address: start(end) });
    builder.if(apply("i32.eqz", [isEnd]), () => allFrom(i + 1), () => {
      for (let skipped = i + 1; skipped < kernels.length; skipped++) mark();
    });
  };
  const all = () => {
    mark();
    mark();
    allFrom(0);
  };
  const one = () => {
    kernels.forEach((kernel, i) => builder.if(apply("i32.eq", [layer, i]), () => call(kernel)));
  };
  if (isMarked) all();
  else builder.if(apply("i32.eq", [layer, ALL_LAYERS]), all, one);
  return builder.finish("run");
}
