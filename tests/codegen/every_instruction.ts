// Kernels that apply every instruction to edge values and random ones, in WebAssembly and in C.
import { printKernels } from "../../lib/codegen/c/print_kernels.ts";
import { emitKernel } from "../../lib/codegen/wasm/emit_kernel.ts";
import { encodeModule } from "../../lib/codegen/wasm/encode_module.ts";
import type { ValueType } from "../../lib/kernel/instruction.ts";
import { instructions } from "../../lib/kernel/instructions.ts";
import type { KernelCode, Region, Value } from "../../lib/kernel/kernel.ts";
import { KernelBuilder, start } from "../../lib/kernel/kernel_builder.ts";
import type { Opcode } from "../../lib/kernel/opcode.ts";
import { add, apply, mul, partsOf, widened } from "../../lib/kernel/values.ts";
import type { VectorStyle } from "../../lib/codegen/c/vector_style.ts";
import { warnings } from "../deploy/c_programs.ts";

const CASES = 160;
const OPERAND_BYTES = 16;
const CASE_BYTES = 4 * OPERAND_BYTES;

function region(name: string, offsetBytes: number, sizeBytes: number): Region {
  return { name, space: "arena", offsetBytes, sizeBytes, check: null };
}

/** Four operands of 16 bytes a case, then results of 16 bytes a case, at an odd address. */
const operands = region("operands", 0, CASES * CASE_BYTES);
const results = region("results", operands.sizeBytes + 1, CASES * OPERAND_BYTES);
const totalBytes = results.offsetBytes + results.sizeBytes;

/** Types of the operands of an instruction that computes, by what its name says. */
function operandTypes(op: Opcode): readonly ValueType[] {
  const [type, name] = op.split(".") as [string, string];
  const isVector = type === "v128" || type.includes("x");
  if (op === "select") return ["i32", "i32", "i32"];
  const { dsp } = instructions[op];
  if (dsp !== undefined) return dsp.operands;
  if (!isVector) {
    const own = type as ValueType;
    const conversion = /_([if]\d\d)(_[su])?$/.exec(name);
    if (conversion !== null) return [conversion[1] as ValueType];
    const unary = "eqz clz abs neg ceil floor trunc nearest sqrt extend8_s extend16_s".split(" ");
    return unary.includes(name) ? [own] : [own, own];
  }
  const lane = (/^i(8|16|32)/.test(type) ? "i32" : type.slice(0, 3)) as ValueType;
  if (name === "splat") return [lane];
  if (name === "replace_lane") return ["v128", lane];
  if (/^(shl|shr_[su])$/.test(name)) return ["v128", "i32"];
  if (/bitselect|relaxed_/.test(name)) return ["v128", "v128", "v128"];
  const unary =
    /^(not|any_true|neg|abs|ceil|floor|trunc|nearest|sqrt|extract|extend|extadd|trunc_sat|convert|demote|promote)/;
  return unary.test(name) && !/^ext(mul)/.test(name) ? ["v128"] : ["v128", "v128"];
}

function lanesOf(op: Opcode): readonly number[] {
  if (op === "i8x16.shuffle") return [0, 31, 5, 16, 2, 2, 18, 30, 1, 15, 14, 29, 7, 8, 23, 11];
  return /_lane/.test(op) ? [1] : [];
}

const LOAD = {
  i32: "i32.load",
  i64: "i64.load",
  f32: "f32.load",
  f64: "f64.load",
  v128: "v128.load",
};
const STORE = {
  i32: "i32.store",
  i64: "i64.store",
  f32: "f32.store",
  f64: "f64.store",
  v128: "v128.store",
};

/** A kernel that applies an instruction to the operands of every case. */
export function kernelOf(op: Opcode, name: string): KernelCode {
  const b = new KernelBuilder();
  const { result, accessBytes } = instructions[op];
  b.for("i", { until: CASES }, (i) => {
    const x = b.let("x", add(start(operands), mul(i, CASE_BYTES)));
    const y = b.let("y", add(start(results), mul(i, OPERAND_BYTES)));
    const operand = (type: ValueType, index: number) =>
      b.load(LOAD[type as keyof typeof LOAD] as Opcode, {
        region: operands,
        address: x,
        offsetBytes: index * OPERAND_BYTES,
      });
    const at = { region: results, address: y };
    const store = (value: Value) =>
      b.store(STORE[value.type as keyof typeof STORE] as Opcode, at, value);
    if (accessBytes > 0) {
      if (result !== null) return store(b.load(op, { region: operands, address: add(x, 1) }));
      const lane = /_lane$/.test(op) ? 1 : undefined;
      const [own] = op.split(".");
      const type = own === "v128" || own.includes("x") ? "v128" : own as ValueType;
      return b.store(op, at, operand(type, 0), lane);
    }
    const types = operandTypes(op);
    const args = types.map((type, index) => {
      const value = operand(type, index);
      if (index === 0 && /^f64x2.relaxed|^f32x4.relaxed/.test(op)) return value;
      // Divisors above 0, and seven bits where what more would be is left open.
      if (index === 1 && /\.(div|rem)_/.test(op) && type === "i32") {
        return apply("i32.or", [apply("i32.shr_u", [value, 1]), 1]);
      }
      if (index === 1 && op === "i64.div_s") {
        const one: Value = { kind: "constant", type: "i64", value: 1n };
        return apply("i64.or", [apply("i64.shr_u", [value, one]), one]);
      }
      if (index === 1 && op.includes("relaxed_dot")) {
        return apply("v128.and", [value, vectorOfI8(0x7f)]);
      }
      return value;
    });
    const type = result ?? args[0].type;
    store({ kind: "op", type, op, args, lanes: lanesOf(op) });
  });
  return b.finish(name);
}

/**
 * A kernel that applies an instruction to the operands of so many cases together: as parts of one wide
 * vector, or one after the other. What is no vector is that of the first case.
 */
export function groupKernelOf(
  op: Opcode,
  name: string,
  { parts, isWide }: { readonly parts: 2 | 4; readonly isWide: boolean },
): KernelCode {
  const b = new KernelBuilder();
  const { accessBytes } = instructions[op];
  const all = Array.from({ length: parts }, (_, part) => part);
  const wide = parts === 2 ? "v256" : "v512";
  b.for("i", { until: CASES / parts }, (i) => {
    const x = b.let("x", add(start(operands), mul(i, parts * CASE_BYTES)));
    const y = b.let("y", add(start(results), mul(i, parts * OPERAND_BYTES)));
    const store = (value: Value, part: number) =>
      b.store(
        "v128.store",
        { region: results, address: y, offsetBytes: part * OPERAND_BYTES },
        value,
      );
    if (accessBytes > 0) {
      const load = (offsetBytes: number) =>
        b.load(op, { region: operands, address: x, offsetBytes });
      const isSplat = op.endsWith("_splat");
      const found = isWide
        ? partsOf(b.let("loaded", widened(load(1), wide)))
        : all.map((part) => load(1 + (isSplat ? 0 : part * accessBytes)));
      return found.forEach(store);
    }
    const types = operandTypes(op);
    const operand = (index: number, part: number) => {
      const type = types[index];
      const offsetBytes = (type === "v128" ? part * CASE_BYTES : 0) + index * OPERAND_BYTES;
      const load = LOAD[type as keyof typeof LOAD] as Opcode;
      const value = b.load(load, { region: operands, address: x, offsetBytes });
      const isSigned = index === 1 && op.includes("relaxed_dot");
      return isSigned ? apply("v128.and", [value, vectorOfI8(0x7f)]) : value;
    };
    if (!isWide) {
      return all.forEach((part) =>
        store(apply(op, types.map((_, index) => operand(index, part)), lanesOf(op)), part)
      );
    }
    const joined = types.map((type, index) =>
      type === "v128"
        ? apply("v128.join", all.map((part) => operand(index, part)))
        : operand(index, 0)
    );
    const result = widened(apply(op, joined, lanesOf(op)), wide);
    partsOf(b.let("result", result)).forEach(store);
  });
  return b.finish(name);
}

/** Operands: edges of every type of lane, then anything. */
export function image(): Uint8Array {
  const bytes = new Uint8Array(totalBytes);
  const view = new DataView(bytes.buffer);
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8;
  const reals = [
    0,
    -0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    1,
    -1,
    2147483647,
    -2147483648.5,
    3e9,
    1e19,
    -1e19,
  ]
    .concat([NaN, Infinity, -Infinity, 127.5, 1e-40, 8388609.5]);
  const integers = [
    0,
    1,
    -1,
    127,
    -128,
    255,
    32767,
    -32768,
    65535,
    2147483647,
    -2147483648,
    31,
    32,
  ];
  for (let at = 0; at + 8 <= operands.sizeBytes; at += 8) {
    const kind = Math.floor(at / CASE_BYTES) % 5;
    const pick = <T>(list: readonly T[]) => list[next() % list.length];
    if (kind === 0) view.setFloat64(at, pick(reals), true);
    else if (kind === 1) [0, 4].forEach((half) => view.setFloat32(at + half, pick(reals), true));
    else if (kind === 2) [0, 4].forEach((half) => view.setInt32(at + half, pick(integers), true));
    else if (kind === 3) {
      [0, 2, 4, 6].forEach((part) => view.setInt16(at + part, pick(integers), true));
    } else for (let i = 0; i < 8; i++) bytes[at + i] = next();
  }
  return bytes;
}

/** Those that C has a text for, fused ones apart, which C does not fuse. */
export const ops = (Object.keys(instructions) as Opcode[])
  .filter((op) => instructions[op].c !== null && !/relaxed_madd/.test(op));

/** What each kernel leaves. */
export function inWebAssembly(
  kernels: readonly KernelCode[],
  bytes: Uint8Array,
): readonly Uint8Array[] {
  const functions = kernels.map((kernel) => ({
    export: kernel.name,
    parameters: [],
    body: emitKernel(kernel, {
      functionIndex: () => 0,
      spaces: { arena: 0 },
      shared: false,
      checks: null,
    }),
  }));
  const wasm = encodeModule({ memoryPages: 1, shared: false, functions });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    kernel: { memory },
  });
  return kernels.map(({ name }) => {
    const whole = new Uint8Array(memory.buffer, 0, totalBytes);
    whole.set(bytes);
    (exports[name] as () => void)();
    return whole.slice(results.offsetBytes);
  });
}

/** The same by a C compiler. */
export async function inC(
  kernels: readonly KernelCode[],
  { bytes, flags, vectors }: {
    readonly bytes: Uint8Array;
    readonly flags: readonly string[];
    /** How vectors are written; left out: lane by lane, in C of any compiler. */
    readonly vectors?: VectorStyle;
  },
): Promise<readonly Uint8Array[]> {
  const { prelude, functions, callOf } = printKernels(kernels, {
    ...{ constants: "none", vectors },
  });
  const runs = kernels.map(({ name }) =>
    `  memcpy(arena, image, sizeof image);\n  ${callOf(name, [])};\n` +
    `  fwrite(arena + ${results.offsetBytes}, 1, ${results.sizeBytes}, stdout);`
  );
  const folder = Deno.makeTempDirSync();
  try {
    const text =
      `#include <stdint.h>\n#include <stddef.h>\n#include <math.h>\n#include <stdio.h>\n` +
      `#include <string.h>\n${prelude}\n${functions}\n` +
      `static const uint8_t image[] = {${
        bytes.join(",")
      }};\nstatic uint8_t arena[sizeof image];\n` +
      `int main(void) {\n${runs.join("\n")}\n  return 0;\n}\n`;
    Deno.writeTextFileSync(`${folder}/all.c`, text);
    const { success, stderr } = await new Deno.Command("gcc", {
      args: [
        ...vectors === undefined ? ["-std=c99", ...warnings] : ["-std=gnu11"],
        ...[...flags, "all.c", "-lm", "-o", "all"],
      ],
      cwd: folder,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const run = await new Deno.Command(`${folder}/all`).output();
    if (!run.success) throw new Error(new TextDecoder().decode(run.stderr));
    return kernels.map((_, i) =>
      run.stdout.slice(i * results.sizeBytes, (i + 1) * results.sizeBytes)
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Lanes as they compare: any NaN is like any other. */
export function comparable(op: Opcode, bytes: Uint8Array): readonly (number | string)[] {
  const type = instructions[op].result;
  const isFloat = op.startsWith("f32") || type === "f32";
  const isDouble = op.startsWith("f64") || type === "f64";
  const own = bytes.slice().buffer;
  if (isDouble && type !== "i32") return Array.from(new Float64Array(own), String);
  if (isFloat && type !== "i32") return Array.from(new Float32Array(own), String);
  return Array.from(bytes);
}

/** The same int8 in all sixteen lanes, or sixteen of them. */
function vectorOfI8(...lanes: readonly number[]): Value {
  const values = Int8Array.from({ length: 16 }, (_, i) => lanes[i % lanes.length]);
  return { kind: "bytes", type: "v128", bytes: new Uint8Array(values.buffer) };
}
