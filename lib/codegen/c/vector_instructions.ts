import { dtypeBytes, isFloat, type NestDtype } from "../../nest/dtype.ts";

/** What processors have for sums of products in every lane, by a test of the compiler's words. */
interface DotInstruction extends Guarded {
  readonly group: 2 | 4;
  readonly lanes: number;
  /** Whether fours are of int8 alone; left out: the first factor is of uint8. */
  readonly isSigned?: true;
}

/** A statement for compilers that pass a test. */
interface Guarded {
  readonly where: string;
  readonly text: string;
}

/** Statements that add a sum of so many products of `a` and `b` to each lane of `c`, and return it. */
export function dotProduct(
  group: 2 | 4,
  { lanes, isSigned }: { readonly lanes: number; readonly isSigned: boolean },
): readonly string[] {
  const rows = dotInstructions.filter((row) =>
    row.group === group && row.lanes === lanes && (row.isSigned ?? false) === isSigned
  );
  return guardedLines(rows, [
    `for (int l = 0; l < ${lanes * group}; l++) c[l / ${group}] += (int32_t)a[l] * b[l];`,
    "return c;",
  ]);
}

/** Statements of which the first that a compiler passes the test of counts, or the plain ones. */
function guardedLines(
  ways: readonly Guarded[],
  plain: readonly string[],
): readonly string[] {
  if (ways.length === 0) return plain;
  const tests = ways.flatMap(({ where, text }, i) => [
    `#${i === 0 ? "if" : "elif"} ${where}`,
    text,
  ]);
  return [...tests, "#else", ...plain, "#endif"];
}

/** All of them; of those that multiply the same, the first that there is counts. */
const dotInstructions: readonly DotInstruction[] = [
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

/** Whether two integers differ in size by more than twice. */
export function isFar(from: NestDtype, to: NestDtype): boolean {
  const [narrow, wide] = [dtypeBytes(from), dtypeBytes(to)].toSorted((a, b) => a - b);
  return !isFloat(from) && !isFloat(to) && wide > 2 * narrow;
}

/**
 * Statements that return all elements of a vector `v` as of another type. Compilers have
 * `__builtin_convertvector` for it, but GCC 12 makes integers of four times the size one by one, and such
 * of twice the size in halves; where the processor has one instruction for them it is named.
 */
export function conversion(from: NestDtype, to: NestDtype, lanes: number): readonly string[] {
  const near = isFar(from, to) ? `__builtin_convertvector(v, i16x${lanes})` : "v";
  return guardedLines(widening(from, to, lanes), [
    `return __builtin_convertvector(${near}, ${to}x${lanes});`,
  ]);
}

function widening(from: NestDtype, to: NestDtype, lanes: number): readonly Guarded[] {
  const [narrow, wide] = [from, to].map((dtype) => 8 * dtypeBytes(dtype));
  const isWider = !isFloat(from) && !isFloat(to) && wide > narrow;
  const register = registers.find(({ bits }) => bits === lanes * wide);
  if (!isWider || register === undefined) return [];
  const { bits, where, prefix } = register;
  const part = lanes * narrow;
  const given = part === 32
    ? "_mm_cvtsi32_si128((int32_t)v)"
    : part === 64
    ? "_mm_cvtsi64_si128((int64_t)v)"
    : `(__m${part}i)v`;
  const isUnsigned = from[0] === "u";
  const name = `${isUnsigned ? "epu" : "epi"}${narrow}_epi${wide}`;
  const way = { where, text: `return (${to}x${lanes})${prefix}_cvt${name}(${given});` };
  if (bits > 128) return [way];
  // Before SSE4.1: elements are doubled until they are as wide, and shifted down from the top.
  const sizes = [8, 16].filter((size) => size >= narrow && size < wide);
  const doubled = sizes.map((size) => `x = _mm_unpacklo_epi${size}(x, x);`).join(" ");
  const shifted = `_mm_sr${isUnsigned ? "l" : "a"}i_epi${wide}(x, ${wide - narrow})`;
  const text = `__m128i x = ${given}; ${doubled} return (${to}x${lanes})${shifted};`;
  return [way, { where: "defined(__SSE2__) && defined(__x86_64__)", text }];
}

/**
 * Statements that load the first `n` lanes of a vector at `p`, fewer than all and zeros behind them, or store
 * those of `v`: by a mask of bytes where the processor has one. A load from memory that was just written in
 * pieces waits for them, so lanes are set one by one elsewhere.
 */
export function firstLanes(
  dtype: NestDtype,
  lanes: number,
): { readonly load: readonly string[]; readonly store: readonly string[] } {
  const type = `${dtype}x${lanes}`;
  const bits = 8 * lanes * dtypeBytes(dtype);
  const register = registers.find((each) => each.bits === bits);
  const mask = `(((__mmask${bits / 8})1 << n * sizeof *p) - 1)`;
  const where = `defined(__AVX512BW__)${bits < 512 ? " && defined(__AVX512VL__)" : ""}`;
  const masked = (text: (prefix: string) => string) =>
    register === undefined ? [] : [{ where, text: text(register.prefix) }];
  return {
    load: guardedLines(
      masked((prefix) => `return (${type})${prefix}_maskz_loadu_epi8(${mask}, p);`),
      [`${type} v = {0};`, "for (size_t l = 0; l < n; l++) v[l] = p[l];", "return v;"],
    ),
    store: guardedLines(
      masked((prefix) => `${prefix}_mask_storeu_epi8(p, ${mask}, (__m${bits}i)v);`),
      ["memcpy(p, &v, n * sizeof *p);"],
    ),
  };
}

const registers = [
  { bits: 512, prefix: "_mm512", where: "defined(__AVX512BW__)" },
  { bits: 256, prefix: "_mm256", where: "defined(__AVX2__)" },
  { bits: 128, prefix: "_mm", where: "defined(__SSE4_1__) && defined(__x86_64__)" },
];
