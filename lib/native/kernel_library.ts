import { calleesOf } from "../codegen/c/live_code.ts";
import { nativeVectors } from "../codegen/c/native_vectors.ts";
import { printKernels } from "../codegen/c/print_kernels.ts";
import { cTypes } from "../codegen/c/vector_style.ts";
import type { KernelCode } from "../kernel/kernel.ts";
import { use as useLocal } from "../kernel/values.ts";
import { hugeText } from "./native_text.ts";
import { findCompiler, type NativeTarget } from "./native_target.ts";
import { checkCanLoad, libraryFlags, sharedLibrary } from "./shared_library.ts";

/** Kernels as a library: plain data, by which every thread can load it. */
export interface KernelLibrary {
  readonly path: string;
  /**
   * What each kernel is given, by its name. The function in the library is called `run_` and the name,
   * and is given the first byte of the memory before everything else. `huge` is given that byte and the
   * memory's size, once.
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

/** Sources that are compiled side by side: each has the same long beginning. */
const PARTS = 6;

/**
 * Compiles kernels that work in one memory, given the bytes of the widest vectors that the processor has;
 * those that no other one calls can be called. Products and sums are not fused: lane by lane they are the
 * same bits as in WebAssembly.
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
  const called = new Set(kernels.flatMap((each) => [...calleesOf(each)]));
  const entries = kernels.filter(({ name }) => !called.has(name));
  const parts = Array.from(
    { length: Math.min(PARTS, entries.length) },
    (_, part) => entries.filter((_, i) => i % PARTS === part),
  );
  const sources = [
    `#include <stddef.h>\n${hugeText}`,
    ...parts.map((each) => sourceOf(each, kernels)),
  ];
  const source = sources.map((each, part) => `#if PART == ${part}\n${each}\n#endif\n`).join("");
  const { path } = await sharedLibrary(source, {
    target: compiler,
    flags: libraryFlags(compiler, false),
    cache,
    parts: sources.length,
  });
  const parameters = entries.map(({ name, parameters }) => (
    [name, parameters.map(({ type }) => type as "i32" | "f32")] as const
  ));
  return { path, parameters: Object.fromEntries(parameters) };
}

/** Some kernels with those that they call, and functions that call them. */
function sourceOf(entries: readonly KernelCode[], all: readonly KernelCode[]): string {
  const used = new Set<KernelCode>();
  const use = (kernel: KernelCode): void => {
    used.add(kernel);
    for (const name of calleesOf(kernel)) all.filter((each) => each.name === name).forEach(use);
  };
  entries.forEach(use);
  const printed = printKernels([...used], { constants: null, vectors: nativeVectors });
  const functions = entries.map(({ name, parameters }) => {
    const given = parameters.map(({ type }, i) => ({ name: `given${i}`, type }));
    const heads = given.map(({ name, type }) => `${cTypes[type]} ${name}`);
    return `void run_${name}(${["uint8_t *memory", ...heads].join(", ")}) {
  ${printed.callOf(name, given.map(useLocal))};
}`;
  });
  return `#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

${printed.prelude}

${printed.functions}

${functions.join("\n\n")}
`;
}
