import { chartActivations } from "../../chart/chart_activations.ts";
import { reportHtml } from "../../chart/report_html.ts";
import { formatCount } from "../../measure/format.ts";
import { tableToJson } from "../../measure/print_table.ts";
import { peakLiveBytes } from "../../model/live_bytes.ts";
import { isPerTurn, macs } from "../../model/macs.ts";
import type { Model } from "../../model/model.ts";
import { summarize } from "../../model/summarize.ts";
import { parameterCount, weightsBytes } from "../../model/weights.ts";
import type { Command, CommandContext } from "../command.ts";
import { differenceTable, type ModelComparison, modelDifferences } from "../differences.ts";
import { loadModel, modelOperand, oneModel } from "../load_model.ts";
import { oddities, tellOddities } from "../oddities.ts";
import { signatureFlag, tableFlags } from "../shared_flags.ts";
import { printTable, say } from "../terminal.ts";
import { outputFormat, writeResult } from "../write_result.ts";

/** `tinyloom model FILE|zoo:NAME`. */
export const command: Command = {
  name: "model",
  details: "Of two models, the difference is shown.",
  operands: `${modelOperand} [ANOTHER]`,
  flags: {
    ...signatureFlag,
    ...tableFlags,
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "texts",
      writes: true,
      value: "FILE",
      about: "also write .arrow .csv .json .svg .png .html or .md; may be repeated",
    },
  },
  examples: [
    "model person_detect.tflite",
    "model before.tflite after.tflite",
    "model zoo:mcunet-in3 --out activations.svg",
    "model zoo:mobilenet_v2,width=0.35,resolution=144 --json",
  ],
  permissions: { write: "--out", draws: true },
  run: async (context) => {
    const { flags, operands, print, note, resolve } = context;
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file);
    if (operands.length === 2) return await compareModels(context);
    const model = await loadModel(oneModel(operands, "model"), context);
    const table = summarize(model);
    const totals = totalsOf(model);
    const json = () => ({
      schemaVersion: 1,
      ...totals,
      ...oddities(model),
      operators: tableToJson(table),
    });
    const chart = () => chartActivations({ [totals.name]: model });
    const html = () =>
      reportHtml({
        title: totals.name,
        summary: inWords(totals),
        sections: [{ title: "Operators", charts: [chart()], table }],
      });
    for (const file of files) {
      await writeResult(resolve(file), { table, chart, json, html });
      note(`wrote ${file}`);
    }
    if (flags.json) {
      print(JSON.stringify(json()));
    } else {
      printTable(context, table, { importance });
      say(context, inWords(totals));
      tellOddities(model, note);
    }
    return 0;
  },
};

/** Two models side by side. */
async function compareModels(context: CommandContext): Promise<number> {
  const { flags, operands, print } = context;
  const [a, b] = await Promise.all(operands.map((operand) => loadModel(operand, context)));
  const comparison: ModelComparison = {
    schemaVersion: 1,
    models: operands,
    differences: modelDifferences(a, b),
  };
  if (flags.json) print(JSON.stringify(comparison));
  else printTable(context, differenceTable(comparison.differences));
  return 0;
}

/** Columns, the most important first. */
const importance: readonly string[] = [
  ...["index", "operator", "outputShape", "macs", "weightsBytes", "liveBytes", "dtype"],
  ...["inputShapes", "parameters", "outputBytes", "inputBytes"],
];

interface Totals {
  readonly name: string;
  readonly macs: number;
  /** Whether they are those of one turn of each loop. */
  readonly macsPerTurn?: true;
  readonly parameters: number;
  readonly weightsBytes: number;
  /** Largest sum of activations alive at once, the graph as it stands. */
  readonly peakLiveBytes: number;
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
}

function totalsOf(model: Model): Totals {
  const describe = (index: number) => {
    const { name, dtype, shape, quantization } = model.tensors[index];
    return { tensor: index, name, dtype, shape, quantization };
  };
  return {
    name: model.name || model.description || "model",
    macs: macs(model),
    ...isPerTurn(model) && { macsPerTurn: true },
    parameters: parameterCount(model),
    weightsBytes: weightsBytes(model),
    peakLiveBytes: peakLiveBytes(model),
    inputs: model.inputs.map(describe),
    outputs: model.outputs.map(describe),
  };
}

function inWords(totals: Totals): string {
  const turn = totals.macsPerTurn ? " (one turn of each WHILE)" : "";
  return `${formatCount(totals.macs)} MACs${turn}, ${
    formatCount(totals.parameters)
  } parameters in ` +
    `${totals.weightsBytes.toLocaleString("en")} B of weights; at most ` +
    `${totals.peakLiveBytes.toLocaleString("en")} B of activations alive at once`;
}
