import type { Region } from "../kernel/kernel.ts";
import { KernelBuilder, start } from "../kernel/kernel_builder.ts";
import { apply } from "../kernel/values.ts";
import { encodeKernels } from "./wasm/encode_kernels.ts";

/**
 * Whether `i32x4.relaxed_dot_i8x16_i7x16_add_s` multiplies int8 by uint8 exactly on this machine, as
 * x86's VPDPBUSD does. The relaxed SIMD specification leaves open whether the second operand is
 * signed once it leaves 0 to 127, and whether pairs of products saturate in 16 bits, so the machine
 * is asked: with the extremes, where the readings differ.
 *
 * @example
 * ```ts
 * import { hasExactRelaxedDot } from "tinyloom";
 *
 * const relaxedDot = hasExactRelaxedDot(); // what compile(nest, { relaxedDot }) takes
 * ```
 *
 * @category Code generation
 */
export function hasExactRelaxedDot(): boolean {
  const region: Region = {
    name: "operands",
    space: "memory",
    offsetBytes: 0,
    sizeBytes: 48,
    check: null,
  };
  const b = new KernelBuilder();
  const at = (offsetBytes: number) => ({ region, address: start(region), offsetBytes });
  const [x, y, z] = [0, 16, 32].map((offset) => b.load("v128.load", at(offset)));
  b.store("v128.store", at(32), apply("i32x4.relaxed_dot_i8x16_i7x16_add_s", [x, y, z]));
  const wasm = encodeKernels([b.finish("probe")], { memoryPages: 1 });
  if (!WebAssembly.validate(wasm)) return false;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
    kernel: { memory },
  });
  new Int8Array(memory.buffer, 0, 16).set(SIGNED);
  new Uint8Array(memory.buffer, 16, 16).set(UNSIGNED);
  (exports.probe as () => void)();
  return new Int32Array(memory.buffer, 32, 4).every((sum, lane) => sum === expected(lane));
}

const SIGNED = [127, 127, 127, 127, -128, -128, -128, -128, 127, -128, 1, -1, -127, 127, 2, 3];
const UNSIGNED = [255, 255, 255, 255, 255, 255, 255, 255, 255, 128, 200, 129, 255, 254, 0, 128];

function expected(lane: number): number {
  let sum = 0;
  for (let i = lane * 4; i < lane * 4 + 4; i++) sum += SIGNED[i] * UNSIGNED[i];
  return sum;
}
