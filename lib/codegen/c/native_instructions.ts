import type { Opcode } from "../../kernel/opcode.ts";

/**
 * What instructions on vectors are for x86, in terms of the compiler's intrinsics. Intel's instructions
 * on 32 and 64 bytes do to each part of 16 what those on 16 do, as the kernel language says.
 * Source: Intel Intrinsics Guide.
 *
 * `$M` is what names begin with (`_mm`, `_mm256`, `_mm512`), `$a` an operand as a vector of integers,
 * `$fa` of float32, `$da` of float64, `$Z` zeros, `$P` the cast of an immediate. A text alone is for
 * vectors of any size.
 */
export const x86Instructions: Readonly<Partial<Record<Opcode, NativeText>>> = {
  ...named("packs_epi16", "i8x16.narrow_i16x8_s"),
  ...named("packus_epi16", "i8x16.narrow_i16x8_u"),
  ...named("packs_epi32", "i16x8.narrow_i32x4_s"),
  ...named("packus_epi32", "i16x8.narrow_i32x4_u"),
  ...named("adds_epi8", "i8x16.add_sat_s"),
  ...named("adds_epi16", "i16x8.add_sat_s"),
  ...named("subs_epi8", "i8x16.sub_sat_s"),
  ...named("subs_epi16", "i16x8.sub_sat_s"),
  ...named("min_epi8", "i8x16.min_s"),
  ...named("max_epi8", "i8x16.max_s"),
  ...named("min_epu8", "i8x16.min_u"),
  ...named("max_epu8", "i8x16.max_u"),
  ...named("min_epi16", "i16x8.min_s"),
  ...named("max_epi16", "i16x8.max_s"),
  ...named("min_epi32", "i32x4.min_s"),
  ...named("max_epi32", "i32x4.max_s"),
  ...named("mullo_epi16", "i16x8.mul"),
  ...named("madd_epi16", "i32x4.dot_i16x8_s"),
  "i32x4.abs": { any: "$M_abs_epi32($a)" },
  "i16x8.q15mulr_sat_s": {
    // Only -1 times -1 does not fit: its bits are turned around.
    any: "(tl_i16x$8)$M_mulhrs_epi16($a, $b) ^ " +
      "((tl_i16x$8)$M_mulhrs_epi16($a, $b) == (tl_i16x$8)$M_set1_epi16(-32768))",
  },
  "i8x16.swizzle": { any: "$M_shuffle_epi8($a, $M_adds_epu8($b, $M_set1_epi8(0x70)))" },
  "i16x8.extend_low_i8x16_s": {
    16: "_mm_cvtepi8_epi16($a)",
    any: "$M_srai_epi16($M_unpacklo_epi8($a, $a), 8)",
  },
  "i16x8.extend_high_i8x16_s": { any: "$M_srai_epi16($M_unpackhi_epi8($a, $a), 8)" },
  "i16x8.extend_low_i8x16_u": { any: "$M_unpacklo_epi8($a, $Z)" },
  "i16x8.extend_high_i8x16_u": { any: "$M_unpackhi_epi8($a, $Z)" },
  "i32x4.extend_low_i16x8_s": {
    16: "_mm_cvtepi16_epi32($a)",
    any: "$M_srai_epi32($M_unpacklo_epi16($a, $a), 16)",
  },
  "i32x4.extend_high_i16x8_s": { any: "$M_srai_epi32($M_unpackhi_epi16($a, $a), 16)" },
  "i64x2.extend_low_i32x4_s": { any: "$M_unpacklo_epi32($a, $M_srai_epi32($a, 31))" },
  "i64x2.extend_high_i32x4_s": { any: "$M_unpackhi_epi32($a, $M_srai_epi32($a, 31))" },
  "i16x8.extmul_low_i8x16_s": {
    any: "$M_mullo_epi16($M_srai_epi16($M_unpacklo_epi8($a, $a), 8), " +
      "$M_srai_epi16($M_unpacklo_epi8($b, $b), 8))",
  },
  "i16x8.extmul_high_i8x16_s": {
    any: "$M_mullo_epi16($M_srai_epi16($M_unpackhi_epi8($a, $a), 8), " +
      "$M_srai_epi16($M_unpackhi_epi8($b, $b), 8))",
  },
  "i32x4.extmul_low_i16x8_s": {
    any: "$M_unpacklo_epi16($M_mullo_epi16($a, $b), $M_mulhi_epi16($a, $b))",
  },
  "i32x4.extmul_high_i16x8_s": {
    any: "$M_unpackhi_epi16($M_mullo_epi16($a, $b), $M_mulhi_epi16($a, $b))",
  },
  "i64x2.extmul_low_i32x4_s": {
    any: "$M_mul_epi32($M_shuffle_epi32($a, $P0x50), $M_shuffle_epi32($b, $P0x50))",
  },
  "i64x2.extmul_high_i32x4_s": {
    any: "$M_mul_epi32($M_shuffle_epi32($a, $P0xfa), $M_shuffle_epi32($b, $P0xfa))",
  },
  "i16x8.extadd_pairwise_i8x16_s": { any: "$M_maddubs_epi16($M_set1_epi8(1), $a)" },
  "i32x4.extadd_pairwise_i16x8_s": { any: "$M_madd_epi16($a, $M_set1_epi16(1))" },
  "f32x4.pmin": { any: "$M_min_ps($fb, $fa)" },
  "f32x4.pmax": { any: "$M_max_ps($fb, $fa)" },
  "f32x4.sqrt": { any: "$M_sqrt_ps($fa)" },
  "f32x4.ceil": { 16: "_mm_ceil_ps($fa)" },
  "f32x4.floor": { 16: "_mm_floor_ps($fa)" },
  "f32x4.trunc": { 16: "_mm_round_ps($fa, 0x0b)" },
  "f32x4.nearest": { 16: "_mm_round_ps($fa, 0x08)" },
  "f64x2.floor": { 16: "_mm_floor_pd($da)" },
  "f32x4.demote_f64x2_zero": { 16: "_mm_cvtpd_ps($da)" },
  "f64x2.promote_low_f32x4": { 16: "_mm_cvtps_pd($fa)" },
  "f64x2.convert_low_i32x4_s": {
    16: "_mm_cvtepi32_pd($a)",
    32: "_mm256_cvtepi32_pd(_mm256_castsi256_si128(_mm256_permute4x64_epi64($a, 0x08)))",
    64: "_mm512_cvtepi32_pd(_mm512_castsi512_si256(_mm512_permutexvar_epi64(" +
      "_mm512_setr_epi64(0, 2, 4, 6, 0, 0, 0, 0), $a)))",
  },
  "v128.any_true": { 16: "!_mm_testz_si128($a, $a)" },
  "i16x8.load8x8_s": {
    16: "_mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)p))",
    32: "_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)p))",
    64: "_mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)p))",
  },
  "i16x8.load8x8_u": {
    16: "_mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)p))",
    32: "_mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p))",
    64: "_mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)p))",
  },
  "i32x4.load16x4_s": {
    16: "_mm_cvtepi16_epi32(_mm_loadl_epi64((const __m128i *)p))",
    32: "_mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)p))",
    64: "_mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)p))",
  },
  "v128.join": {
    32: "_mm256_inserti128_si256(_mm256_castsi128_si256($a), $b, 1)",
    64: "_mm512_inserti32x4(_mm512_inserti32x4(_mm512_inserti32x4(" +
      "_mm512_castsi128_si512($a), $b, 1), $c, 2), $d, 3)",
  },
  "i32x4.deal": {
    32: "_mm256_permutevar8x32_epi32($a, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))",
    64: "_mm512_permutexvar_epi32(" +
      "_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), $a)",
  },
};

/** The text of an instruction for vectors of so many bytes; `any`: of the others. */
export type NativeText = Readonly<Partial<Record<16 | 32 | 64 | "any", string>>>;

/** What the compiler must say of a processor that has the instructions on vectors of so many bytes. */
export const x86Features = {
  16: "defined(__SSE4_1__)",
  32: "defined(__AVX2__)",
  64: "defined(__AVX512BW__)",
} as const;

/** Instructions that only some of these processors have. */
export const x86Extensions: Readonly<
  Partial<Record<Opcode, Readonly<Record<16 | 32 | 64, readonly (readonly [string, string])[]>>>>
> = {
  // Signed by unsigned bytes: exact, nothing saturates. The unsigned one comes first here.
  "i32x4.relaxed_dot_i8x16_i7x16_add_s": {
    16: [
      [
        "defined(__AVX512VNNI__) && defined(__AVX512VL__)",
        "_mm_dpbusd_epi32($c, $b, $a)",
      ],
      ["defined(__AVXVNNI__)", "_mm_dpbusd_avx_epi32($c, $b, $a)"],
    ],
    32: [
      [
        "defined(__AVX512VNNI__) && defined(__AVX512VL__)",
        "_mm256_dpbusd_epi32($c, $b, $a)",
      ],
      ["defined(__AVXVNNI__)", "_mm256_dpbusd_avx_epi32($c, $b, $a)"],
    ],
    64: [["defined(__AVX512VNNI__)", "_mm512_dpbusd_epi32($c, $b, $a)"]],
  },
  "f32x4.relaxed_madd": fused("ps", "f"),
  "f64x2.relaxed_madd": fused("pd", "d"),
};

/** One intrinsic of two operands. */
function named(name: string, op: Opcode): Partial<Record<Opcode, NativeText>> {
  return { [op]: { any: `$M_${name}($a, $b)` } };
}

function fused(suffix: string, kind: string) {
  const text = `$M_fmadd_${suffix}($${kind}a, $${kind}b, $${kind}c)`;
  return {
    16: [["defined(__FMA__)", text]],
    32: [["defined(__FMA__)", text]],
    64: [["defined(__AVX512F__)", text]],
  } as const;
}
