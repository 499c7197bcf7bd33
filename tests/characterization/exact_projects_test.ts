// To the last bit: what projects are written. After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { projectExact } from "./exact_runs.ts";

testExact(projectExact);
