// To the last bit: what runs say. After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { runExact } from "./exact_runs.ts";

testExact(runExact);
