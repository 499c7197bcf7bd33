import type { Region, Value } from "../../kernel/kernel.ts";
import type { KernelBuilder } from "../../kernel/kernel_builder.ts";
import { add, apply, asValue, type Operand, sub } from "../../kernel/values.ts";
import type { Sums } from "./dot_block.ts";

/** What a block of sums of float32 is multiplied from. */
export interface MultiplyRun {
  readonly sums: Sums;
  /** The first pixel's first element. */
  readonly x: Value;
  readonly input: Region;
  /** Bytes from one pixel to the next. */
  readonly strideBytes: number;
  /** Pointer to weights `[k][vector][4]`; it is left behind the last one read. */
  readonly w: Value;
  readonly weights: Region;
  /** Bytes of a pixel's elements: a number, or known when it runs. */
  readonly bytes: Operand;
  /** Elements a round of the loop; they divide the number of elements if it is known only then. */
  readonly unroll: number;
}

/**
 * `sums[pixel][channel] += x[pixel, k] * w[k, channel]` for a run of k in order, every product and
 * every sum rounded: the same bits as one element after the other.
 */
export function multiplyRun(b: KernelBuilder, run: MultiplyRun): void {
  const { x, unroll } = run;
  const bytes = asValue(run.bytes);
  const length = bytes.kind === "constant" ? Number(bytes.value) / 4 : null;
  const isLoop = length === null || length > MOST_UNROLLED;
  const rest = length === null ? 0 : isLoop ? length % unroll : length;
  if (isLoop) {
    const until = b.let("x_end", add(x, sub(bytes, rest * 4)));
    const atLeastOnce = length !== null;
    b.for("k", { from: x, until, step: 4 * unroll, atLeastOnce }, (from) => round(from, unroll));
    if (rest > 0) round(until, rest);
  } else round(x, rest);

  // Pointers move on with every k: as few distances from them as there are loads need a check.
  function round(from: Value, count: number): void {
    const at = b.let("x_k", from);
    for (let i = 0; i < count; i++) {
      multiplyStep(b, run, at);
      b.advance(at, 4);
      b.advance(run.w, run.sums[0].length * 16);
    }
  }
}

/** Runs up to this length need no loop. */
const MOST_UNROLLED = 12;

function multiplyStep(
  b: KernelBuilder,
  { sums, input, strideBytes, w, weights }: MultiplyRun,
  x: Value,
): void {
  const [pixels, vectors] = [sums.length, sums[0].length];
  const element = (p: number) =>
    b.let(
      "x4",
      b.load("v128.load32_splat", {
        region: input,
        address: x,
        offsetBytes: p * strideBytes,
      }),
    );
  const weight = (v: number) =>
    b.let(
      "w4",
      b.load("v128.load", { region: weights, address: w, offsetBytes: v * 16 }),
    );
  const accumulate = (p: number, v: number, x4: Value, w4: Value) => {
    b.set(sums[p][v], apply("f32x4.add", [sums[p][v], apply("f32x4.mul", [x4, w4])]));
  };
  // Whichever are fewer stay in registers while the others come one at a time.
  if (vectors <= pixels) {
    const row = sums[0].map((_, v) => weight(v));
    sums.forEach((_, p) => {
      const x4 = element(p);
      row.forEach((w4, v) => accumulate(p, v, x4, w4));
    });
  } else {
    const column = sums.map((_, p) => element(p));
    sums[0].forEach((_, v) => {
      const w4 = weight(v);
      column.forEach((x4, p) => accumulate(p, v, x4, w4));
    });
  }
}
