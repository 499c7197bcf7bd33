import type { Region, Value } from "../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, apply } from "../../kernel/values.ts";
import type { ConstantPool } from "../constant_pool.ts";
import { type DotFormat, groupVectorBytes } from "./dot_format.ts";

/** A block of sums in registers: `sums[pixel][vector]`, four channels a vector. */
export type Sums = readonly (readonly Value[])[];

/** Elements and weights of a run of k. */
export interface DotRun {
  readonly format: DotFormat;
  readonly constants: ConstantPool;
  readonly sums: Sums;
  /** Where the run of the first pixel begins, in `image`. */
  readonly x: Value;
  readonly image: Region;
  /** From one pixel to the next. */
  readonly strideBytes: number;
  /** Pointer to the packed weights, which is moved behind them. */
  readonly w: Value;
  readonly weights: Region;
  /** Elements. */
  readonly length: number;
}

/**
 * `sums[pixel][channel] += (x[pixel, k] + offset) * w[k, channel]` for a run of k. Weights lie group
 * by group of k, `[group][vector][channel][k]`. Reads no byte beyond the run.
 */
export function dotRun(b: KernelBuilder, run: DotRun): void {
  const { format, sums, x, w, length } = run;
  const bytes = sums[0].length * groupVectorBytes(format);
  const rounds = Math.floor(length / format.step);
  const round = (from: Value, offsetBytes: number, count: number) => {
    dotChunk(b, run, { from, offsetBytes, count });
    b.advance(w, Math.ceil(count / format.group) * bytes);
  };
  let done = 0;
  if (rounds > 2) {
    const until = add(x, rounds * format.step);
    b.for("k", { from: x, until, step: format.step, atLeastOnce: true }, (at) => {
      round(at, 0, format.step);
    });
    done = rounds * format.step;
  }
  for (let count: number = format.step; count >= 1; count /= 2) {
    for (; length - done >= count; done += count) round(x, done, count);
  }
}

/** Where `count` elements of each pixel begin. */
interface Chunk {
  readonly from: Value;
  readonly offsetBytes: number;
  readonly count: number;
}

function dotChunk(b: KernelBuilder, run: DotRun, chunk: Chunk): void {
  const { format, sums, w, weights } = run;
  const vectors = sums[0].length;
  const vectorBytes = groupVectorBytes(format);
  const groups = format.group === 4 ? quads(b, run, chunk) : pairs(b, run, chunk);
  for (let group = 0; group < Math.ceil(chunk.count / format.group); group++) {
    const weightAt = (v: number) => {
      const at = { region: weights, address: w, offsetBytes: (group * vectors + v) * vectorBytes };
      return b.let("wk", b.load(vectorBytes === 8 ? "i16x8.load8x8_s" : "v128.load", at));
    };
    // Whichever operand has fewer vectors stays in registers, the other streams by.
    if (sums.length <= vectors) {
      const elements = sums.map((_, pixel) => b.let("xk", groups(pixel, group)));
      for (let v = 0; v < vectors; v++) {
        const weight = weightAt(v);
        elements.forEach((x, p) =>
          b.set(sums[p][v], product(format, { x, weight, sum: sums[p][v] }))
        );
      }
    } else {
      const held = sums[0].map((_, v) => weightAt(v));
      sums.forEach((row, pixel) => {
        const x = b.let("xk", groups(pixel, group));
        row.forEach((sum, v) => b.set(sum, product(format, { x, weight: held[v], sum })));
      });
    }
  }
}

function product(
  { group }: DotFormat,
  { x, weight, sum }: { readonly x: Value; readonly weight: Value; readonly sum: Value },
): Value {
  if (group === 4) return apply("i32x4.relaxed_dot_i8x16_i7x16_add_s", [weight, x, sum]);
  return apply("i32x4.add", [sum, apply("i32x4.dot_i16x8_s", [x, weight])]);
}

/** Group `group` of a pixel's elements in all four lanes. */
type Groups = (pixel: number, group: number) => Value;

const SPLAT = { 4: "v128.load32_splat", 2: "v128.load16_splat", 1: "v128.load8_splat" } as const;

/** Four elements as uint8, straight from memory: `x + 128` is `x` with its highest bit turned. */
function quads(b: KernelBuilder, run: DotRun, { from, offsetBytes, count }: Chunk): Groups {
  return (pixel, group) => {
    const at = atPixel(run, pixel, { from, offsetBytes: offsetBytes + 4 * group });
    const op = SPLAT[Math.min(4, count) as 4 | 2 | 1];
    return apply("v128.xor", [b.load(op, at), run.constants.splat8(-128)]);
  };
}

/** Two elements as int16; up to eight are loaded at once and then broadcast pair by pair. */
function pairs(b: KernelBuilder, run: DotRun, { from, offsetBytes, count }: Chunk): Groups {
  const wide = run.sums.map((_, pixel) => {
    const at = atPixel(run, pixel, { from, offsetBytes });
    if (count === 8) return b.let("x8", b.load("i16x8.load8x8_s", at));
    const op = count === 4 ? "v128.load32_zero" : SPLAT[count as 2 | 1];
    return b.let("x8", apply("i16x8.extend_low_i8x16_s", [b.load(op, at)]));
  });
  return (pixel, group) => {
    if (count <= 2) return wide[pixel];
    const lanes = Array.from({ length: 16 }, (_, i) => group * 4 + i % 4);
    return apply("i8x16.shuffle", [wide[pixel], wide[pixel]], lanes);
  };
}

function atPixel(
  { image, strideBytes }: DotRun,
  pixel: number,
  { from, offsetBytes }: { readonly from: Value; readonly offsetBytes: number },
): At {
  return { region: image, address: from, offsetBytes: offsetBytes + pixel * strideBytes };
}
