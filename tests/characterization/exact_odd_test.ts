// To the last bit: what is said of odd models. After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { oddExact } from "./exact_runs.ts";

testExact(oddExact);
