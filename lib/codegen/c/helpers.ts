/**
 * What instructions are made of that C has no operator for. Accesses to memory go through `memcpy`:
 * they need no alignment, and may see any bytes as any type.
 */
export const helpers: Readonly<Record<string, string>> = {
  tl_load8u: "static inline uint32_t tl_load8u(const uint8_t *p) { return *p; }",
  tl_load8s: `static inline uint32_t tl_load8s(const uint8_t *p) {
  return (uint32_t)(int32_t)(int8_t)*p;
}`,
  tl_load16u: `static inline uint32_t tl_load16u(const uint8_t *p) {
  uint16_t v;
  memcpy(&v, p, sizeof v);
  return v;
}`,
  tl_load16s: `static inline uint32_t tl_load16s(const uint8_t *p) {
  int16_t v;
  memcpy(&v, p, sizeof v);
  return (uint32_t)(int32_t)v;
}`,
  ...Object.fromEntries(
    [["32", "uint32_t"], ["64", "uint64_t"], ["_f32", "float"], ["_f64", "double"]].flatMap((
      [name, type],
    ) => [
      [
        `tl_load${name}`,
        `static inline ${type} tl_load${name}(const uint8_t *p) {
  ${type} v;
  memcpy(&v, p, sizeof v);
  return v;
}`,
      ],
      [
        `tl_store${name}`,
        `static inline void tl_store${name}(uint8_t *p, ${type} v) { memcpy(p, &v, sizeof v); }`,
      ],
    ]),
  ),
  tl_store8: "static inline void tl_store8(uint8_t *p, uint32_t v) { *p = (uint8_t)v; }",
  tl_store16: `static inline void tl_store16(uint8_t *p, uint32_t v) {
  uint16_t low = (uint16_t)v;
  memcpy(p, &low, sizeof low);
}`,
  tl_clz32: `static inline uint32_t tl_clz32(uint32_t v) {
#if defined(__GNUC__) && __SIZEOF_INT__ == 4
  return v == 0 ? 32u : (uint32_t)__builtin_clz(v);
#else
  uint32_t zeros = 32;
  for (; v != 0; v >>= 1) zeros--;
  return zeros;
#endif
}`,
  // Of no use where kernels are in assembly.
  tl_low: `TL_SPARE static inline uint32_t tl_low(uint32_t v) {
  return (uint32_t)(int32_t)(int16_t)(uint16_t)v;
}`,
  tl_high:
    "TL_SPARE static inline uint32_t tl_high(uint32_t v) { return (uint32_t)((int32_t)v >> 16); }",
  tl_even8: `TL_SPARE static inline uint32_t tl_even8(uint32_t v) {
  uint32_t low = (uint32_t)(int32_t)(int8_t)(uint8_t)v;
  uint32_t high = (uint32_t)(int32_t)(int8_t)(uint8_t)(v >> 16);
  return (low & 0xffffu) | high << 16;
}`,
  tl_mulh_round_add:
    `TL_SPARE static inline uint32_t tl_mulh_round_add(uint32_t a, uint32_t b, uint32_t c) {
  int64_t product = (int64_t)(int32_t)a * (int32_t)b + INT64_C(0x80000000);
  return c + (uint32_t)(product >> 32);
}`,
  tl_saturate8: `TL_SPARE static inline uint32_t tl_saturate8(uint32_t v) {
  int32_t x = (int32_t)v;
  return (uint32_t)(x < -128 ? -128 : x > 127 ? 127 : x);
}`,
  tl_bits_of: `static inline uint32_t tl_bits_of(float v) {
  uint32_t bits;
  memcpy(&bits, &v, sizeof bits);
  return bits;
}`,
  tl_float_of: `static inline float tl_float_of(uint32_t bits) {
  float v;
  memcpy(&v, &bits, sizeof v);
  return v;
}`,
  ...Object.fromEntries(
    [["f32", "float"], ["f64", "double"]].flatMap(([suffix, type]) =>
      [["min", "<", "a", "b"], ["max", ">", "b", "a"]].map(([name, sign, negative, positive]) => [
        `tl_${name}_${suffix}`,
        `static inline ${type} tl_${name}_${suffix}(${type} a, ${type} b) {
  if (a != a || b != b) return a + b;
  if (a == b) return signbit(a) ? ${negative} : ${positive};
  return a ${sign} b ? a : b;
}`,
      ])
    ),
  ),
  tl_trunc_i32_s: truncation("uint32_t", "int32_t", {
    low: ["-2147483648.0", "0x80000000u"],
    high: ["2147483648.0", "0x7fffffffu"],
  }),
  tl_trunc_i32_u: truncation("uint32_t", "uint32_t", {
    low: ["0.0", "0u"],
    high: ["4294967296.0", "0xffffffffu"],
  }),
  tl_trunc_i64_s: truncation("uint64_t", "int64_t", {
    low: ["-9223372036854775808.0", "UINT64_C(0x8000000000000000)"],
    high: ["9223372036854775808.0", "UINT64_C(0x7fffffffffffffff)"],
  }),
  tl_trunc_i64_u: truncation("uint64_t", "uint64_t", {
    low: ["0.0", "0u"],
    high: ["18446744073709551616.0", "UINT64_C(0xffffffffffffffff)"],
  }),
  tl_saturate: `static inline int32_t tl_saturate(int32_t v, int32_t least, int32_t most) {
  return v < least ? least : v > most ? most : v;
}`,
  tl_dot_i8x16: `static inline uint32_t tl_dot_i8x16(tl_v128 a, tl_v128 b) {
  uint32_t sum = 0;
  for (int i = 0; i < 16; i++) sum += (uint32_t)(a.i8[i] * b.i8[i]);
  return sum;
}`,
  tl_dot_i16x8: `static inline uint32_t tl_dot_i16x8(tl_v128 a, tl_v128 b) {
  uint32_t sum = 0;
  for (int i = 0; i < 8; i++) sum += (uint32_t)(a.i16[i] * b.i16[i]);
  return sum;
}`,
  tl_q31mulr: `static inline uint32_t tl_q31mulr(int32_t a, int32_t b) {
  int64_t product = ((int64_t)a * b + 0x40000000) >> 31;
  return product > INT32_MAX ? (uint32_t)INT32_MAX : (uint32_t)product;
}`,
  tl_shl_round: `static inline uint32_t tl_shl_round(int32_t a, uint32_t b) {
  uint32_t by = (0u - b) & 31u;
  if (by == 0) return (uint32_t)a;
  return (uint32_t)(a >> by) + ((uint32_t)(a >> (by - 1)) & 1u);
}`,
  tl_store8x8: `static inline void tl_store8x8(uint8_t *p, tl_v128 v) {
  for (int i = 0; i < 8; i++) p[i] = v.u8[2 * i];
}`,
  tl_store8x4: `static inline void tl_store8x4(uint8_t *p, tl_v128 v) {
  for (int i = 0; i < 4; i++) p[i] = v.u8[4 * i];
}`,
  tl_store_v128: `static inline void tl_store_v128(uint8_t *p, tl_v128 v) {
  memcpy(p, v.u8, sizeof v.u8);
}`,
  tl_store_lane:
    `static inline void tl_store_lane(uint8_t *p, tl_v128 v, size_t bytes, size_t lane) {
  memcpy(p, v.u8 + bytes * lane, bytes);
}`,
};

/** A vector of 16 bytes, seen as lanes. */
export const vectorType = `typedef union {
  uint8_t u8[16];
  int8_t i8[16];
  uint16_t u16[8];
  int16_t i16[8];
  uint32_t u32[4];
  int32_t i32[4];
  uint64_t u64[2];
  int64_t i64[2];
  float f32[4];
  double f64[2];
} tl_v128;`;

/** Towards zero; NaN is 0, what is out of range the nearest integer in it. */
function truncation(
  result: string,
  type: string,
  { low, high }: { readonly low: readonly string[]; readonly high: readonly string[] },
): string {
  const name = `tl_trunc_i${result.includes("64") ? 64 : 32}_${type.startsWith("u") ? "u" : "s"}`;
  return `static inline ${result} ${name}(double v) {
  if (v != v) return 0;
  if (v <= ${low[0]}) return ${low[1]};
  if (v >= ${high[0]}) return ${high[1]};
  return (${result})(${type})v;
}`;
}

/** Results are to be rounded after every operation. */
export const floatingPoint = `#include <math.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif
`;
