/** What processors have for sums of products in every lane, by a test of the compiler's words. */
interface DotInstruction {
  readonly group: 2 | 4;
  readonly lanes: number;
  /** Whether fours are of int8 alone; left out: the first factor is of uint8. */
  readonly isSigned?: true;
  readonly where: string;
  readonly text: string;
}

/** All of them; of those that multiply the same, the first that there is counts. */
export const dotInstructions: readonly DotInstruction[] = [
  {
    group: 4,
    lanes: 16,
    where: "defined(__AVX512VNNI__)",
    text: "return (i32x16)_mm512_dpbusd_epi32((__m512i)c, (__m512i)a, (__m512i)b);",
  },
  {
    group: 4,
    lanes: 8,
    where: "defined(__AVX512VNNI__) && defined(__AVX512VL__)",
    text: "return (i32x8)_mm256_dpbusd_epi32((__m256i)c, (__m256i)a, (__m256i)b);",
  },
  {
    group: 4,
    lanes: 8,
    where: "defined(__AVXVNNI__)",
    text: "return (i32x8)_mm256_dpbusd_avx_epi32((__m256i)c, (__m256i)a, (__m256i)b);",
  },
  {
    group: 4,
    lanes: 4,
    where: "defined(__AVX512VNNI__) && defined(__AVX512VL__)",
    text: "return (i32x4)_mm_dpbusd_epi32((__m128i)c, (__m128i)a, (__m128i)b);",
  },
  {
    group: 4,
    lanes: 4,
    where: "defined(__AVXVNNI__)",
    text: "return (i32x4)_mm_dpbusd_avx_epi32((__m128i)c, (__m128i)a, (__m128i)b);",
  },
  {
    group: 4,
    lanes: 4,
    where: "defined(__ARM_FEATURE_MATMUL_INT8)",
    text: "return (i32x4)vusdotq_s32((int32x4_t)c, (uint8x16_t)a, (int8x16_t)b);",
  },
  {
    group: 2,
    lanes: 16,
    where: "defined(__AVX512VNNI__)",
    text: "return (i32x16)_mm512_dpwssd_epi32((__m512i)c, (__m512i)a, (__m512i)b);",
  },
  {
    group: 2,
    lanes: 16,
    where: "defined(__AVX512BW__)",
    text: "return c + (i32x16)_mm512_madd_epi16((__m512i)a, (__m512i)b);",
  },
  {
    group: 2,
    lanes: 8,
    where: "defined(__AVX2__)",
    text: "return c + (i32x8)_mm256_madd_epi16((__m256i)a, (__m256i)b);",
  },
  {
    group: 2,
    lanes: 4,
    where: "defined(__SSE2__)",
    text: "return c + (i32x4)_mm_madd_epi16((__m128i)a, (__m128i)b);",
  },
  signedFours(8, "_mm256", "__AVXVNNIINT8__"),
  signedFours(4, "_mm", "__AVXVNNIINT8__"),
  {
    ...{ group: 4, lanes: 4, isSigned: true },
    where: "defined(__ARM_FEATURE_DOTPROD)",
    text: "return (i32x4)vdotq_s32((int32x4_t)c, (int8x16_t)a, (int8x16_t)b);",
  },
  offsetFours(16, "_mm512", "defined(__AVX512VNNI__)", "dpbusd"),
  offsetFours(8, "_mm256", "defined(__AVX512VNNI__) && defined(__AVX512VL__)", "dpbusd"),
  offsetFours(8, "_mm256", "defined(__AVXVNNI__)", "dpbusd_avx"),
  offsetFours(4, "_mm", "defined(__AVX512VNNI__) && defined(__AVX512VL__)", "dpbusd"),
  offsetFours(4, "_mm", "defined(__AVXVNNI__)", "dpbusd_avx"),
];

function signedFours(lanes: number, prefix: string, feature: string): DotInstruction {
  const type = `__m${32 * lanes}i`;
  return {
    ...{ group: 4, lanes, isSigned: true },
    where: `defined(${feature})`,
    text: `return (i32x${lanes})${prefix}_dpbssd_epi32((${type})c, (${type})a, (${type})b);`,
  };
}

/** By the instruction for uint8: `a * b` is `(a + 128) * b` without `128 * b`. */
function offsetFours(
  lanes: number,
  prefix: string,
  where: string,
  name: string,
): DotInstruction {
  const type = `__m${32 * lanes}i`;
  const bits = `${prefix}_set1_epi8(-128)`;
  const xor = lanes === 16 ? "_mm512_xor_si512" : `${prefix}_xor_si${32 * lanes}`;
  const zero = `${prefix}_setzero_si${32 * lanes}()`;
  const dot = (sum: string, left: string) => `${prefix}_${name}_epi32(${sum}, ${left}, (${type})b)`;
  const whole = dot(`(${type})c`, `${xor}((${type})a, ${bits})`);
  return {
    ...{ group: 4, lanes, isSigned: true },
    where,
    text: `return (i32x${lanes})${prefix}_sub_epi32(${whole}, ${dot(zero, bits)});`,
  };
}
