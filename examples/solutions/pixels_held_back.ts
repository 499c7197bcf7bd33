// Exercise 5 of lesson 20: a depthwise convolution in place.
//
// The last window that reads pixel (y, x) is that of (y + 2, x + 2), two rows and two pixels later: so
// many results must wait.
//
// Run: deno run -A examples/solutions/pixels_held_back.ts
import { heldBack, pixelsHeldBack } from "../../notebooks/exercises.ts";

const half = heldBack.kernel >> 1;

export const solution = half * heldBack.width + half;

if (import.meta.main) console.log(pixelsHeldBack(solution));
