// To the last bit: how often variants are sampled on a clock that a seed moves.
// After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { sampleExact } from "./exact_samples.ts";

testExact(sampleExact);
