import { emitBarrier } from "../codegen/emit_barrier.ts";
import { emitKernel } from "../codegen/kernel/emit_kernel.ts";
import { encodeModule } from "../codegen/wasm/encode_module.ts";
import { FunctionWriter, type ValueType } from "../codegen/wasm/function_writer.ts";
import type { LayerKernel } from "./layer.ts";

/** Functions that code imports in checked mode. */
const CHECKS = ["checkRead", "checkWrite"] as const;
const CHECK_PARAMETERS: readonly ValueType[] = ["i32", "i32", "i32"];

/** Layer number with which `run` runs them all. */
export const ALL_LAYERS = -1;

/**
 * One module for all layers. It exports `run(thread, threads, layer)`, which runs one layer, or all of
 * them with threads waiting for each other between layers.
 */
export function buildModule(
  kernels: readonly LayerKernel[],
  { memoryPages, shared, checked }: {
    readonly memoryPages: number;
    readonly shared: boolean;
    readonly checked: boolean;
  },
): Uint8Array<ArrayBuffer> {
  const imports = checked ? CHECKS.map((name) => ({ name, parameters: CHECK_PARAMETERS })) : [];
  const code = [...new Set(kernels.flatMap((kernel) => kernel.code))];
  const indices = new Map([
    ...imports.map(({ name }, i) => [name as string, i] as const),
    ...code.map(({ name }, i) => [name, imports.length + i] as const),
  ]);
  const functionIndex = (name: string): number => indices.get(name)!;
  const checks = checked ? { read: "checkRead", write: "checkWrite" } : null;
  const functions = code.map((each) => ({
    parameters: each.parameters.map(({ type }) => type),
    result: each.result ?? undefined,
    body: emitKernel(each, { functionIndex, checks }),
  }));
  indices.set(BARRIER, imports.length + code.length);
  const barrier = { parameters: ["i32"] as const, body: barrierBody() };
  const run = {
    export: "run",
    parameters: RUN_PARAMETERS,
    body: emitRun(kernels, { functionIndex, shared }),
  };
  return encodeModule({
    memoryPages,
    shared,
    imports,
    functions: [...functions, ...shared ? [barrier] : [], run],
  });
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
  { functionIndex, shared }: {
    readonly functionIndex: (name: string) => number;
    readonly shared: boolean;
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
  writer.get(layer);
  writer.i32(ALL_LAYERS);
  writer.op("i32.eq");
  writer.block("if");
  kernels.forEach((kernel, i) => {
    call(kernel);
    // The first thread alone needs nobody's leave to go on to what it does alone.
    const next = kernels[i + 1];
    if (!shared || !kernel.isParallel && !next?.isParallel) return;
    writer.get(threads);
    writer.call(functionIndex(BARRIER));
  });
  writer.op("else");
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
