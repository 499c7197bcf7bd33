import { lanes, loads, stores } from "./instruction.ts";

/**
 * Instructions that read or write memory.
 * Source of encodings: WebAssembly core specification 3.0, section "Index of Instructions".
 */
export const memoryInstructions = {
  "i32.load": loads([0x28], "i32", 4, "tl_load32($p)"),
  "i64.load": loads([0x29], "i64", 8, "tl_load64($p)"),
  "f32.load": loads([0x2a], "f32", 4, "tl_load_f32($p)"),
  "f64.load": loads([0x2b], "f64", 8, "tl_load_f64($p)"),
  "i32.load8_s": loads([0x2c], "i32", 1, "tl_load8s($p)"),
  "i32.load8_u": loads([0x2d], "i32", 1, "tl_load8u($p)"),
  "i32.load16_s": loads([0x2e], "i32", 2, "tl_load16s($p)"),
  "i32.load16_u": loads([0x2f], "i32", 2, "tl_load16u($p)"),
  "i64.load32_s": loads([0x34], "i64", 4, "(uint64_t)(int64_t)(int32_t)tl_load32($p)"),
  "i32.store": stores([0x36], 4, "tl_store32($p, $0)"),
  "i64.store": stores([0x37], 8, "tl_store64($p, $0)"),
  "f32.store": stores([0x38], 4, "tl_store_f32($p, $0)"),
  "f64.store": stores([0x39], 8, "tl_store_f64($p, $0)"),
  "i32.store8": stores([0x3a], 1, "tl_store8($p, $0)"),
  "i32.store16": stores([0x3b], 2, "tl_store16($p, $0)"),
  "v128.load": loads([0xfd, 0x00], "v128", 16, lanes("u8", "p[i]")),
  "i16x8.load8x8_s": loads([0xfd, 0x01], "v128", 8, lanes("i16", "(int8_t)p[i]")),
  "i16x8.load8x8_u": loads([0xfd, 0x02], "v128", 8, lanes("u16", "p[i]")),
  "i32x4.load16x4_s": loads(
    [0xfd, 0x03],
    "v128",
    8,
    lanes("i32", "(int16_t)(p[2 * i] | p[2 * i + 1] << 8)"),
  ),
  "i32x4.load16x4_u": loads([0xfd, 0x04], "v128", 8, lanes("u32", "p[2 * i] | p[2 * i + 1] << 8")),
  "v128.load8_splat": loads([0xfd, 0x07], "v128", 1, lanes("u8", "p[0]")),
  "v128.load16_splat": loads([0xfd, 0x08], "v128", 2, lanes("u8", "p[i % 2]")),
  "v128.load32_splat": loads([0xfd, 0x09], "v128", 4, lanes("u8", "p[i % 4]")),
  "v128.load64_splat": loads([0xfd, 0x0a], "v128", 8, lanes("u8", "p[i % 8]")),
  "v128.store": stores([0xfd, 0x0b], 16, "tl_store_v128($p, $0)"),
  "v128.load8_lane": loads([0xfd, 0x54], "v128", 1, null),
  "v128.load16_lane": loads([0xfd, 0x55], "v128", 2, null),
  "v128.load32_lane": loads([0xfd, 0x56], "v128", 4, null),
  "v128.load64_lane": loads([0xfd, 0x57], "v128", 8, null),
  "v128.store8_lane": stores([0xfd, 0x58], 1, "tl_store_lane($p, $0, 1, $l)"),
  "v128.store16_lane": stores([0xfd, 0x59], 2, "tl_store_lane($p, $0, 2, $l)"),
  "v128.store32_lane": stores([0xfd, 0x5a], 4, "tl_store_lane($p, $0, 4, $l)"),
  "v128.store64_lane": stores([0xfd, 0x5b], 8, "tl_store_lane($p, $0, 8, $l)"),
  "v128.load32_zero": loads([0xfd, 0x5c], "v128", 4, lanes("u8", "i < 4 ? p[i] : 0")),
  "v128.load64_zero": loads([0xfd, 0x5d], "v128", 8, lanes("u8", "i < 8 ? p[i] : 0")),
} as const;
