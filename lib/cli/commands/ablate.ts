import { chartAblation } from "../../chart/chart_techniques.ts";
import { reportHtml } from "../../chart/report_html.ts";
import {
  ablate,
  type AblationRow,
  ablationRows,
  briefAblationColumns,
} from "../../engine/ablation/ablate.ts";
import { EngineError } from "../../engine/engine_error.ts";
import { cautions } from "../../measure/cautions.ts";
import { formatDuration } from "../../measure/format.ts";
import { tableToJson } from "../../measure/print_table.ts";
import { tableMetadata } from "../../measure/table_rows.ts";
import { type Command, UsageError } from "../command.ts";
import { loadModel, modelOperand, oneModel } from "../load_model.ts";
import { modelTimingFlags, progressText, signatureFlag } from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";
import { outputFormat, type Result, writeResult } from "../write_result.ts";

/** Columns, the most important first. */
const importance: readonly (keyof AblationRow)[] = [
  ...["optimization", "medianNs", "speedupStep", "speedup", "arenaBytes", "mmacPerS"] as const,
  ...["workspaceBytes", "threads", "codeBytes", "constantBytes", "minNs"] as const,
];

/** `tinyloom ablate FILE|zoo:NAME`. */
export const command: Command = {
  name: "ablate",
  details: "Outputs are compared to the reference interpreter's first.",
  operands: modelOperand,
  flags: {
    ...signatureFlag,
    ...modelTimingFlags,
    threads: {
      kind: "integer",
      value: "N",
      about: "threads on the last rung",
      default: 2,
      least: 2,
    },
    budget: { ...modelTimingFlags.budget, default: 20 },
  },
  examples: [
    "ablate person_detect.tflite",
    "ablate zoo:mcunet-vww1 --out ablation.svg --out ablation.arrow",
  ],
  permissions: { write: "--out", draws: true, records: true },
  run: async (context) => {
    const { flags, operands, print, note, progress, resolve, signal } = context;
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file);
    const operand = oneModel(operands, "ablate");
    const table = await ablate(await loadModel(operand, context), {
      threads: flags.threads as number,
      seed: flags.seed as number,
      runs: flags.runs as number,
      budgetMs: 1000 * (flags.budget as number),
      signal,
      onProgress: (now) => progress(progressText(now)),
    }).catch((error) => {
      throw error instanceof EngineError ? new UsageError(`${operand}: ${error.message}`) : error;
    });
    const { schemaVersion, ...environment } = tableMetadata(table);
    const rows = ablationRows(table);
    const chart = () => chartAblation(table);
    const result: Result = {
      table,
      chart,
      json: () => ({ schemaVersion, environment, rungs: tableToJson(table) }),
      html: () =>
        reportHtml({
          title: `What each optimization is worth on ${environment.model || operand}`,
          summary: `From ${formatDuration(rows[0].minNs)} a run to ` +
            `${formatDuration(rows.at(-1)!.minNs)} with all of them.`,
          sections: [{
            title: "One optimization more in each line",
            charts: [chart()],
            table,
            columns: briefAblationColumns,
          }],
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
      printTable(context, table, { columns: briefAblationColumns, importance });
      for (const line of cautions(table)) say(context, line);
    }
    return 0;
  },
};
