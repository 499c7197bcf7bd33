import { type CombinedInstruction, combines } from "./combination.ts";
import type { Value } from "./kernel.ts";
import type { DspOpcode, Opcode } from "./opcode.ts";

/**
 * Instructions that processors with a DSP extension have and WebAssembly has not: pairs of int16 in an
 * i32 (`low`, `high`), products with rounding, saturation. Each is defined by its expansion; the name
 * in Arm's architecture (Armv7E-M and Armv8-M with DSP, section "Alphabetical list of instructions" of
 * the Architecture Reference Manuals) stands behind it.
 */
export const dspInstructions: Readonly<Record<DspOpcode, CombinedInstruction>> = {
  /** `c + a.low b.low + a.high b.high`. SMLAD */
  "i32.dot_i16x2_add": combines(
    "smlad",
    (a, b, c) => sum(sum(c, product(low(a), low(b))), product(high(a), high(b))),
    "($2 + tl_low($0) * tl_low($1) + tl_high($0) * tl_high($1))",
  ),
  /** `c + a.low b.low`. SMLABB */
  "i32.mul_low_low_add": combines(
    "smlabb",
    (a, b, c) => sum(c, product(low(a), low(b))),
    "($2 + tl_low($0) * tl_low($1))",
  ),
  /** `c + a.low b.high`. SMLABT */
  "i32.mul_low_high_add": combines(
    "smlabt",
    (a, b, c) => sum(c, product(low(a), high(b))),
    "($2 + tl_low($0) * tl_high($1))",
  ),
  /** `c + a.high b.low`. SMLATB */
  "i32.mul_high_low_add": combines(
    "smlatb",
    (a, b, c) => sum(c, product(high(a), low(b))),
    "($2 + tl_high($0) * tl_low($1))",
  ),
  /** `c + a.high b.high`. SMLATT */
  "i32.mul_high_high_add": combines(
    "smlatt",
    (a, b, c) => sum(c, product(high(a), high(b))),
    "($2 + tl_high($0) * tl_high($1))",
  ),
  /** Bytes 0 and 2 as a pair of int16. SXTB16 */
  "i32.extend_even8_s": combines(
    "sxtb16",
    (a) => pair(byte(a), byte(shifted("i32.shr_u", a, 16))),
    "tl_even8($0)",
  ),
  /** Bytes 1 and 3 as a pair of int16. SXTB16, rotated by 8 */
  "i32.extend_odd8_s": combines(
    "sxtb16",
    (a) => pair(byte(shifted("i32.shr_u", a, 8)), byte(shifted("i32.shr_u", a, 24))),
    "tl_even8($0 >> 8)",
  ),
  /** `(a.low, b.low)`. PKHBT */
  "i32.pack_low16": combines(
    "pkhbt",
    (a, b) => pair(a, b),
    "(($0 & 0xffffu) | $1 << 16)",
  ),
  /** `(a.high, b.high)`. PKHTB */
  "i32.pack_high16": combines(
    "pkhtb",
    (a, b) => pair(shifted("i32.shr_u", a, 16), shifted("i32.shr_u", b, 16)),
    "($0 >> 16 | ($1 & 0xffff0000u))",
  ),
  /** `c + round(a b / 2^32)`, halves up. SMMLAR */
  "i32.mulh_round_add": combines(
    "smmlar",
    (a, b, c) => {
      const wide = (value: Value) => op64("i64.extend_i32_s", value);
      const rounded = op64("i64.add", op64("i64.mul", wide(a), wide(b)), i64(2n ** 31n));
      return sum(c, op("i32.wrap_i64", op64("i64.shr_s", rounded, i64(32n))));
    },
    "tl_mulh_round_add($0, $1, $2)",
  ),
  /** The nearest int8. SSAT */
  "i32.saturate8_s": combines("ssat", (a) => {
    const least = choice("i32.gt_s", a, i32(-128));
    return choice("i32.lt_s", least, i32(127));
  }, "tl_saturate8($0)"),
};

const op = (name: Opcode, ...args: readonly Value[]): Value => (
  { kind: "op", type: "i32", op: name, args, lanes: [] }
);

const op64 = (name: Opcode, ...args: readonly Value[]): Value => (
  { kind: "op", type: "i64", op: name, args, lanes: [] }
);

const i32 = (value: number): Value => ({ kind: "constant", type: "i32", value });

const i64 = (value: bigint): Value => ({ kind: "constant", type: "i64", value });

const sum = (a: Value, b: Value) => op("i32.add", a, b);

const product = (a: Value, b: Value) => op("i32.mul", a, b);

const shifted = (name: "i32.shl" | "i32.shr_s" | "i32.shr_u", a: Value, by: number) =>
  op(name, a, i32(by));

const low = (a: Value) => op("i32.extend16_s", a);

const high = (a: Value) => shifted("i32.shr_s", a, 16);

const byte = (a: Value) => op("i32.extend8_s", a);

const pair = (a: Value, b: Value) =>
  op("i32.or", op("i32.and", a, i32(0xffff)), shifted("i32.shl", b, 16));

/** `a` if the comparison with `b` holds, else `b`. */
const choice = (comparison: "i32.gt_s" | "i32.lt_s", a: Value, b: Value) =>
  op("select", a, b, op(comparison, a, b));
