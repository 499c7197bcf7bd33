// To the last bit: what is said of plans. After a change that is meant to change it: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { planningExact } from "./exact_said.ts";

testExact(planningExact);
