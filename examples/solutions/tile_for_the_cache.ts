// Exercise 6 of lesson 20: a product of 96 x 96 x 96 on a Cortex-M7, whose cache holds 16 KiB.
//
// A block of B of 32 x 48 numbers is 6 KiB: it stays while all rows of A and C go by, and 48 columns are
// enough that a row of C is written twice only.
//
// Run: deno run -A examples/solutions/tile_for_the_cache.ts
import type { Step } from "tinyloom";
import { tileForTheCache } from "../../notebooks/loop_exercises.ts";

export const solution: readonly Step[] = [
  { op: "tile", sizes: { k: 32, j: 48 } },
  { op: "reorder", order: ["tk", "tj", "i", "k", "j"] },
];

if (import.meta.main) console.log(tileForTheCache(solution));
