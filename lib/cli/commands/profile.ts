import { chartProfile, chartProfileRoofline } from "../../chart/chart_profile.ts";
import { reportHtml } from "../../chart/report_html.ts";
import type { Engine } from "../../engine/engine.ts";
import { profile } from "../../engine/profile/profile.ts";
import {
  briefProfileColumns,
  type ProfileRow,
  profileRows,
  type ProfileTotals,
  profileTotals,
} from "../../engine/profile/profile_table.ts";
import { type KernelChoices, readChoices } from "../../engine/select/kernel_choices.ts";
import { tuneKernels, type TuneKernelsOptions } from "../../engine/select/tune_kernels.ts";
import { cautions } from "../../measure/cautions.ts";
import { lockFile } from "../../measure/file_lock.ts";
import { formatCount, formatDuration, formatShare, threeDigits } from "../../measure/format.ts";
import { measurePeaks } from "../../measure/measure_peaks.ts";
import { tableToJson } from "../../measure/print_table.ts";
import { writeWhole } from "../../measure/table_file.ts";
import { tableMetadata } from "../../measure/table_rows.ts";
import type { Model } from "../../model/model.ts";
import type { Table } from "../../npm/arrow.ts";
import type { Command, CommandContext, Flag } from "../command.ts";
import { readInputIfThere } from "../input_file.ts";
import { loadModel, modelOperand, oneModel } from "../load_model.ts";
import { compileModel, fusedPlan, graphOf } from "../model_runner.ts";
import { arenaInWords } from "../plan_answer.ts";
import {
  fusedRunFlags,
  fusionOptions,
  modelTimingFlags,
  progressText,
  signatureFlag,
} from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";
import { outputFormat, type Result, writeResult } from "../write_result.ts";

/** Flag of the commands that can measure which kernels are the fastest. */
const tuneFlag: Flag = {
  kind: "text",
  value: "FILE",
  about: "measure which schedule of each layer is the fastest, and remember it in FILE (JSON)",
};

/** Choices from the file of `--tune`, with what the model needs beyond them measured and added. */
async function tunedChoices(
  model: Model,
  { flags, resolve, note, progress, signal }: CommandContext,
  options: Pick<TuneKernelsOptions, "plan" | "threads">,
): Promise<KernelChoices | undefined> {
  const name = flags.tune as string | undefined;
  if (name === undefined) return undefined;
  const path = resolve(name);
  using _lock = await lockFile(path);
  const known = await readInputIfThere(name, { resolve }, readChoices);
  const { choices, table } = await tuneKernels(model, {
    ...options,
    known,
    signal,
    budgetMs: 2000 * (flags.budget as number),
    onProgress: (now) => progress(progressText(now)),
  });
  if (table.numRows > 0) {
    await writeWhole(path, `${JSON.stringify(choices, null, 1)}\n`);
    note(`measured ${table.numRows} schedules of layers; wrote ${name}`);
  }
  return choices;
}

/** `tinyloom profile FILE|zoo:NAME`. */
export const command: Command = {
  name: "profile",
  operands: modelOperand,
  flags: {
    ...signatureFlag,
    ...modelTimingFlags,
    ...fusedRunFlags,
    tune: tuneFlag,
    roofline: { kind: "boolean", about: "draw .svg and .png as a roofline, not as bars" },
  },
  examples: [
    "profile person_detect.tflite",
    "profile zoo:mobilenet_v2 --threads 2 --out profile.html",
    "profile zoo:mcunet-vww1 --tune kernels.json",
    "profile zoo:mcunet-vww1 --fusion best --mac-budget 1.1",
    "profile zoo:mlperf-tiny-ic --roofline --out roofline.svg",
  ],
  permissions: { write: "--out, --tune", draws: true, records: true },
  run: async (context) => {
    const { flags, operands, print, note, progress, resolve, signal } = context;
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file);
    const operand = oneModel(operands, "profile");
    const model = await loadModel(operand, context);
    const threads = flags.threads as number;
    const kernels = await tunedChoices(model, context, { threads });
    const plan = fusedPlan(model, flags);
    using engine = compileModel(operand, model, { threads, kernels, plan, signal });
    const table = await profile(engine, {
      seed: flags.seed as number,
      runs: flags.runs as number,
      budgetMs: 1000 * (flags.budget as number),
      signal,
      onProgress: (now) => progress(progressText(now)),
    });
    const result = resultOf(table, { engine, isRoofline: flags.roofline === true });
    for (const file of files) {
      await writeResult(resolve(file), result);
      note(`wrote ${file}`);
    }
    if (flags.json) {
      print(JSON.stringify(result.json()));
    } else {
      printTable(context, table, { columns: briefColumns(table), importance });
      const totals = profileTotals(table);
      for (const line of totalsInWords(totals)) say(context, line);
      const arena = arenaInWords(engine, fusionOptions(flags));
      say(context, `${arena}, constants ${formatCount(totals.constantBytes)} B.`);
      for (const line of cautions(table)) say(context, line);
    }
    return 0;
  },
};

/** The most important first. */
const importance: readonly (keyof ProfileRow)[] = [
  ...["index", "operator", "medianNs", "timeShare", "gmacPerS", "kernel", "macs"] as const,
  ...["macFactor", "shape", "movedBytes", "form", "minNs", "macsPerByte", "threads"] as const,
];

/** The brief columns, and what segments do again if there are any. */
function briefColumns(table: Table): readonly (keyof ProfileRow)[] {
  const isFused = profileRows(table).some(({ form }) => form === "fused");
  return briefProfileColumns.flatMap((name) => (
    name === "macs" && isFused ? [name, "macFactor"] : [name]
  ));
}

function resultOf(
  table: Table,
  { engine, isRoofline }: { readonly engine: Engine; readonly isRoofline: boolean },
): Result {
  const totals = profileTotals(table);
  const { totals: _, schemaVersion, ...environment } = tableMetadata(table);
  const roofline = () => chartProfileRoofline(table, { peaks: measurePeaks() });
  return {
    table,
    chart: () => isRoofline ? roofline() : chartProfile(table),
    json: () => ({ schemaVersion, totals, environment, layers: tableToJson(table) }),
    html: async () =>
      reportHtml({
        title: `Profile of ${totals.model || "the model"}`,
        summary: totalsInWords(totals).join(" "),
        sections: [
          {
            title: "Layers",
            charts: [chartProfile(table), roofline()],
            table,
            columns: briefColumns(table),
          },
          ...[await graphOf(engine.model, { engine })].filter((section) => section !== null),
        ],
        environment,
      }),
  };
}

function totalsInWords(totals: ProfileTotals): string[] {
  const { runMinNs, runMedianNs, macs, macFactor, gmacPerS, layersMinNs, explainedShare, callNs } =
    totals;
  return [
    `A run takes ${formatDuration(runMinNs)} (median ${formatDuration(runMedianNs)}): ` +
    `${formatCount(macs)} MACs${
      macFactor > 1 ? `, ${macFactor.toFixed(4)} times the model's` : ""
    }, ${threeDigits(gmacPerS)} GMAC/s.`,
    `Its ${totals.layers} layers take ${formatDuration(layersMinNs)}, ` +
    `${formatShare(explainedShare)} of it; to start and end it takes ${formatDuration(callNs)}.`,
  ];
}
