// To the last bit: allocations, and how they were searched for.
// After a change that is meant to change them: record_exact.ts.
import { allocationExact } from "./exact_allocations.ts";
import { testExact } from "./exact_figures.ts";

testExact(allocationExact);
