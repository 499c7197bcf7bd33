// To the last bit: plans with segments, tables of plans, plans of every operator.
// After a change that is meant to change them: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { segmentExact } from "./exact_segments.ts";

testExact(segmentExact);
