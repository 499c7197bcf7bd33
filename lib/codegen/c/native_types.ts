import type { LaneType } from "../../kernel/instruction.ts";
import { vectorType } from "./helpers.ts";
import { codeOfType } from "./lane_vectors.ts";

const sizes = [16, 32, 64] as const;

/** Vectors of each type and size. */
const typedefs = sizes.flatMap((size) =>
  (Object.keys(codeOfType) as LaneType[]).map((lane) => {
    const count = 8 * size / Number(lane.slice(1));
    return `typedef ${codeOfType[lane]} tl_${lane}x${count} __attribute__((vector_size(${size})));`;
  })
);

/**
 * Vectors of GCC and Clang: those of bits that instructions see as any lanes, and those of lanes. Accesses
 * to memory go through `memcpy`, which needs no alignment.
 */
export const nativeTypes = `#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

${typedefs.join("\n")}
typedef tl_i64x2 tl_v128;
typedef tl_i64x4 tl_v256;
typedef tl_i64x8 tl_v512;
${vectorType.replace("tl_v128;", "tl_lanes;")}

#if defined(__clang__) || __GNUC__ >= 12
#define TL_SHUFFLE(T, a, b, ...) __builtin_shufflevector((T)(a), (T)(b), __VA_ARGS__)
#else
#define TL_SHUFFLE(T, a, b, ...) __builtin_shuffle((T)(a), (T)(b), (T){__VA_ARGS__})
#endif

static inline void tl_store_v128(uint8_t *p, tl_v128 v) { memcpy(p, &v, sizeof v); }
static inline void tl_store_v256(uint8_t *p, tl_v256 v) { memcpy(p, &v, sizeof v); }
static inline void tl_store_v512(uint8_t *p, tl_v512 v) { memcpy(p, &v, sizeof v); }
static inline void tl_store_lane(uint8_t *p, tl_v128 v, size_t bytes, size_t lane) {
  uint64_t x = bytes == 8
    ? ((tl_u64x2)v)[lane & 1]
    : bytes == 4
    ? ((tl_u32x4)v)[lane & 3]
    : bytes == 2
    ? ((tl_u16x8)v)[lane & 7]
    : ((tl_u8x16)v)[lane & 15];
  memcpy(p, &x, bytes);
}
#if defined(__AVX2__)
static inline tl_v256 tl_repeat_v256(tl_v128 a) {
  return (tl_v256)_mm256_broadcastsi128_si256((__m128i)a);
}
#endif
#if defined(__AVX512F__)
static inline tl_v512 tl_repeat_v512(tl_v128 a) {
  return (tl_v512)_mm512_broadcast_i32x4((__m128i)a);
}
#endif`;
