import { chartSpaceCdfs } from "../chart/chart_space_cdfs.ts";
import type { Report } from "../chart/report_html.ts";
import { deploy, type Deployment } from "../deploy/deploy.ts";
import { formatCount } from "../measure/format.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { readModel } from "../model/read_model.ts";
import type { Device } from "../plan/devices.ts";
import type { RatedNetwork } from "../tinynas/candidate.ts";
import { describedInWords } from "../tinynas/data/describe_data.ts";
import { type MemoryModelName, planOptionsOf } from "../tinynas/memory_bounds.ts";
import { spaceTable } from "../tinynas/optimize_space.ts";
import type { CommandContext } from "./command.ts";
import { graphOf } from "./model_runner.ts";
import type { SearchOutcome } from "./run_search.ts";
import { deploymentReport } from "./show_deployment.ts";
import { printTable, say } from "./terminal.ts";

/** The best network as C, in the memory that it was searched for. */
export function deployFound(
  { tflite, frames }: SearchOutcome,
  { context: { flags }, device }: { readonly context: CommandContext; readonly device: Device },
): Deployment {
  return deploy(readModel(tflite()), {
    device,
    prefix: "found",
    planOptions: planOptionsOf(flags.memory as MemoryModelName),
    ...(frames !== undefined && { frames }),
  });
}

/** The networks found, and how good they are. */
export function showSearch(
  { best, pareto, evaluations, more }: SearchOutcome,
  { context, device }: { readonly context: CommandContext; readonly device: Device },
): void {
  const { flags, print } = context;
  say(context, `${device.title}, memory planned ${flags.memory}, ${evaluations} networks compared`);
  print("");
  printTable(context, tableFromRows(pareto.map(brief)), { importance });
  print("");
  say(
    context,
    "Each was planned, its plan validated, and run: equal to the reference interpreter. " +
      `Genes of the fittest: ${best.genes.join(" ")}`,
  );
  for (const line of accuracyInWords(more)) say(context, line);
}

/** How good it is, and beside what. */
export function accuracyInWords({ accuracy, data }: SearchOutcome["more"]): readonly string[] {
  if (accuracy === undefined || data === undefined) return [];
  const { float32, int8, images } = accuracy;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return [
    `Trained on alone and quantized, it classes ${percent(int8)} of ${formatCount(images)} new ` +
    `examples right in int8, ${percent(float32)} in float32.`,
    describedInWords(data),
    `Data: ${data.source}.`,
  ];
}

/** All of it as a page; with a deployment also what its C takes. */
export async function searchReport(
  { best, pareto, stage1, tflite, more }: SearchOutcome,
  { device, deployment }: { readonly device: Device; readonly deployment: Deployment | null },
): Promise<Report> {
  const graph = deployment === null ? await graphOf(readModel(tflite()), {}) : null;
  const deployed = deployment === null ? null : await deploymentReport(deployment, {});
  const { data } = more;
  return {
    title: `A network for the ${device.title}`,
    summary: `${formatCount(best.macs)} multiply-accumulates in ${formatCount(best.peakBytes)} B ` +
      `of SRAM and ${formatCount(best.flashBytes)} B of Flash.`,
    sections: [
      ...data === undefined ? [] : [{
        title: "Accuracy",
        verdicts: accuracyInWords(more),
        table: tableFromRows([...data.classes]),
      }],
      { title: "The networks", table: tableFromRows(pareto.map(brief)) },
      {
        title: "The spaces",
        charts: stage1.some(({ macsP80 }) => macsP80 !== null) ? [chartSpaceCdfs(stage1)] : [],
        table: spaceTable(stage1),
      },
      ...graph === null ? [] : [{ ...graph, title: "The fittest" }],
      ...deployed?.sections ?? [],
    ],
    ...(deployed?.environment && { environment: deployed.environment }),
  };
}

/** Figures of a network, the most important first. */
const importance: readonly string[] = [
  ...["macs", "fitness", "peakBytes", "flashBytes", "resolution", "width"],
];

function brief({ genes: _, ...figures }: RatedNetwork) {
  return figures;
}
