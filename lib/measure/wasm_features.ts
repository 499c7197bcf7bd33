/** A module of one function `() -> ()` with the given body, as bytes. */
function moduleOf(
  body: readonly number[],
  memory: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  const code = [0, ...body, 0x0b];
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[0x01, 4, 1, 0x60, 0, 0],
    ...[0x03, 2, 1, 0],
    ...memory,
    ...[0x0a, code.length + 2, 1, code.length, ...code],
  );
}

const splat = [0x41, 0, 0xfd, 0x0f];
const drop = 0x1a;

/** For each feature the smallest module that only an engine with it accepts. */
const probes: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  // i8x16.splat
  simd128: moduleOf([...splat, drop]),
  // f32x4.relaxed_madd (0x105)
  "relaxed-simd": moduleOf([...splat, ...splat, ...splat, 0xfd, 0x85, 0x02, drop]),
  // i32.atomic.load on a shared memory
  threads: moduleOf([0x41, 0, 0xfe, 0x10, 2, 0, drop], [0x05, 4, 1, 3, 1, 1]),
  // memory.fill
  "bulk-memory": moduleOf([0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0], [0x05, 3, 1, 0, 1]),
  "multi-memory": moduleOf([], [0x05, 5, 2, 0, 1, 0, 1]),
  memory64: moduleOf([], [0x05, 3, 1, 4, 1]),
  // return_call 0
  "tail-call": moduleOf([0x12, 0]),
  // f16x8.splat (0x120)
  fp16: moduleOf([0x43, 0, 0, 0, 0, 0xfd, 0xa0, 0x02, drop]),
};

/**
 * The WebAssembly features this engine accepts, by name; tiny modules are validated to find out.
 *
 * @example
 * ```ts
 * import { wasmFeatures } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * assert(wasmFeatures().includes("simd128"));
 * ```
 *
 * @category Measurement
 */
export function wasmFeatures(): readonly string[] {
  return Object.keys(probes).filter((name) => WebAssembly.validate(probes[name]));
}
