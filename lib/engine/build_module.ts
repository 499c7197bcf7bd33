import { encodeBodies, encodeKernels } from "../codegen/wasm/encode_module.ts";
import type { ValueType } from "../kernel/instruction.ts";
import type { KernelCode, Space } from "../kernel/kernel.ts";
import { KernelBuilder, start } from "../kernel/kernel_builder.ts";
import { apply } from "../kernel/values.ts";
import { emitFlow, type LayerFlow } from "./flow/emit_flow.ts";
import type { LayerKernel } from "./layer.ts";

/** Functions that code may import, none by itself: of checked mode, and to read a clock. */
const IMPORTS = {
  checkRead: { parameters: ["i32", "i32", "i32"] },
  checkWrite: { parameters: ["i32", "i32", "i32"] },
  checkCall: { parameters: ["i32", "i32"] },
  mark: { parameters: ["i32"] },
} as const satisfies Record<string, { readonly parameters: readonly ValueType[] }>;

const CHECKS = ["checkRead", "checkWrite", "checkCall"] as const;
const ACCESS_CHECKS = { read: "checkRead", write: "checkWrite" } as const;
/** The function that takes marks. */
export const MARK = "mark" as const;

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

/** What a module that runs all layers depends on. */
export interface RunOptions extends ModuleOptions {
  /** The order of layers; null: one after the other. */
  readonly flow: LayerFlow | null;
}

/**
 * One module for all layers. It exports `run(thread, threads, layer)`, which runs one layer, or all of
 * them with threads waiting for each other between layers.
 */
export function buildModule(
  kernels: readonly LayerKernel[],
  options: RunOptions,
): Uint8Array<ArrayBuffer> {
  return moduleWithRun(kernels, { ...options, isMarked: false });
}

/**
 * A module whose `run` runs all layers, as that of `buildModule` does, and calls the host's `mark` with
 * -2 and -1 before the first layer and with the number of each layer after it, when the threads have
 * met. One thread may run it while the others run the module without marks.
 */
export function buildMarkedModule(
  kernels: readonly LayerKernel[],
  options: RunOptions,
): Uint8Array<ArrayBuffer> {
  return moduleWithRun(kernels, { ...options, isMarked: true });
}

function moduleWithRun(
  kernels: readonly LayerKernel[],
  { memoryPages, spaces, shared, checked, flow, isMarked }: RunOptions & {
    readonly isMarked: boolean;
  },
): Uint8Array<ArrayBuffer> {
  const run = runKernel(kernels, { name: "run", flow, shared, isMarked });
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

/** Bytes of the bodies of one layer's functions: threads wait for each other outside of them. */
export function layerCodeBytes(
  kernel: LayerKernel,
  { spaces, checked }: Pick<ModuleOptions, "spaces" | "checked">,
): number {
  const bodies = encodeBodies(codesOf([kernel]), {
    spaces,
    imports: importsOf(checked ? CHECKS : []),
    checks: checked ? ACCESS_CHECKS : null,
  });
  return bodies.reduce((sum, { length }) => sum + length, 0);
}

/** The functions of layers, each once. */
export function codesOf(kernels: readonly LayerKernel[]): readonly KernelCode[] {
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

/** What runs layers: `(thread, threads, layer)`; with marks it runs all of them and calls `mark`. */
export function runKernel(
  kernels: readonly LayerKernel[],
  { name, flow, shared, isMarked }: Pick<RunOptions, "flow" | "shared"> & {
    readonly name: string;
    readonly isMarked: boolean;
  },
): KernelCode {
  const builder = new KernelBuilder();
  const [thread, threads, layer] = ["thread", "threads", "layer"].map((name) =>
    builder.parameter(name)
  );
  const alone = (run: () => void) => builder.if(apply("i32.eqz", [thread]), run);
  const call = ({ code, isParallel }: LayerKernel) => {
    const run = () => builder.call(code[0].name, [thread]);
    if (isParallel) run();
    else alone(run);
  };
  const mark = (number: number) => {
    if (isMarked) builder.call(MARK, [number]);
  };
  const meet = () => {
    if (shared) builder.call(BARRIER, [threads]);
  };
  /** Whether the run goes on behind a layer; null: it does. */
  const goesOn = ({ end }: LayerKernel) =>
    end === undefined ? null : apply("i32.eqz", [
      builder.load("i32.load8_u", { region: end, address: start(end) }),
    ]);
  const allFrom = (first: number): void => {
    for (let i = first; i < kernels.length; i++) {
      const kernel = kernels[i];
      call(kernel);
      // The first thread alone needs nobody's leave to go on to what it does alone.
      if (kernel.isParallel || kernels[i + 1]?.isParallel || kernel.end !== undefined) meet();
      mark(i);
      const more = goesOn(kernel);
      if (more !== null) return builder.if(more, () => allFrom(i + 1));
    }
  };
  const all = () => {
    mark(-2);
    mark(-1);
    if (flow === null) return allFrom(0);
    const run = (i: number) => {
      call(kernels[i]);
      meet();
      mark(i);
      return goesOn(kernels[i]);
    };
    emitFlow(builder, flow, { run, meet, alone });
  };
  const one = () => {
    kernels.forEach((kernel, i) => builder.if(apply("i32.eq", [layer, i]), () => call(kernel)));
  };
  if (isMarked) all();
  else builder.if(apply("i32.eq", [layer, ALL_LAYERS]), all, one);
  return builder.finish(name);
}
