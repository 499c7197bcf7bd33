import { loads, stores } from "./instruction.ts";

/**
 * Instructions that read or write memory.
 * Source of encodings: WebAssembly core specification 3.0, section "Index of Instructions".
 */
export const memoryInstructions = {
  "i32.load": loads([0x28], "i32", 4),
  "i64.load": loads([0x29], "i64", 8),
  "f32.load": loads([0x2a], "f32", 4),
  "f64.load": loads([0x2b], "f64", 8),
  "i32.load8_s": loads([0x2c], "i32", 1),
  "i32.load8_u": loads([0x2d], "i32", 1),
  "i32.load16_s": loads([0x2e], "i32", 2),
  "i32.load16_u": loads([0x2f], "i32", 2),
  "i64.load32_s": loads([0x34], "i64", 4),
  "i32.store": stores([0x36], 4),
  "i64.store": stores([0x37], 8),
  "f32.store": stores([0x38], 4),
  "f64.store": stores([0x39], 8),
  "i32.store8": stores([0x3a], 1),
  "i32.store16": stores([0x3b], 2),
  "v128.load": loads([0xfd, 0x00], "v128", 16),
  "i16x8.load8x8_s": loads([0xfd, 0x01], "v128", 8),
  "i16x8.load8x8_u": loads([0xfd, 0x02], "v128", 8),
  "i32x4.load16x4_s": loads([0xfd, 0x03], "v128", 8),
  "i32x4.load16x4_u": loads([0xfd, 0x04], "v128", 8),
  "v128.load8_splat": loads([0xfd, 0x07], "v128", 1),
  "v128.load16_splat": loads([0xfd, 0x08], "v128", 2),
  "v128.load32_splat": loads([0xfd, 0x09], "v128", 4),
  "v128.load64_splat": loads([0xfd, 0x0a], "v128", 8),
  "v128.store": stores([0xfd, 0x0b], 16),
  "v128.load8_lane": loads([0xfd, 0x54], "v128", 1),
  "v128.load16_lane": loads([0xfd, 0x55], "v128", 2),
  "v128.load32_lane": loads([0xfd, 0x56], "v128", 4),
  "v128.load64_lane": loads([0xfd, 0x57], "v128", 8),
  "v128.store8_lane": stores([0xfd, 0x58], 1),
  "v128.store16_lane": stores([0xfd, 0x59], 2),
  "v128.store32_lane": stores([0xfd, 0x5a], 4),
  "v128.store64_lane": stores([0xfd, 0x5b], 8),
  "v128.load32_zero": loads([0xfd, 0x5c], "v128", 4),
  "v128.load64_zero": loads([0xfd, 0x5d], "v128", 8),
} as const;
