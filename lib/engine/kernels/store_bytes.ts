import type { At, KernelBuilder } from "../../kernel/kernel_builder.ts";
import type { Value } from "../../kernel/kernel.ts";

const PIECES = [
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
  for (const { bytes, op } of PIECES) {
    if (count - done < bytes) continue;
    const offsetBytes = (at.offsetBytes ?? 0) + done;
    b.store(op, { ...at, offsetBytes }, vector, done / bytes);
    done += bytes;
  }
}
