import { chartBackends } from "../chart/chart_backends.ts";
import { reportHtml } from "../chart/report_html.ts";
import { cautions } from "../measure/cautions.ts";
import { tableCircumstances } from "../measure/table_rows.ts";
import { type Backend, backendNames } from "../native/backends.ts";
import type { Computation } from "../nest/pipeline.ts";
import { asLacking, backendsOf, compilingOptions, countersSaid } from "./backends.ts";
import { type CommandContext, UsageError } from "./command.ts";
import { timingOptions } from "./shared_flags.ts";
import { reportTimings } from "./write_result.ts";

/** Times schedules by the back ends that --backends lists, and reports the record. */
export async function reportBackends(
  context: CommandContext,
  variants: Readonly<Record<string, Computation>>,
  known: readonly Backend[] = backendNames,
): Promise<void> {
  const { flags } = context;
  if ((flags.threads as number | undefined ?? 1) > 1) {
    throw new UsageError("--backends are compared on one thread: leave --threads out");
  }
  const { fma: _, ...timing } = timingOptions(context);
  const backends = backendsOf(flags, known);
  const { benchBackends, briefBackendColumns } = await import("../native/bench_backends.ts");
  const options = { ...timing, ...compilingOptions(flags), backends };
  const table = await asLacking(benchBackends(variants, options));
  const counts = flags.counters ? ["cycles", "instructions", "cacheMisses"] : [];
  const columns = [...briefBackendColumns, ...counts, "flags", "compiler"];
  await reportTimings(context, {
    table,
    columns,
    verdicts: countersSaid(table),
    chart: () => chartBackends(table),
    html: () =>
      reportHtml({
        title: "The same schedules by each back end",
        sections: [{
          title: "Time of a run",
          verdicts: [...countersSaid(table), ...cautions(table)],
          charts: [chartBackends(table)],
          table,
          columns,
        }],
        environment: tableCircumstances(table),
      }),
  });
}
