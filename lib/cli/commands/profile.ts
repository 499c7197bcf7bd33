import type { Table } from "../../npm/arrow.ts";
import { chartProfile } from "../../chart/chart_profile.ts";
import { chartProfileRoofline } from "../../chart/chart_profile_roofline.ts";
import { reportHtml } from "../../chart/report_html.ts";
import { profile } from "../../engine/profile/profile.ts";
import {
  briefProfileColumns,
  type ProfileRow,
  profileRows,
  type ProfileTotals,
  profileTotals,
} from "../../engine/profile/profile_table.ts";
import { formatCount, formatDuration, formatShare, threeDigits } from "../../measure/format.ts";
import { measurePeaks } from "../../measure/measure_peaks.ts";
import { tableToJson } from "../../measure/table_to_json.ts";
import { tableMetadata } from "../../measure/table_to_rows.ts";
import { tableToText } from "../../measure/table_to_text.ts";
import type { Command } from "../command.ts";
import { compileModel } from "../compile_model.ts";
import { fusedPlan } from "../fused_plan.ts";
import { fusedRunFlags } from "../fusion_flags.ts";
import { loadModel, modelOperand, oneModel } from "../load_model.ts";
import { progressText } from "../progress_text.ts";
import { modelTimingFlags } from "../model_timing_flags.ts";
import { tunedChoices, tuneFlag } from "../tuned_choices.ts";
import { outputFormat, type Result, writeResult } from "../write_table.ts";

/** `tinyloom profile FILE|zoo:NAME`. */
export const command: Command = {
  name: "profile",
  operands: modelOperand,
  flags: {
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
  run: async (context) => {
    const { flags, operands, print, note, progress, resolve, signal } = context;
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file);
    const operand = oneModel(operands, "profile");
    const model = await loadModel(operand, resolve);
    const threads = flags.threads as number;
    const kernels = await tunedChoices(model, context, { threads });
    const plan = fusedPlan(model, flags);
    using engine = compileModel(operand, model, { threads, kernels, plan });
    const table = await profile(engine, {
      seed: flags.seed as number,
      runs: flags.runs as number,
      budgetMs: 1000 * (flags.budget as number),
      signal,
      onProgress: (now) => progress(progressText(now)),
    });
    const result = resultOf(table, { isRoofline: flags.roofline === true });
    for (const file of files) {
      await writeResult(resolve(file), result);
      note(`wrote ${file}`);
    }
    if (flags.json) {
      print(JSON.stringify(result.json()));
    } else {
      print(tableToText(table, { columns: briefColumns(table) }));
      for (const line of totalsInWords(profileTotals(table))) print(line);
    }
    return 0;
  },
};

/** The brief columns, and what segments do again if there are any. */
function briefColumns(table: Table): readonly (keyof ProfileRow)[] {
  const isFused = profileRows(table).some(({ form }) => form === "fused");
  return briefProfileColumns.flatMap((name) => (
    name === "macs" && isFused ? [name, "macFactor"] : [name]
  ));
}

function resultOf(table: Table, { isRoofline }: { readonly isRoofline: boolean }): Result {
  const totals = profileTotals(table);
  const { totals: _, schemaVersion, ...environment } = tableMetadata(table);
  const roofline = () => chartProfileRoofline(table, { peaks: measurePeaks() });
  return {
    table,
    chart: () => isRoofline ? roofline() : chartProfile(table),
    json: () => ({ schemaVersion, totals, environment, layers: tableToJson(table) }),
    html: () =>
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
    `Arena ${formatCount(totals.arenaBytes)} B, constants ${formatCount(totals.constantBytes)} B.`,
  ];
}
