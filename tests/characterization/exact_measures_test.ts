// To the last bit: statistics and tables of fixed numbers. After a change that is meant to change
// them: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { measureExact } from "./exact_measures.ts";

testExact(measureExact);
