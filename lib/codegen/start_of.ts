import type { DType } from "../nest/dtype.ts";

/** What an update starts from: the number that changes nothing. */
export function startOf(update: "add" | "max", dtype: DType): number {
  if (update === "add") return 0;
  return dtype === "i32" ? -(2 ** 31) : -Infinity;
}
