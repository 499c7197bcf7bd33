import type { At, KernelBuilder } from "../../kernel/kernel_builder.ts";
import type { Value } from "../../kernel/kernel.ts";
import { apply } from "../../kernel/values.ts";

const PIECES = [
  { bytes: 8, op: "v128.load64_zero" },
  { bytes: 4, op: "v128.load32_zero" },
  { bytes: 2, op: "v128.load16_splat" },
  { bytes: 1, op: "v128.load8_splat" },
] as const;

/** The first `count` bytes of a vector, and no byte more; the rest of it is of no meaning. */
export function loadBytes(b: KernelBuilder, at: At, count: number): Value {
  if (count >= 16) return b.load("v128.load", at);
  let vector: Value | null = null;
  let done = 0;
  for (const { bytes, op } of PIECES) {
    if (count - done < bytes) continue;
    const offsetBytes = (at.offsetBytes ?? 0) + done;
    const piece = b.load(op, { ...at, offsetBytes });
    vector = vector === null ? piece : b.let("bytes", joined(vector, piece, done));
    done += bytes;
  }
  return vector!;
}

/** A vector with the first bytes of another one from byte `from` on, up to the next power of two. */
function joined(vector: Value, piece: Value, from: number): Value {
  const lanes = Array.from({ length: 16 }, (_, i) => i < from ? i : 16 + i - from);
  return apply("i8x16.shuffle", [vector, piece], lanes);
}
