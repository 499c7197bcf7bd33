import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";

/** The types that panels are made for. */
export type PanelType = "float32" | "int8";

/** Panels of a layer's weights: runs of `depth` products for some vectors of four channels. */
export interface PanelShape {
  readonly dtype: PanelType;
  readonly depth: number;
}

/** Bytes of a run for so many vectors. */
export function runBytes({ dtype, depth }: PanelShape, vectors: number): number {
  return dtype === "float32" ? depth * vectors * 16 : Math.ceil(depth / 2) * vectors * 8;
}

/**
 * Weights as sums over vectors of channels read them: `[run][k][channel]`, for int8 two k side by side
 * in each channel, which one instruction multiplies; a missing channel or k is 0.
 */
export function packPanel(
  { dtype, depth }: PanelShape,
  { runs, vectors, weight }: {
    readonly runs: number;
    readonly vectors: number;
    /** Null: there is no such channel. */
    readonly weight: (run: number, k: number, channel: number) => number | null;
  },
): Uint8Array {
  const channels = vectors * 4;
  const width = dtype === "float32" ? 1 : 2;
  const steps = Math.ceil(depth / width);
  const count = runs * steps * channels * width;
  const values = dtype === "float32" ? new Float32Array(count) : new Int8Array(count);
  for (let run = 0, at = 0; run < runs; run++) {
    for (let step = 0; step < steps; step++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let i = 0; i < width; i++, at++) {
          const k = step * width + i;
          values[at] = k < depth ? weight(run, k, channel) ?? 0 : 0;
        }
      }
    }
  }
  return new Uint8Array(values.buffer);
}

/** Where elements lie that are multiplied by a panel. */
export interface PanelInput {
  readonly region: Region;
  /** Pointer to the first pixel's run. */
  readonly address: Value;
  /** From one pixel's run to the next one's. */
  readonly apartBytes: number;
  /** Taken away from every element. */
  readonly zeroPoint: number;
}

/** Elements of a run that are loaded together. */
const CHUNK = 8;

/** Chunks that are written out, more of them become a loop. */
const UNROLLED = 2;

/**
 * `sums[pixel][vector] += x[pixel, k] * w[k, channels of the vector]` over a run, in the order of k for
 * float32.
 */
export function addProducts(
  b: KernelBuilder,
  pool: ConstantPool,
  { shape, sums, x, w }: {
    readonly shape: PanelShape;
    readonly sums: readonly (readonly Value[])[];
    readonly x: PanelInput;
    readonly w: { readonly region: Region; readonly address: Value };
  },
): void {
  const { dtype, depth } = shape;
  const elementBytes = dtype === "float32" ? 4 : 1;
  const chunkBytes = runBytes({ dtype, depth: CHUNK }, sums[0].length);
  const [xAt, wAt] = [b.let("x_run", x.address), b.let("w_run", w.address)];
  const chunk = (from: number, count: number) => {
    const place = { xAt, wAt, from, count };
    if (dtype === "float32") addFloats(b, { sums, x, w, ...place });
    else addPairs(b, pool, { sums, x, w, ...place });
  };
  const whole = Math.floor(depth / CHUNK);
  const isLoop = whole > UNROLLED;
  if (isLoop) {
    b.for("chunk", { until: whole }, () => {
      chunk(0, CHUNK);
      b.advance(xAt, CHUNK * elementBytes);
      b.advance(wAt, chunkBytes);
    });
  }
  for (let from = isLoop ? whole * CHUNK : 0; from < depth; from += CHUNK) {
    chunk(isLoop ? from - whole * CHUNK : from, Math.min(CHUNK, depth - from));
  }
}

interface Chunk {
  readonly sums: readonly (readonly Value[])[];
  readonly x: PanelInput;
  readonly w: { readonly region: Region };
  readonly xAt: Value;
  readonly wAt: Value;
  /** First k, counted from where the pointers are. */
  readonly from: number;
  readonly count: number;
}

function addFloats(b: KernelBuilder, { sums, x, w, xAt, wAt, from, count }: Chunk): void {
  const vectors = sums[0].length;
  for (let k = from; k < from + count; k++) {
    const weights = sums[0].map((_, v) => {
      const offsetBytes = (k * vectors + v) * 16;
      return b.let("w4", b.load("v128.load", { region: w.region, address: wAt, offsetBytes }));
    });
    sums.forEach((row, p) => {
      const at = { region: x.region, address: xAt, offsetBytes: p * x.apartBytes + 4 * k };
      const element = b.let("x4", b.load("v128.load32_splat", at));
      row.forEach((sum, v) => {
        b.set(sum, apply("f32x4.add", [sum, apply("f32x4.mul", [element, weights[v]])]));
      });
    });
  }
}

function addPairs(
  b: KernelBuilder,
  pool: ConstantPool,
  { sums, x, w, xAt, wAt, from, count }: Chunk,
): void {
  const vectors = sums[0].length;
  const centred = (value: Value) =>
    x.zeroPoint === 0 ? value : apply("i16x8.sub", [value, pool.splat16(x.zeroPoint)]);
  const placeOf = (pixel: number, k: number) => ({
    region: x.region,
    address: xAt,
    offsetBytes: pixel * x.apartBytes + k,
  });
  // All of a chunk at once, or a pair at a time; behind an odd last one any number meets a weight of 0.
  const wide = count === CHUNK
    ? sums.map((_, p) => b.let("x8", centred(b.load("i16x8.load8x8_s", placeOf(p, from)))))
    : null;
  const pairOf = (pixel: number, k: number): Value => {
    if (wide !== null) {
      const lanes = Array.from({ length: 16 }, (_, i) => 2 * (k - from) + i % 4);
      return apply("i8x16.shuffle", [wide[pixel], wide[pixel]], lanes);
    }
    const op = k + 1 < from + count ? "v128.load16_splat" : "v128.load8_splat";
    return centred(apply("i16x8.extend_low_i8x16_s", [b.load(op, placeOf(pixel, k))]));
  };
  for (let k = from; k < from + count; k += 2) {
    const weights = sums[0].map((_, v) => {
      const offsetBytes = (k / 2 * vectors + v) * 8;
      const at = { region: w.region, address: wAt, offsetBytes };
      return b.let("w4", b.load("i16x8.load8x8_s", at));
    });
    sums.forEach((row, p) => {
      const pair = b.let("pair", pairOf(p, k));
      row.forEach((sum, v) => {
        b.set(sum, apply("i32x4.add", [sum, apply("i32x4.dot_i16x8_s", [pair, weights[v]])]));
      });
    });
  }
}
