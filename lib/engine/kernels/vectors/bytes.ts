import type { Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { apply } from "../../../kernel/values.ts";

const LOAD_PIECES = [
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
  for (const { bytes, op } of LOAD_PIECES) {
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

const STORE_PIECES = [
  { bytes: 8, op: "v128.store64_lane" },
  { bytes: 4, op: "v128.store32_lane" },
  { bytes: 2, op: "v128.store16_lane" },
  { bytes: 1, op: "v128.store8_lane" },
] as const;

/** Stores the first `count` bytes of a vector, and no byte more. */
export function storeBytes(b: KernelBuilder, at: At, value: Value, count: number): void {
  if (count >= 16) return b.store("v128.store", at, value);
  const vector = value.kind === "local" ? value : b.let("bytes", value);
  let done = 0;
  for (const { bytes, op } of STORE_PIECES) {
    if (count - done < bytes) continue;
    const offsetBytes = (at.offsetBytes ?? 0) + done;
    b.store(op, { ...at, offsetBytes }, vector, done / bytes);
    done += bytes;
  }
}
