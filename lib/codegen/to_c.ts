import { checkArguments, checkOptions } from "../check_arguments.ts";
import { dtypeBytes } from "../nest/dtype.ts";
import type { Computation } from "../nest/pipeline.ts";
import { keywords } from "./c/print_value.ts";
import { type PrintedProgram, printProgram } from "./c/print_program.ts";
import { elementTypes, VectorFunctions } from "./c/vector_functions.ts";
import { lowerComputation } from "./lower_pipeline.ts";
import type { ProgramBuffer } from "./program.ts";
import { checkSharing } from "./program_kernels.ts";

/**
 * What {@link toC} leaves open.
 *
 * @category Code generation
 */
export interface CFunctionOptions {
  /** The function's name; the nest's if left out. */
  readonly name?: string;
}

/**
 * Writes a scheduled nest, or a pipeline of them, as a C file with one function over the caller's
 * arrays, its tensors in order: `void matmul(const float *A, const float *B, float *C)`. Its loops are
 * those of the nest, under their names; each counts from the start of its tile. It runs on one thread
 * and computes, bit for bit, what {@link compile} without `fma` computes if the compiler does not fuse
 * either (`-ffp-contract=off`): outputs of a nest are added to, so fill them first with what the update
 * starts from.
 *
 * Scalar schedules are C99; what is vectorized uses the vector types of GCC and Clang, of any size.
 * Tensors may lie anywhere and apart from each other; nothing outside of them is accessed. Packed copies
 * and intermediate results are static arrays inside the file.
 *
 * @throws {ScheduleError} the schedule is not legal.
 * @throws {RangeError} the name is no identifier.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, tile, toC } from "tinyloom";
 *
 * const text = toC(tile(matmul({ m: 8, k: 8, n: 8 }), { j: 4 }));
 * assert.match(text, /void matmul\(const float \*A, const float \*B, float \*C\)/);
 * assert.match(text, /C\[tj \+ j \+ 8 \* i\] \+= A\[8 \* i \+ k\] \* B\[tj \+ j \+ 8 \* k\];/);
 * ```
 *
 * @category Code generation
 */
export function toC(computation: Computation, options: CFunctionOptions = {}): string {
  checkOptions("toC", options, "name");
  checkArguments("toC", { computation });
  const name = options.name ?? computation.name.replace(/^(?=\d)|\W/g, "_");
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new RangeError(`name "${name}", needed a C identifier`);
  const { buffers, functions, printed, nameOf } = printComputation(computation, {
    isThreaded: false,
  });
  const own = ownBuffers(buffers);
  const parameters = buffers.filter(isTensor).map((buffer) =>
    parameterText(buffer, { buffers, nameOf })
  );
  return [
    heads(functions),
    ...own.map((buffer) => {
      const aligned = "__attribute__((aligned(64)))";
      return `static ${elementTypes[buffer.dtype]} ${nameOf(buffer.name)}[${
        sizeOf(buffer, buffers)
      }] ${aligned};`;
    }),
    `void ${name}(${parameters.join(", ")}) {`,
    ...aliases(buffers, nameOf),
    ...printed.prepare,
    ...printed.body,
    "}",
    "",
  ].join("\n");
}

/** A computation in C, and what is needed around it. */
export interface PrintedComputation {
  readonly buffers: readonly ProgramBuffer[];
  readonly printed: PrintedProgram;
  readonly functions: VectorFunctions;
  /** What loops and buffers are called. */
  readonly nameOf: (name: string) => string;
}

/**
 * Statements of a computation, to be put into a function.
 *
 * @throws {ScheduleError} the schedule is not legal.
 */
export function printComputation(
  computation: Computation,
  { isThreaded, takesTiles }: { readonly isThreaded: boolean; readonly takesTiles?: boolean },
): PrintedComputation {
  const program = lowerComputation(computation, { share: false, prefetches: true });
  if (program.buffers.some(({ sharesWith }) => sharesWith !== undefined)) {
    checkSharing(lowerComputation(computation));
  }
  const functions = new VectorFunctions();
  const nameOf = names();
  for (const { name } of program.buffers) nameOf(name);
  const printed = printProgram(program, { nameOf, functions, isThreaded, takesTiles });
  return { buffers: program.buffers, printed, functions, nameOf };
}

/** What a file of such functions begins with. */
export function heads(functions: VectorFunctions): string {
  const text = functions.text();
  return [
    "#include <math.h>",
    "#include <stddef.h>",
    "#include <stdint.h>",
    "#include <string.h>",
    .../_mm\d*_/.test(text) ? ["#if defined(__SSE2__)", "#include <immintrin.h>", "#endif"] : [],
    .../vu?s?dotq/.test(text) ? ["#if defined(__ARM_NEON)", "#include <arm_neon.h>", "#endif"] : [],
    ...text.includes("vector_size")
      ? ["#if defined(__GNUC__)", '#pragma GCC diagnostic ignored "-Wpsabi"', "#endif"]
      : [],
    "",
    ...text === "" ? [] : [text, ""],
  ].join("\n");
}

/** Whether a buffer is given by the caller. */
export function isTensor({ role }: ProgramBuffer): boolean {
  return role === "input" || role === "output";
}

/** Buffers that have memory of their own in the file. */
export function ownBuffers(buffers: readonly ProgramBuffer[]): readonly ProgramBuffer[] {
  return buffers.filter((each) => !isTensor(each) && each.sharesWith === undefined);
}

/** How a tensor is given: read only where nothing is written to its memory. */
export function parameterText(
  { name, dtype, role }: ProgramBuffer,
  { buffers, nameOf }: Pick<PrintedComputation, "buffers" | "nameOf">,
): string {
  const isRead = role === "input" && !buffers.some(({ sharesWith }) => sharesWith === name);
  return `${isRead ? "const " : ""}${elementTypes[dtype]} *${nameOf(name)}`;
}

/** Elements that a buffer and those that share its memory need. */
export function sizeOf(
  { name, dtype }: ProgramBuffer,
  all: readonly ProgramBuffer[],
): number {
  const bytes = all.filter((each) => each.name === name || each.sharesWith === name)
    .map((each) => each.elements * dtypeBytes(each.dtype));
  return Math.ceil(Math.max(...bytes) / dtypeBytes(dtype));
}

/** Names of buffers that lie in the memory of others. */
export function aliases(
  buffers: readonly ProgramBuffer[],
  nameOf: (name: string) => string,
): string[] {
  return buffers.flatMap(({ name, dtype, sharesWith }) =>
    sharesWith === undefined
      ? []
      : [`  ${elementTypes[dtype]} *const ${nameOf(name)} = (void *)${nameOf(sharesWith)};`]
  );
}

const TAKEN = [...keywords, ..."memcpy thread threads meet v l".split(" ")];

/** Names in C, each its own, kept for whoever asks again. */
function names(): (name: string) => string {
  const known = new Map<string, string>();
  const taken = new Set(TAKEN);
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const plain = name.replace(/^(?=\d)|\W/g, "_");
    let own = plain;
    for (let i = 1; taken.has(own) || /^sum\d+$/.test(own); i++) own = `${plain}_${i}`;
    taken.add(own);
    known.set(name, own);
    return own;
  };
}
