import { checkArguments, checkOptions } from "../check_arguments.ts";
import type { KernelCode, Space } from "../kernel/kernel.ts";
import { constant } from "../kernel/values.ts";
import { dtypeBytes, type NestDtype } from "../nest/dtype.ts";
import type { Computation } from "../nest/pipeline.ts";
import { floatingPoint } from "./c/helpers.ts";
import { printKernels } from "./c/print_kernels.ts";
import { lowerComputation } from "./lower_pipeline.ts";
import type { ProgramBuffer } from "./program.ts";
import { checkSharing, kernelsOf } from "./program_kernels.ts";

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
 * Writes a scheduled nest, or a pipeline of them, as a C99 file with one function over the caller's
 * arrays, its tensors in order: `void matmul(const float *A, const float *B, float *C)`. It runs on one
 * thread and computes, bit for bit, what {@link compile} without `fma` computes: outputs of a nest are
 * added to, so fill them first with what the update starts from.
 *
 * Tensors may lie anywhere and apart from each other. Where a vectorized axis does not end with a
 * vector, up to 15 bytes behind the end of an input are read and not used. Packed copies and
 * intermediate results are static arrays inside the file.
 *
 * @throws {ScheduleError} the schedule is not legal.
 * @throws {RangeError} the name is no identifier.
 * @throws {TypeError} the schedule has an instruction that C has no text for (`relaxedDot`).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matmul, tile, toC } from "tinyloom";
 *
 * const text = toC(tile(matmul({ m: 8, k: 8, n: 8 }), { j: 4 }));
 * assert.match(text, /void matmul\(const float \*A, const float \*B, float \*C\)/);
 * ```
 *
 * @category Code generation
 */
export function toC(computation: Computation, options: CFunctionOptions = {}): string {
  checkOptions("toC", options, "name");
  checkArguments("toC", { computation });
  const name = options.name ?? computation.name.replace(/^(?=\d)|\W/g, "_");
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new RangeError(`name "${name}", needed a C identifier`);
  const program = lowerComputation(computation);
  checkSharing(program);
  const nameOf = names(program.buffers);
  const ownerOf = ({ name, sharesWith = name }: ProgramBuffer) => nameOf.get(sharesWith)!;
  const spaceOf = (buffer: ProgramBuffer): Space => `tensor ${ownerOf(buffer)}`;
  const offsetBytes = Object.fromEntries(program.buffers.map((buffer) => [buffer.name, 0]));
  const layout = { offsetBytes, perThreadBytes: {}, pages: 0 };
  const { codes, run, prepare } = kernelsOf(program, { layout, prefix: `${name}_`, spaceOf });
  const tensors = program.buffers.filter(isTensor);
  const types = Object.fromEntries(
    program.buffers.map((buffer) => [
      spaceOf(buffer),
      isRead(buffer, program.buffers) ? "const uint8_t *" : "uint8_t *",
    ]),
  );
  const kernels = printKernels(codes, { constants: "NULL", types });
  const parameters = tensors.map((buffer) => (
    `${isRead(buffer, [buffer]) ? "const " : ""}${cTypes[buffer.dtype]} *${nameOf.get(buffer.name)}`
  ));
  const own = program.buffers.filter((buffer) =>
    !isTensor(buffer) && buffer.sharesWith === undefined
  );
  const calls = [...prepare ? [prepare] : [], run].map((kernel) => callOf(kernel, kernels.callOf));
  const given = new Map([
    ...tensors.map((buffer) => [buffer, nameOf.get(buffer.name)!] as const),
    ...own.map((buffer) => [buffer, `${name}_${ownerOf(buffer)}`] as const),
  ].map(([buffer, text]) => [ownerOf(buffer), `(${types[spaceOf(buffer)]})${text}`]));
  return [
    "#include <stddef.h>",
    "#include <stdint.h>",
    `#include <string.h>${kernels.usesFloats ? `\n${floatingPoint}` : "\n"}`,
    kernels.prelude,
    "",
    kernels.functions,
    "",
    ...own.map((buffer) =>
      memoryText(buffer, { name: `${name}_${ownerOf(buffer)}`, all: program.buffers })
    ),
    `void ${name}(${parameters.join(", ")}) {`,
    ...tensors.filter((buffer) => !calls.some((call) => uses(call, nameOf.get(buffer.name)!)))
      .map((buffer) => `  (void)${nameOf.get(buffer.name)};`),
    ...calls.map((call) => `  ${withArguments(call, given)};`),
    "}",
    "",
  ].join("\n");
}

const cTypes: Readonly<Record<NestDtype, string>> = {
  f32: "float",
  f64: "double",
  i8: "int8_t",
  u8: "uint8_t",
  i16: "int16_t",
  i32: "int32_t",
};

/** Elements of the outermost loop that are asked for: all. */
const EVERYTHING = 2 ** 31 - 1;

function callOf(
  { name, parameters }: KernelCode,
  print: ReturnType<typeof printKernels>["callOf"],
): string {
  const given: Readonly<Record<string, number>> = { thread: 0, threads: 1, limit: EVERYTHING };
  return print(name, parameters.map((parameter) => constant(given[parameter.name])));
}

/** A call with what stands for each space in place of its name. */
function withArguments(call: string, given: ReadonlyMap<string, string>): string {
  const at = call.indexOf("(");
  return call.slice(0, at) +
    call.slice(at).replace(/\b[A-Za-z_]\w*/g, (word) => given.get(word) ?? word);
}

function uses(call: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(call);
}

function isTensor({ role }: ProgramBuffer): boolean {
  return role === "input" || role === "output";
}

/** Whether memory is only read: that of an input in which nothing else lies. */
function isRead(
  { name, sharesWith = name }: ProgramBuffer,
  all: readonly ProgramBuffer[],
): boolean {
  return all.filter((each) => each.name === sharesWith || each.sharesWith === sharesWith)
    .every(({ role }) => role === "input");
}

/** Names in C, each its own. */
function names(buffers: readonly ProgramBuffer[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(buffers.map(({ name }) => {
    const plain = name.replace(/^(?=\d)|\W/g, "_");
    let own = plain;
    for (let i = 1; taken.has(own); i++) own = `${plain}_${i}`;
    taken.add(own);
    return [name, own];
  }));
}

/** An array for a packed copy or an intermediate result: of int64, for its alignment. */
function memoryText(
  { name }: ProgramBuffer,
  { name: own, all }: { readonly name: string; readonly all: readonly ProgramBuffer[] },
): string {
  const sizes = all.filter((each) => each.name === name || each.sharesWith === name)
    .map(({ elements, dtype }) => elements * dtypeBytes(dtype));
  // A last vector may reach behind the end, as it does in WebAssembly.
  const words = Math.ceil((Math.max(...sizes) + 16) / 8);
  return `static int64_t ${own}[${words}];\n`;
}
