// Exercise 1 of lesson 20: a person detector in 20 KiB of RAM.
//
// Of the networks with a published accuracy on visual wake words only the smallest MCUNet comes near. Its
// arena is layer by layer two and a half times too large; row by row it fits.
//
// Run: deno run -A examples/solutions/network_for_20_kilobytes.ts
import { networkFor20Kilobytes } from "../../notebooks/exercises.ts";

export const solution = { model: "mcunet-vww0", plan: { fusion: "rolling" } } as const;

if (import.meta.main) console.log(networkFor20Kilobytes(solution));
