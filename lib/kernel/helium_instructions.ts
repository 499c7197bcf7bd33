import { type CombinedInstruction, combinesTypes, narrows } from "./combination.ts";
import { lanes, scalarText } from "./instruction.ts";
import type { Value } from "./kernel.ts";
import type { HeliumOpcode, Opcode } from "./opcode.ts";

/**
 * Instructions of Helium, the vectors of Armv8.1-M, that WebAssembly has not: sums over all lanes in a
 * register, products with rounding, even and odd lanes where WebAssembly has low and high ones. Each is
 * defined by its expansion; the name in Arm's architecture (Armv8-M Architecture Reference Manual,
 * section "Alphabetical list of instructions") stands behind it.
 */
export const heliumInstructions: Readonly<Record<HeliumOpcode, CombinedInstruction>> = {
  /** `c` and the sum of all `a[i] b[i]`, lanes of int8. VMLADAVA.S8 */
  "i32.dot_i8x16_add": combinesTypes(["v128", "v128", "i32"], "i32", {
    thumb: "vmladava.s8",
    expansion: (a, b, c) => {
      const parts = (["low", "high"] as const).map((part): Value => {
        const [x, y] = [a, b].map((each) => vector(`i16x8.extend_${part}_i8x16_s`, [each]));
        return vector("i32x4.dot_i16x8_s", [x, y]);
      });
      return op("i32.add", [c, sumOf(vector("i32x4.add", parts))]);
    },
    c: scalarText("c + tl_dot_i8x16(a, b)"),
  }),
  /** The same of int16. VMLADAVA.S16 */
  "i32.dot_i16x8_add": combinesTypes(["v128", "v128", "i32"], "i32", {
    thumb: "vmladava.s16",
    expansion: (a, b, c) => op("i32.add", [c, sumOf(vector("i32x4.dot_i16x8_s", [a, b]))]),
    c: scalarText("c + tl_dot_i16x8(a, b)"),
  }),
  /** A vector of four numbers. VMOV, twice */
  "i32x4.join": combinesTypes(["i32", "i32", "i32", "i32"], "v128", {
    thumb: "vmov",
    expansion: (...numbers) => joined(numbers),
    c: lanes("u32", "i == 0 ? a : i == 1 ? b : i == 2 ? c : d"),
  }),
  /** The vector with lanes 0 and 2 replaced. VMOV */
  "i32x4.replace_even": combinesTypes(["v128", "i32", "i32"], "v128", {
    thumb: "vmov",
    expansion: (v, a, b) => replaced(replaced(v, a, 0), b, 2),
    c: lanes("u32", "i == 0 ? b : i == 2 ? c : a.u32[i]"),
  }),
  /** The vector with lanes 1 and 3 replaced. VMOV */
  "i32x4.replace_odd": combinesTypes(["v128", "i32", "i32"], "v128", {
    thumb: "vmov",
    expansion: (v, a, b) => replaced(replaced(v, a, 1), b, 3),
    c: lanes("u32", "i == 1 ? b : i == 3 ? c : a.u32[i]"),
  }),
  /** `round(a b / 2^31)`, halves up, the nearest int32. VQRDMULH.S32 */
  "i32x4.q31mulr_sat_s": combinesTypes(["v128", "v128"], "v128", {
    thumb: "vqrdmulh.s32",
    expansion: (a, b) => {
      const halves = (["low", "high"] as const).map((part) => {
        const product = vector(`i64x2.extmul_${part}_i32x4_s`, [a, b]);
        const rounded = vector("i64x2.add", [product, everywhere(2 ** 30, 0)]);
        return vector("i64x2.shr_s", [rounded, i32(31)]);
      });
      const product = shuffle(halves, [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);
      // 2^31 alone does not fit: its bits are turned around.
      const least = everywhere(-(2 ** 31));
      const isTooLarge = [a, b].map((each) => vector("i32x4.eq", [each, least]));
      return vector("v128.xor", [product, vector("v128.and", isTooLarge)]);
    },
    c: lanes("u32", "tl_q31mulr(a.i32[i], b.i32[i])"),
  }),
  /** `round(a 2^b)`, halves up, for `b` from -31 to 0. VRSHL.S32 */
  "i32x4.shl_round_s": combinesTypes(["v128", "v128"], "v128", {
    thumb: "vrshl.s32",
    expansion: (a, b) =>
      joined([0, 1, 2, 3].map((lane) => {
        const [x, by] = [a, b].map((each): Value => (
          { kind: "op", type: "i32", op: "i32x4.extract_lane", args: [each], lanes: [lane] }
        ));
        const half = op("i32.and", [op("i32.shr_s", [x, op("i32.xor", [by, i32(-1)])]), i32(1)]);
        const up = op("select", [half, i32(0), op("i32.and", [by, i32(31)])]);
        return op("i32.add", [op("i32.shr_s", [x, op("i32.sub", [i32(0), by])]), up]);
      })),
    c: lanes("u32", "tl_shl_round(a.i32[i], b.u32[i])"),
  }),
  /** `a[2i] b[2i]`. VMULLB.S16 */
  "i32x4.extmul_even_i16x8_s": combinesTypes(["v128", "v128"], "v128", {
    thumb: "vmullb.s16",
    expansion: (a, b) =>
      vector("i32x4.dot_i16x8_s", [vector("v128.and", [a, everywhere(0xffff)]), b]),
    c: lanes("i32", "a.i16[2 * i] * b.i16[2 * i]"),
  }),
  /** `a[2i + 1] b[2i + 1]`. VMULLT.S16 */
  "i32x4.extmul_odd_i16x8_s": combinesTypes(["v128", "v128"], "v128", {
    thumb: "vmullt.s16",
    expansion: (a, b) =>
      vector("i32x4.dot_i16x8_s", [vector("v128.and", [a, everywhere(-0x10000)]), b]),
    c: lanes("i32", "a.i16[2 * i + 1] * b.i16[2 * i + 1]"),
  }),
  /** `a[2i]`. VMOVLB.S16 */
  "i32x4.extend_even_i16x8_s": combinesTypes(["v128"], "v128", {
    thumb: "vmovlb.s16",
    expansion: (a) => vector("i32x4.shr_s", [vector("i32x4.shl", [a, i32(16)]), i32(16)]),
    c: lanes("i32", "a.i16[2 * i]"),
  }),
  /** `a[2i + 1]`. VMOVLT.S16 */
  "i32x4.extend_odd_i16x8_s": combinesTypes(["v128"], "v128", {
    thumb: "vmovlt.s16",
    expansion: (a) => vector("i32x4.shr_s", [a, i32(16)]),
    c: lanes("i32", "a.i16[2 * i + 1]"),
  }),
  /** The nearest int16 of `a[0], b[0], a[1], b[1]` ... VQMOVNB.S32, VQMOVNT.S32 */
  "i16x8.narrow_pairs_i32x4_s": combinesTypes(["v128", "v128"], "v128", {
    thumb: "vqmovn.s32",
    expansion: (a, b) => {
      const narrow = vector("i16x8.narrow_i32x4_s", [a, b]);
      return shuffle([narrow, narrow], [0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15]);
    },
    c: lanes("i16", "tl_saturate(i % 2 ? b.i32[i / 2] : a.i32[i / 2], -32768, 32767)"),
  }),
  /** The nearest int8 of `a[0], b[0], a[1], b[1]` ... VQMOVNB.S16, VQMOVNT.S16 */
  "i8x16.narrow_pairs_i16x8_s": combinesTypes(["v128", "v128"], "v128", {
    thumb: "vqmovn.s16",
    expansion: (a, b) => {
      const narrow = vector("i8x16.narrow_i16x8_s", [a, b]);
      return shuffle([narrow, narrow], [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15]);
    },
    c: lanes("i8", "tl_saturate(i % 2 ? b.i16[i / 2] : a.i16[i / 2], -128, 127)"),
  }),
  /** Stores the lower bytes of eight lanes. VSTRB.16 */
  "i16x8.store8x8": narrows("vstrb.16", 8, {
    expansion: (a) => shuffle([a, a], [0, 2, 4, 6, 8, 10, 12, 14, 0, 0, 0, 0, 0, 0, 0, 0]),
    c: "tl_store8x8($p, $0)",
  }),
  /** Stores the lowest bytes of four lanes. VSTRB.32 */
  "i32x4.store8x4": narrows("vstrb.32", 4, {
    expansion: (a) => shuffle([a, a], [0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    c: "tl_store8x4($p, $0)",
  }),
};

const op = (name: Opcode, args: readonly Value[]): Value => (
  { kind: "op", type: "i32", op: name, args, lanes: [] }
);

const vector = (name: Opcode, args: readonly Value[]): Value => (
  { kind: "op", type: "v128", op: name, args, lanes: [] }
);

const shuffle = (args: readonly Value[], bytes: readonly number[]): Value => (
  { kind: "op", type: "v128", op: "i8x16.shuffle", args, lanes: bytes }
);

const i32 = (value: number): Value => ({ kind: "constant", type: "i32", value });

/** The words given, again and again. */
const everywhere = (...words: readonly number[]): Value => {
  const values = Int32Array.from({ length: 4 }, (_, i) => words[i % words.length]);
  return { kind: "bytes", type: "v128", bytes: new Uint8Array(values.buffer) };
};

const replaced = (into: Value, value: Value, lane: number): Value => (
  { kind: "op", type: "v128", op: "i32x4.replace_lane", args: [into, value], lanes: [lane] }
);

const joined = ([first, ...rest]: readonly Value[]): Value =>
  rest.reduce((into, value, i) => replaced(into, value, i + 1), vector("i32x4.splat", [first]));

/** The sum of four int32: of two halves, then of what they give. */
const sumOf = (value: Value): Value => {
  const other = (from: Value, bytes: readonly number[]) =>
    vector("i32x4.add", [from, shuffle([from, from], bytes)]);
  const pairs = other(value, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);
  const all = other(pairs, [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11]);
  return { kind: "op", type: "i32", op: "i32x4.extract_lane", args: [all], lanes: [0] };
};
