import type { Region, Value } from "../../codegen/kernel/kernel.ts";
import type { KernelBuilder } from "../../codegen/kernel/kernel_builder.ts";
import { add, apply } from "../../codegen/kernel/values.ts";

/** Pixels whose elements are multiplied with the same weights: `pixels` of them, `strideBytes` apart. */
export interface PixelGroup {
  readonly region: Region;
  readonly pixels: number;
  readonly strideBytes: number;
  /** Bytes of a packed weight: int16 needs no widening, int8 half of the memory traffic. */
  readonly weightBytes: 1 | 2;
  /** Subtracted from every element, as a vector of int16; null: it is in the bias. */
  readonly zeroPoint: Value | null;
}

/** A block of sums in registers: `sums[pixel][vector]`, four channels a vector. */
export type Sums = readonly (readonly Value[])[];

/**
 * `sums[pixel][channel] += x[pixel, k] * w[k, channel]` for a run of k: pairs of k as int16, one
 * `i32x4.dot_i16x8_s` for four channels. Weights lie pair by pair, `[pair][vector][channel][2]`.
 * Reads no byte beyond the run. Pointers `x` and `w` are left where the run began and ended.
 */
export function dotRun(
  b: KernelBuilder,
  { sums, x, w, weights, group, length }: {
    readonly sums: Sums;
    readonly x: Value;
    readonly w: Value;
    readonly weights: Region;
    readonly group: PixelGroup;
    readonly length: number;
  },
): void {
  const pairBytes = sums[0].length * 8 * group.weightBytes;
  const rest = length % 8;
  const rounds = (length - rest) / 8;
  const round = (pointer: Value, offsetBytes: number, count: 8 | 4 | 2 | 1) => {
    dotChunk(b, { sums, x: pointer, offsetBytes, w, weights, group, count });
    b.advance(w, Math.ceil(count / 2) * pairBytes);
  };
  const unrolled = rounds <= 2 ? rounds : 0;
  let done = 0;
  for (; done < unrolled * 8; done += 8) round(x, done, 8);
  if (unrolled < rounds) {
    const end = add(x, rounds * 8);
    b.for("k", { from: x, until: end, step: 8, atLeastOnce: true }, (at) => round(at, 0, 8));
    done = rounds * 8;
  }
  for (const count of [4, 2, 1] as const) {
    if (length - done < count) continue;
    round(x, done, count);
    done += count;
  }
}

function dotChunk(
  b: KernelBuilder,
  { sums, x, offsetBytes, w, weights, group, count }: {
    readonly sums: Sums;
    readonly x: Value;
    readonly offsetBytes: number;
    readonly w: Value;
    readonly weights: Region;
    readonly group: PixelGroup;
    readonly count: 8 | 4 | 2 | 1;
  },
): void {
  const { region, strideBytes, weightBytes, zeroPoint } = group;
  const elements = sums.map((_, pixel) => {
    const at = { region, address: x, offsetBytes: offsetBytes + pixel * strideBytes };
    const wide = wideElements(b, at, count);
    return b.let("x8", zeroPoint === null ? wide : apply("i16x8.sub", [wide, zeroPoint]));
  });
  for (let pair = 0; pair < Math.ceil(count / 2); pair++) {
    const pairs = count <= 2
      ? elements
      : elements.map((vector) => b.let("pair", broadcastPair(vector, pair)));
    for (let v = 0; v < sums[0].length; v++) {
      const offset = (pair * sums[0].length + v) * 8 * group.weightBytes;
      const at = { region: weights, address: w, offsetBytes: offset };
      const weight = b.let("w8", b.load(weightBytes === 1 ? "i16x8.load8x8_s" : "v128.load", at));
      pairs.forEach((each, pixel) => {
        const product = apply("i32x4.dot_i16x8_s", [each, weight]);
        b.set(sums[pixel][v], apply("i32x4.add", [sums[pixel][v], product]));
      });
    }
  }
}

function wideElements(
  b: KernelBuilder,
  at: { readonly region: Region; readonly address: Value; readonly offsetBytes: number },
  count: 8 | 4 | 2 | 1,
): Value {
  if (count === 8) return b.load("i16x8.load8x8_s", at);
  const op = ({ 4: "v128.load32_zero", 2: "v128.load16_splat", 1: "v128.load8_splat" } as const)[
    count
  ];
  return apply("i16x8.extend_low_i8x16_s", [b.load(op, at)]);
}

/** The pair of int16 number `pair` in all four places. */
function broadcastPair(vector: Value, pair: number): Value {
  const lanes = Array.from({ length: 16 }, (_, i) => pair * 4 + i % 4);
  return apply("i8x16.shuffle", [vector, vector], lanes);
}
