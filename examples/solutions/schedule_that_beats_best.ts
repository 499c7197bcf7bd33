// Exercise 3 of lesson 20: fewer loads, stores and loop tests than `bestMatmul`.
//
// `best` takes six rows of eight columns: 12 vectors of sums, for each of which six values of A and two
// vectors of B are loaded. Four rows of twelve columns are 12 vectors as well, with four and three loads.
//
// Run: deno run -A examples/solutions/schedule_that_beats_best.ts [time]
import { matmul, registerBlock, vectorize } from "tinyloom";
import { scheduleThatBeatsBest } from "../../notebooks/loop_exercises.ts";

export const size = { m: 60, k: 60, n: 60 } as const;
export const solution = vectorize(registerBlock(matmul(size), { j: 12, i: 4 }), "j").steps;

if (import.meta.main) {
  const by = Deno.args[0] === "time" ? "time" : "counts";
  console.log(await scheduleThatBeatsBest(solution, { size, by }));
}
