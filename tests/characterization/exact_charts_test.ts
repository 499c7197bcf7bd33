// To the last bit: charts of fixed data. After a change that is meant to change them: record_exact.ts.
import { chartExact } from "./exact_charts.ts";
import { testExact } from "./exact_figures.ts";

testExact(chartExact);
