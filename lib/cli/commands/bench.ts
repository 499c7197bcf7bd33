import { chartModels } from "../../chart/chart_bars.ts";
import { reportHtml } from "../../chart/report_html.ts";
import { EngineError } from "../../engine/engine_error.ts";
import { benchModels, type BenchModelsRow } from "../../engine/profile/bench_models.ts";
import { cautions } from "../../measure/cautions.ts";
import { tableToJson } from "../../measure/print_table.ts";
import { tableMetadata } from "../../measure/table_rows.ts";
import type { Model } from "../../model/model.ts";
import { type Command, UsageError } from "../command.ts";
import { loginDetails, machineFlags, machinesOf } from "../machines.ts";
import { fusedPlan } from "../model_runner.ts";
import { loadModel, modelOperand } from "../load_model.ts";
import { fusedRunFlags, modelTimingFlags, progressText, signatureFlag } from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";
import { outputFormat, type Result, writeResult } from "../write_result.ts";

/** Columns, the most important first. */
const importance: readonly (keyof BenchModelsRow)[] = [
  ...["model", "medianNs", "gmacPerS", "arenaBytes", "macs", "createNs", "minNs"] as const,
  ...["constantBytes", "wasmBytes", "samples", "coldCreateNs", "threads", "dtype"] as const,
];

/** `tinyloom bench FILE|zoo:NAME...`. */
export const command: Command = {
  name: "bench",
  details:
    "Their outputs are compared to the reference interpreter's first. With --nats, one of the " +
    "workers there times all of them, and rows tell its machine. " + loginDetails,
  operands: `${modelOperand} ...`,
  flags: { ...signatureFlag, ...modelTimingFlags, ...fusedRunFlags, ...machineFlags },
  examples: [
    "bench person_detect.tflite",
    "bench zoo:mlperf-tiny-kws zoo:mlperf-tiny-ic zoo:mcunet-vww1 --threads 2 --out bench.svg",
  ],
  permissions: { write: "--out", draws: true, records: true, nats: true },
  run: async (context) => {
    const { flags, operands, print, note, progress, resolve, signal } = context;
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file);
    if (operands.length === 0) throw new UsageError(`bench needs models, ${modelOperand}`);
    const models: Record<string, Model> = {};
    for (const operand of operands) {
      if (Object.hasOwn(models, operand)) throw new UsageError(`${operand} is given twice`);
      models[operand] = await loadModel(operand, context);
    }
    const plans = Object.entries(models).flatMap(([name, model]) => {
      const plan = fusedPlan(model, flags);
      return plan === undefined ? [] : [[name, plan] as const];
    });
    const options = {
      threads: flags.threads as number,
      plans: Object.fromEntries(plans),
      seed: flags.seed as number,
      runs: flags.runs as number,
      budgetMs: 1000 * (flags.budget as number),
    };
    await using workers = await machinesOf(context);
    const timing = workers === undefined
      ? benchModels(models, {
        ...options,
        signal,
        onProgress: (now) => progress(progressText(now)),
      })
      : (await import("../../workers/timing_tasks.ts"))
        .benchThere({ kind: "bench", models, options }, { workers, signal });
    const table = await timing.catch((error) => {
      throw error instanceof EngineError ? new UsageError(error.message) : error;
    });
    const { schemaVersion, ...environment } = tableMetadata(table);
    const chart = () => chartModels(table);
    const result: Result = {
      table,
      chart,
      json: () => ({ schemaVersion, environment, models: tableToJson(table) }),
      html: () =>
        reportHtml({
          title: "Models",
          sections: [{ title: "Time of a run", charts: [chart()], table }],
          environment,
        }),
    };
    for (const file of files) {
      await writeResult(resolve(file), result);
      note(`wrote ${file}`);
    }
    if (flags.json) {
      print(JSON.stringify(result.json()));
    } else {
      printTable(context, table, { importance });
      for (const line of cautions(table)) say(context, line);
    }
    return 0;
  },
};
