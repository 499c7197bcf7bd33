// To the last bit: charts of plans that a seed decides, and pages of reports.
// After a change that is meant to change them: record_exact.ts.
import { testExact } from "./exact_figures.ts";
import { planChartExact } from "./exact_plan_charts.ts";
import { reportExact } from "./exact_reports.ts";

testExact({ ...planChartExact, ...reportExact });
