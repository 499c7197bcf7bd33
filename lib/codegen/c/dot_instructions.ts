/** What processors have in one instruction, by a test of the compiler's words. */
export const dotInstructions: readonly {
  readonly group: 2 | 4;
  readonly lanes: number;
  readonly where: string;
  readonly text: string;
}[] = [
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
];
