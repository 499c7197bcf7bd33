import { nativeVectors } from "../codegen/c/native_vectors.ts";
import { printKernels } from "../codegen/c/print_kernels.ts";
import { cTypes } from "../codegen/c/vector_style.ts";
import type { KernelCode } from "../kernel/kernel.ts";
import { use } from "../kernel/values.ts";
import { findCompiler, type NativeTarget } from "./native_target.ts";
import { checkCanLoad, libraryFlags, sharedLibrary } from "./shared_library.ts";

/** Kernels as a library: plain data, by which every thread can load it. */
export interface KernelLibrary {
  readonly path: string;
  /**
   * What each kernel is given, by its name. The function in the library is called `run_` and the name,
   * and is given the first byte of the memory before everything else.
   */
  readonly parameters: Readonly<Record<string, readonly ("i32" | "f32")[]>>;
}

/** How {@link compileKernels} compiles. */
export interface CompileKernelsOptions {
  /** The compiler; left out: the first there is. */
  readonly target?: NativeTarget;
  /** Folder of libraries that were compiled before; left out: one in the system's folder of temporary files. */
  readonly cache?: string;
}

/**
 * Compiles kernels that work in one memory and call none but each other, given the bytes of the widest
 * vectors that the processor has. Products and sums are not fused: lane by lane they are the same bits as
 * in WebAssembly.
 *
 * @throws {CompilerError} there is no compiler, or it fails, or this is not Deno.
 */
export async function compileKernels(
  kernelsFor: (vectorBytes: NativeTarget["vectorBytes"]) => readonly KernelCode[],
  { target, cache }: CompileKernelsOptions = {},
): Promise<KernelLibrary> {
  checkCanLoad();
  const compiler = target ?? await findCompiler();
  const kernels = kernelsFor(compiler.vectorBytes);
  const { path } = await sharedLibrary(kernels.map(sourceOf), {
    target: compiler,
    flags: libraryFlags(compiler, false),
    cache,
  });
  const parameters = kernels.map(({ name, parameters }) => (
    [name, parameters.map(({ type }) => type as "i32" | "f32")] as const
  ));
  return { path, parameters: Object.fromEntries(parameters) };
}

/** A kernel, and the function that calls it. */
function sourceOf(kernel: KernelCode): string {
  // Names of their own: `round` is one of C's functions already.
  const name = `kernel_${kernel.name}`;
  const printed = printKernels([{ ...kernel, name }], { constants: null, vectors: nativeVectors });
  const given = kernel.parameters.map(({ type }, i) => ({ name: `given${i}`, type }));
  return `#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

${printed.prelude}

${printed.functions}

void run_${kernel.name}(${
    ["uint8_t *memory", ...given.map(({ name, type }) => `${cTypes[type]} ${name}`)].join(", ")
  }) {
  ${printed.callOf(name, given.map(use))};
}
`;
}
