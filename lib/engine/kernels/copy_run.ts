import type { At, KernelBuilder } from "../../kernel/kernel_builder.ts";
import type { Value } from "../../kernel/kernel.ts";
import { add } from "../../kernel/values.ts";
import { loadBytes } from "./load_bytes.ts";
import { beyond } from "./quantized_vectors.ts";
import { storeBytes } from "./store_bytes.ts";

/** Vectors that are moved without a loop. */
const UNROLLED = 4;

/** Moves a run of bytes; `change` is applied to every vector on the way. */
export function copyRun(
  b: KernelBuilder,
  { from, to, bytes, change = (_, x) => x }: {
    readonly from: At;
    readonly to: At;
    readonly bytes: number;
    readonly change?: (b: KernelBuilder, x: Value) => Value;
  },
): void {
  forVectors(b, bytes, (moved, count) => {
    const x = change(b, loadBytes(b, moved(from), count));
    storeBytes(b, moved(to), x, count);
  });
}

/** Fills a run of bytes with those of a vector. */
export function fillRun(
  b: KernelBuilder,
  { to, bytes, value }: { readonly to: At; readonly bytes: number; readonly value: Value },
): void {
  if (bytes === 0) return;
  const vector = b.let("fill", value);
  forVectors(b, bytes, (moved, count) => storeBytes(b, moved(to), vector, count));
}

function forVectors(
  b: KernelBuilder,
  bytes: number,
  work: (moved: (at: At) => At, count: number) => void,
): void {
  const blockBytes = 16 * UNROLLED;
  const looped = bytes - bytes % blockBytes;
  const unrolled = (base: (at: At) => At, from: number, until: number) => {
    for (let done = from; done < until; done += 16) {
      work((at) => beyond(base(at), done), Math.min(16, until - done));
    }
  };
  if (looped <= 2 * blockBytes) return unrolled((at) => at, 0, bytes);
  b.for("byte", { until: looped, step: blockBytes }, (byte) => {
    unrolled((at) => ({ ...at, address: add(at.address, byte) }), 0, blockBytes);
  });
  unrolled((at) => at, looped, bytes);
}
