// To the last bit: charts of data that is few, tied or at the edge of what is told apart.
// After a change that is meant to change them: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { oddChartExact } from "./exact_odd_charts.ts";

testExact(oddChartExact);
