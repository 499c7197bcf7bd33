import type { Step } from "../../nest/step.ts";

/** How products are summed: which instruction, and how its operands lie in memory. */
export interface DotFormat {
  /** As kernels are called. */
  readonly name: string;
  /** In words. */
  readonly remark: string;
  /** k that one lane of the instruction multiplies and adds. */
  readonly group: 1 | 2 | 4;
  /** Type of packed weights. */
  readonly weights: "i8" | "i16";
  /** Elements are taken as `x + offset`, which their zero point takes back. */
  readonly offset: 0 | 128;
}

/**
 * The formats that the engine chooses from.
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
    weights: "i16",
    offset: 0,
  },
  "narrow-pairs": {
    name: "dot i16",
    remark: "dot pairs of k as int16, weights widened as they are loaded",
    group: 2,
    weights: "i8",
    offset: 0,
  },
  quads: {
    name: "dot u8",
    remark: "dot four k as uint8 by int8",
    group: 4,
    weights: "i8",
    offset: 128,
  },
} as const satisfies Record<string, DotFormat>;

/** Name of a format. */
export type DotFormatName = keyof typeof dotFormats;

/** The format that a schedule asks for: by the loop that it multiplies in groups, and its pack. */
export function formatOf(steps: readonly Step[]): DotFormat {
  const dot = steps.find((step) => step.op === "vectorize")?.dot;
  const pack = steps.find((step) => step.op === "pack" && step.tensor === "W");
  const weights = pack?.op === "pack" && pack.dtype === "i16" ? "i16" : "i8";
  const sizes = steps.flatMap((step) => step.op === "tile" ? [step.sizes[dot ?? ""] ?? 0] : []);
  if (dot === undefined) {
    return { name: "mul i32", remark: "multiply as int32", group: 1, weights, offset: 0 };
  }
  // The last tile of the loop is a group.
  if (sizes.findLast((size) => size > 0) === 4) return dotFormats.quads;
  return weights === "i16" ? dotFormats.pairs : dotFormats["narrow-pairs"];
}

/** Groups of a run of k: whole ones, and one for what is left. */
export function groupsOf({ group }: DotFormat, length: number): number {
  return Math.ceil(length / group);
}
