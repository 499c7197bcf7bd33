/**
 * Records digests of what is made of fixed inputs: steps and code of the lab, plans, modules and C of
 * models, what searches find, charts, what commands say. The tests `exact_*_test.ts` hold everything to them, so that a
 * change which is not meant to change any of it is noticed where results are as right as before: a
 * threshold, the order of a search, an instruction more.
 *
 * Record again after a change that is meant to.
 *
 * Run: deno run -A tests/characterization/record_exact.ts [PART OF A NAME]
 */
import { allocationExact } from "./exact_allocations.ts";
import { cExact } from "./exact_c.ts";
import { chartExact } from "./exact_charts.ts";
import { commandExact } from "./exact_commands.ts";
import { recordExact } from "./exact_figures.ts";
import { labExact } from "./exact_lab.ts";
import { learningExact, trainingExact } from "./exact_learning.ts";
import { measureExact } from "./exact_measures.ts";
import { modelExact } from "./exact_models.ts";
import { nativeExact } from "./exact_native.ts";
import { oddChartExact } from "./exact_odd_charts.ts";
import { planChartExact } from "./exact_plan_charts.ts";
import { planExact } from "./exact_plans.ts";
import { reportExact } from "./exact_reports.ts";
import { sampleExact } from "./exact_samples.ts";
import { pageExact, planningExact, saidExact } from "./exact_said.ts";
import { oddExact, projectExact, runExact } from "./exact_runs.ts";
import { searchExact } from "./exact_searches.ts";
import { segmentExact } from "./exact_segments.ts";

const cases = {
  ...{ ...labExact, ...modelExact, ...cExact, ...searchExact },
  ...{ ...planExact, ...measureExact, ...chartExact, ...commandExact },
  ...{ ...nativeExact, ...oddChartExact, ...planChartExact, ...reportExact },
  ...{ ...allocationExact, ...segmentExact, ...sampleExact },
  ...{ ...runExact, ...oddExact, ...projectExact },
  ...{ ...learningExact, ...trainingExact },
  ...{ ...planningExact, ...pageExact, ...saidExact },
};
await recordExact(cases, Deno.args[0]);
