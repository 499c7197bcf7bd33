// To the last bit: plans of graphs that branch, and what the validator finds. After a change that is
// meant to change them: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { planExact } from "./exact_plans.ts";

testExact(planExact);
