import type { Value } from "../../kernel/kernel.ts";
import { type At, loadOf } from "../../kernel/kernel_builder.ts";
import { apply } from "../../kernel/values.ts";
import { type DType, dtypeBytes } from "../../nest/dtype.ts";
import type { Width } from "../program.ts";

// Groups of neighbours along a reduction, which a lane multiplies and adds at once: two int16, or four
// bytes. Where there are fewer, no byte behind them is read.

const splats = {
  1: "v128.load8_splat",
  2: "v128.load16_splat",
  4: "v128.load32_splat",
  8: "v128.load64_splat",
} as const;

/**
 * The members of a group that are there, repeated in all lanes. What fills it up does not matter
 * where the other factor is filled up with zeros; else `isFilled` fills it up with zeros.
 */
export function loadGroup(
  at: At & { readonly offsetBytes: number },
  from: DType,
  { group, members, isFilled }: Pick<Width, "group" | "members"> & { readonly isFilled: boolean },
): Value {
  const memberBytes = dtypeBytes(from);
  const bytes = members * memberBytes;
  const isNarrow = group === 2 && memberBytes === 1;
  if (members < group && isFilled) {
    const low = lowBytes(at, bytes);
    // Of a pair of int8, the one that is there is an int16.
    const word = isNarrow ? apply("i32.and", [apply("i32.extend8_s", [low]), 0xffff]) : low;
    return apply("i32x4.splat", [word]);
  }
  if (bytes === 3) return apply("i32x4.splat", [lowBytes(at, bytes)]);
  const loaded = loadOf(splats[bytes as 1 | 2 | 4], at);
  return isNarrow ? apply("i16x8.extend_low_i8x16_s", [loaded]) : loaded;
}

// One to three bytes as the low ones of an i32.
function lowBytes(at: At & { readonly offsetBytes: number }, bytes: number): Value {
  if (bytes === 1) return loadOf("i32.load8_u", at);
  const two = loadOf("i32.load16_u", at);
  if (bytes === 2) return two;
  const third = loadOf("i32.load8_u", { ...at, offsetBytes: at.offsetBytes + 2 });
  return apply("i32.or", [two, apply("i32.shl", [third, 16])]);
}

/** Neighbouring groups of so many lanes, each lane's from one place. */
export function loadGroups(at: At, from: DType, { group }: Width): Value {
  return loadOf(group === 2 && from === "i8" ? "i16x8.load8x8_s" : "v128.load", at);
}

/** So many neighbours at once: as int16 where they are multiplied in pairs, else as they are. */
export function loadNeighbours(at: At, from: DType, count: number): Value {
  if (from !== "i8") {
    const bytes = count * dtypeBytes(from);
    return loadOf(bytes === 16 ? "v128.load" : splats[bytes as 2 | 4 | 8], at);
  }
  if (count === 8) return loadOf("i16x8.load8x8_s", at);
  return apply("i16x8.extend_low_i8x16_s", [loadOf(splats[count as 1 | 2 | 4], at)]);
}

/** The four bytes of neighbours that begin with one of them, repeated in all lanes. */
export function repeatGroup(neighbours: Value, first: number, { group }: Width): Value {
  const from = first * 4 / group;
  const bytes = Array.from({ length: 16 }, (_, byte) => from + byte % 4);
  return apply("i8x16.shuffle", [neighbours, neighbours], bytes);
}
