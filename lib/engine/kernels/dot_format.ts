/** How products are summed: which instruction, and how its operands lie in memory. */
export interface DotFormat {
  /** As kernels are called. */
  readonly name: string;
  /** In words. */
  readonly remark: string;
  /** k that one lane of the instruction multiplies and adds. */
  readonly group: 2 | 4;
  /** Bytes of a packed weight. */
  readonly weightBytes: 1 | 2;
  /** k in one round of the loop. */
  readonly step: 8 | 16;
  /** Elements are taken as `x + offset`, which their zero point takes back. */
  readonly offset: 0 | 128;
}

/**
 * The formats.
 *
 * - `pairs`: `i32x4.dot_i16x8_s` on int16, weights widened when they are packed.
 * - `narrow-pairs`: the same with weights of int8, half the memory traffic.
 * - `quads`: `i32x4.relaxed_dot_i8x16_i7x16_add_s` on int8 weights and elements as uint8, where the
 *   machine multiplies these exactly.
 */
export const dotFormats = {
  pairs: {
    name: "dot i16",
    remark: "dot pairs of k as int16",
    group: 2,
    weightBytes: 2,
    step: 8,
    offset: 0,
  },
  "narrow-pairs": {
    name: "dot i16",
    remark: "dot pairs of k as int16, weights widened as they are loaded",
    group: 2,
    weightBytes: 1,
    step: 8,
    offset: 0,
  },
  quads: {
    name: "dot u8",
    remark: "dot four k as uint8 by int8",
    group: 4,
    weightBytes: 1,
    step: 16,
    offset: 128,
  },
} as const satisfies Record<string, DotFormat>;

/** Name of a format. */
export type DotFormatName = keyof typeof dotFormats;

/** Groups of a run of k: whole ones, and one for each power of two that is left. */
export function groupsOf({ group }: DotFormat, length: number): number {
  return Math.floor(length / group) + [2, 1].filter((piece) => (length % group) & piece).length;
}
