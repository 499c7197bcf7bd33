import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply, constant, vectorOfI32 } from "../../../kernel/values.ts";
import type { ConstantPool } from "../../constant_pool.ts";

/** The types whose products are added in vectors of four channels. */
export type ProductType = "float32" | "int8";

/** Elements of some pixels that are multiplied by the same weights. */
export interface ProductInput {
  readonly region: Region;
  /** Pointer to the first pixel's run. */
  readonly address: Value;
  /** From one pixel's run to the next one's. */
  readonly apartBytes: number;
  /** From one element of a run to the next. */
  readonly stepBytes: number;
  /** Taken away from every element. */
  readonly zeroPoint: number;
}

/** Weights of some vectors of channels. */
export interface WeightSource {
  /** Pointer to the first k. */
  readonly address: Value;
  /** From a chunk to the next. */
  readonly chunkBytes: number;
  /**
   * Opens some k from a pointer on; the function then gives, for float32, the weights of a k, and for
   * int8 those of k and k + 1 side by side in each channel.
   */
  readonly open: (
    b: KernelBuilder,
    chunk: { readonly at: Value; readonly from: number; readonly count: number },
  ) => (k: number) => readonly Value[];
}

/** Elements of a run that are loaded together. */
export const CHUNK = 8;

/** Chunks that are written out, more of them become a loop. */
const UNROLLED = 2;

/**
 * `sums[pixel][vector] += x[pixel, k] * w[k, channels of the vector]` over a run, in the order of k for
 * float32.
 */
export function addProducts(
  b: KernelBuilder,
  pool: ConstantPool,
  { dtype, depth, sums, x, weights }: {
    readonly dtype: ProductType;
    readonly depth: number;
    readonly sums: readonly (readonly Value[])[];
    readonly x: ProductInput;
    readonly weights: WeightSource;
  },
): void {
  const [xAt, at] = [b.let("x_run", x.address), b.let("w_run", weights.address)];
  const chunk = (from: number, count: number) => {
    const place = { sums, x, xAt, from, count, weightsOf: weights.open(b, { at, from, count }) };
    if (dtype === "float32") addFloats(b, place);
    else addPairs(b, pool, place);
  };
  const whole = Math.floor(depth / CHUNK);
  const isLoop = whole > UNROLLED;
  if (isLoop) {
    b.for("chunk", { until: whole }, () => {
      chunk(0, CHUNK);
      b.advance(xAt, CHUNK * x.stepBytes);
      b.advance(at, weights.chunkBytes);
    });
  }
  const done = isLoop ? whole * CHUNK : 0;
  for (let k = done; k < depth; k += CHUNK) chunk(k - done, Math.min(CHUNK, depth - k));
}

interface Chunk {
  readonly sums: readonly (readonly Value[])[];
  readonly x: ProductInput;
  readonly xAt: Value;
  /** First k, counted from where the pointers are. */
  readonly from: number;
  readonly count: number;
  readonly weightsOf: (k: number) => readonly Value[];
}

function addFloats(b: KernelBuilder, { sums, x, xAt, from, count, weightsOf }: Chunk): void {
  for (let k = from; k < from + count; k++) {
    const weights = weightsOf(k);
    sums.forEach((row, p) => {
      const offsetBytes = p * x.apartBytes + k * x.stepBytes;
      const at = { region: x.region, address: xAt, offsetBytes };
      const element = b.let("x4", b.load("v128.load32_splat", at));
      row.forEach((sum, v) => {
        b.set(sum, apply("f32x4.add", [sum, apply("f32x4.mul", [element, weights[v]])]));
      });
    });
  }
}

function addPairs(b: KernelBuilder, pool: ConstantPool, chunk: Chunk): void {
  const { sums, from, count, weightsOf } = chunk;
  const pairOf = chunk.x.stepBytes === 1 ? runPairs(b, pool, chunk) : apartPairs(b, chunk);
  for (let k = from; k < from + count; k += 2) {
    const weights = weightsOf(k);
    const isOdd = k + 1 === from + count;
    sums.forEach((row, p) => {
      const pair = pairOf(p, k);
      const own = b.let("pair", isOdd ? apply("v128.and", [pair, vectorOfI32(0xffff)]) : pair);
      row.forEach((sum, v) => {
        b.set(sum, apply("i32x4.add", [sum, apply("i32x4.dot_i16x8_s", [own, weights[v]])]));
      });
    });
  }
}

/** Pairs of elements side by side, in all lanes: all of a chunk are loaded at once, others by two. */
function runPairs(
  b: KernelBuilder,
  pool: ConstantPool,
  { sums, x, xAt, from, count }: Chunk,
): (pixel: number, k: number) => Value {
  const centred = (value: Value) =>
    x.zeroPoint === 0 ? value : apply("i16x8.sub", [value, pool.splat16(x.zeroPoint)]);
  const placeOf = (pixel: number, k: number) => ({
    region: x.region,
    address: xAt,
    offsetBytes: pixel * x.apartBytes + k,
  });
  const wide = count === CHUNK
    ? sums.map((_, p) => b.let("x8", centred(b.load("i16x8.load8x8_s", placeOf(p, from)))))
    : null;
  return (pixel, k) => {
    if (wide !== null) {
      const lanes = Array.from({ length: 16 }, (_, i) => 2 * (k - from) + i % 4);
      return apply("i8x16.shuffle", [wide[pixel], wide[pixel]], lanes);
    }
    const op = k + 1 < from + count ? "v128.load16_splat" : "v128.load8_splat";
    return centred(apply("i16x8.extend_low_i8x16_s", [b.load(op, placeOf(pixel, k))]));
  };
}

/** Pairs of elements that lie apart; the second of an odd last one is the first again. */
function apartPairs(
  b: KernelBuilder,
  { x, xAt, from, count }: Chunk,
): (pixel: number, k: number) => Value {
  return (pixel, k) => {
    const [low, high] = [k, Math.min(k + 1, from + count - 1)].map((each) => {
      const offsetBytes = pixel * x.apartBytes + each * x.stepBytes;
      const element = b.load("i32.load8_s", { region: x.region, address: xAt, offsetBytes });
      return apply("i32.sub", [element, x.zeroPoint]);
    });
    const words = [apply("i32.and", [low, 0xffff]), apply("i32.shl", [high, constant(16)])];
    return apply("i32x4.splat", [apply("i32.or", words)]);
  };
}
