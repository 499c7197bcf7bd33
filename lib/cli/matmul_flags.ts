import type { Flag } from "./command.ts";

/** Flags that say which matrix product, for every command that works on one. */
export const matmulFlags: Readonly<Record<"m" | "k" | "n" | "dtype", Flag>> = {
  m: { kind: "integer", value: "N", about: "rows of A and C", default: 480, least: 1 },
  k: { kind: "integer", value: "N", about: "columns of A, rows of B", default: 480, least: 1 },
  n: { kind: "integer", value: "N", about: "columns of B and C", default: 480, least: 1 },
  dtype: { kind: "text", value: "f32|i8", about: "i8 sums into int32", default: "f32" },
};
