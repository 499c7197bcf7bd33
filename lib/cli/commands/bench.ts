import { chartBackends } from "../../chart/chart_backends.ts";
import { chartModels } from "../../chart/chart_bars.ts";
import { reportHtml } from "../../chart/report_html.ts";
import { EngineError } from "../../engine/engine_error.ts";
import { benchModels } from "../../engine/profile/bench_models.ts";
import type { MeasureProgress } from "../../measure/measure_options.ts";
import { tableToJson } from "../../measure/print_table.ts";
import { tableMetadata } from "../../measure/table_rows.ts";
import type { Model } from "../../model/model.ts";
import type { ModelBackendRow } from "../../native/bench_model_backends.ts";
import { CANDIDATES } from "../../native/native_target.ts";
import { modelBackendNames } from "../../native/backends.ts";
import type { Table } from "../../npm/arrow.ts";
import type { Plan } from "../../plan/plan.ts";
import {
  asLacking,
  backendDetails,
  backendFlags,
  backendsOf,
  checkBackendFlags,
  compilingOptions,
  countersSaid,
} from "../backends.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import {
  loginDetails,
  machineFlags,
  machinesOf,
  modelsByMachine,
  timingCautions,
} from "../machines.ts";
import { fusedPlan } from "../model_runner.ts";
import { loadModel, modelOperand } from "../load_model.ts";
import { fusedRunFlags, modelTimingFlags, progressText, signatureFlag } from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";
import { outputFormat, type Result, writeResult } from "../write_result.ts";

/** Columns, the most important first. */
const importance: readonly (keyof ModelBackendRow)[] = [
  ...[
    "model",
    "backend",
    "medianNs",
    "speedup",
    "gmacPerS",
    "arenaBytes",
    "macs",
    "createNs",
    "minNs",
  ] as const,
  ...["constantBytes", "wasmBytes", "samples", "coldCreateNs", "threads", "dtype"] as const,
  ...["vectorBytes", "flags", "compiler", "cycles", "instructions", "cacheMisses"] as const,
];

/** `tinyloom bench FILE|zoo:NAME...`. */
export const command: Command = {
  name: "bench",
  details:
    "Their outputs are compared to the reference interpreter's first. With --nats, each model is a " +
    "task of its own, of whichever worker is free, with its share of the time; rows tell the machine, " +
    "and only those of one can be compared. " + loginDetails + "\n\n" + backendDetails,
  operands: `${modelOperand} ...`,
  flags: {
    ...signatureFlag,
    ...modelTimingFlags,
    ...fusedRunFlags,
    ...backendFlags(modelBackendNames),
    together: {
      kind: "boolean",
      about: "with --nats: one task, which times all models in turns on one machine",
    },
    ...machineFlags,
  },
  examples: [
    "bench person_detect.tflite",
    "bench zoo:mlperf-tiny-kws zoo:mlperf-tiny-ic zoo:mcunet-vww1 --threads 2 --out bench.svg",
    "bench zoo:mlperf-tiny-kws --backends wasm,native-best --out backends.html",
    "bench zoo:mlperf-tiny-kws zoo:mlperf-tiny-ic --nats nats://10.0.0.1:4222 --together",
  ],
  permissions: {
    write: "--out",
    draws: true,
    compiles: { names: CANDIDATES, why: "with native --backends" },
    records: true,
    nats: true,
  },
  run: async (context) => {
    const { flags, operands, print, note, resolve } = context;
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file);
    if (flags.together && flags.nats === undefined) {
      throw new UsageError("--together is about --nats: here all models are timed in turns");
    }
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
    const table = await timed(models, Object.fromEntries(plans), context).catch((error) => {
      throw error instanceof EngineError ? new UsageError(error.message) : error;
    });
    const { schemaVersion, ...environment } = tableMetadata(table);
    const chart = () =>
      flags.backends === undefined ? chartModels(modelsByMachine(table)) : chartBackends(table);
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
      for (const line of [...countersSaid(table), ...timingCautions(table)]) say(context, line);
    }
    return 0;
  },
};

/** Times models here, by back ends, or on another machine. */
async function timed(
  models: Readonly<Record<string, Model>>,
  plans: Readonly<Record<string, Plan>>,
  context: CommandContext,
): Promise<Table> {
  const { flags, note, progress, signal } = context;
  const options = {
    plans,
    seed: flags.seed as number,
    runs: flags.runs as number,
    budgetMs: 1000 * (flags.budget as number),
  };
  const hooks = {
    signal,
    onProgress: (now: MeasureProgress) => progress(progressText(now)),
  };
  const threads = flags.threads as number;
  if (flags.backends !== undefined) {
    const refused = threads > 1 ? "--threads" : flags.nats === undefined ? undefined : "--nats";
    if (refused !== undefined) {
      throw new UsageError(`--backends run here, on one thread: leave ${refused} out`);
    }
    const backends = backendsOf(flags, modelBackendNames);
    const { benchModelBackends } = await import("../../native/bench_model_backends.ts");
    const all = { ...options, ...hooks, ...compilingOptions(flags), backends };
    return await asLacking(benchModelBackends(models, all));
  }
  checkBackendFlags(flags);
  await using machines = await machinesOf(context);
  if (machines === undefined) return await benchModels(models, { ...options, ...hooks, threads });
  const { benchModelsApart } = await import("../../workers/bench_apart.ts");
  const count = Object.keys(models).length;
  const table = await benchModelsApart(models, {
    ...{ ...options, threads, machines, signal },
    together: flags.together as boolean | undefined,
    onDone: (done) => progress(`${done} of ${count} models timed`),
  });
  if (table.numRows < count) note(`${count - table.numRows} of ${count} models were not timed`);
  return table;
}
