import { chartDeployment } from "../chart/chart_bars.ts";
import { chartMemory } from "../chart/chart_memory.ts";
import type { Report } from "../chart/report_html.ts";
import type { Deployment } from "../deploy/deploy.ts";
import {
  type DeploymentRow,
  deploymentRows,
  type DeploymentTotals,
  deploymentTotals,
} from "../deploy/deployment_table.ts";
import { estimatedTable } from "../deploy/measure_deployment.ts";
import { readDeploymentLog } from "../deploy/read_log.ts";
import type { DeploymentCheck } from "../deploy/write_deployment.ts";
import { formatCount, formatShare, threeDigits } from "../measure/format.ts";
import { tableToJson } from "../measure/print_table.ts";
import { tableMetadata } from "../measure/table_rows.ts";
import type { Table } from "../npm/arrow.ts";
import type { CommandContext } from "./command.ts";
import { graphOf } from "./model_runner.ts";
import { printTable, say } from "./terminal.ts";

/** What running the golden vectors said. */
export type Check = Pick<DeploymentCheck, "exact" | "frames">;

/** Layers in a terminal. */
const columns: readonly (keyof DeploymentRow)[] = [
  "layer",
  "operator",
  "macs",
  "instructions",
  "instructionsPerMac",
  "estimatedInstructions",
];

/** A board's log beside the estimate. */
export async function showLog(
  deployment: Deployment,
  file: string,
  context: CommandContext,
): Promise<number> {
  const { flags, print, resolve } = context;
  const table = readDeploymentLog(deployment, await Deno.readTextFile(resolve(file)));
  if (flags.json) {
    print(JSON.stringify({ schemaVersion: 1, layers: tableToJson(table) }));
  } else {
    printTable(context, table, { columns: loggedColumns, importance: loggedImportance });
    say(context, loggedInWords(table));
  }
  return 0;
}

/** What there is to show. */
interface Shown {
  readonly context: CommandContext;
  readonly check?: Check | null;
  readonly table?: Table | null;
}

/** Sizes and time in words. */
export function showText(
  deployment: Deployment,
  { context, check = null, table = null }: Shown,
): void {
  const { print, note } = context;
  const totals = deploymentTotals(table ?? estimatedTable(deployment));
  if (table !== null) {
    printTable(context, table, { columns });
  }
  for (const line of deploymentInWords(deployment, totals)) say(context, line);
  if (check !== null) {
    const { exact, frames } = check;
    print(`Golden vectors: ${frames} frames ${exact ? "equal" : "DIFFERENT"}.`);
  }
  if (totals.remark !== "") note(`${deployment.target}: ${totals.remark}`);
}

/** A project as a page: sizes and time, layers and Flash drawn, the model with the C of each operator. */
export async function deploymentReport(
  deployment: Deployment,
  { check = null, table: measured = null }: Pick<Shown, "check" | "table">,
): Promise<Report> {
  const { model, emitted, target, device } = deployment;
  const table = measured ?? estimatedTable(deployment);
  const totals = deploymentTotals(table);
  const verdict = check === null
    ? []
    : [`Golden vectors: ${check.frames} frames ${check.exact ? "equal" : "DIFFERENT"}.`];
  const graph = await graphOf(model, {
    plan: emitted.plan,
    listings: functionsOf(emitted),
  });
  return {
    title: `${model.name || "The model"} in C for ${device?.title ?? target}`,
    sections: [
      {
        title: "What it takes",
        verdicts: [...deploymentInWords(deployment, totals), ...verdict],
        charts: [chartDeployment(table), chartMemory(emitted.plan)],
      },
      { title: "Layers", table },
      ...graph === null ? [] : [graph],
    ],
    environment: {
      target,
      device: device?.title ?? "none",
      optimize: deployment.optimize,
      measured: totals.isEstimate ? "estimated, nothing was run" : `${totals.board} in QEMU`,
    },
  };
}

/** The C function of every operator, by its index in the model. */
function functionsOf(
  { files, prefix, layers }: Deployment["emitted"],
): ReadonlyMap<number, string> {
  const parts = (files[`${prefix}.c`] ?? "").split(/^(?=TL_APART static void layer\d+_)/m).slice(1);
  return new Map(
    parts.flatMap((part) => {
      const layer = Number(/layer(\d+)_/.exec(part)![1]);
      const text = part.slice(0, part.indexOf("\n}\n") + 3);
      return (layers[layer]?.operators ?? []).map((operator) => [operator, text] as const);
    }),
  );
}

/** What `--json` prints, null where nothing was measured. */
export function showJson(
  { model, target, emitted }: Deployment,
  { context, files, check = null, table = null }: Shown & { readonly files: readonly string[] },
): void {
  const { plan: { peakBytes, fusion, macFactor, scratch }, memory, layers } = emitted;
  const totals: DeploymentTotals | null = table === null ? null : deploymentTotals(table);
  context.print(JSON.stringify({
    schemaVersion: 1,
    model: model.name,
    target,
    plan: { peakBytes, fusion, macFactor, scratch },
    files,
    exact: check?.exact ?? null,
    frames: check?.frames ?? null,
    instructions: totals?.instructions ?? null,
    cyclesEstimate: totals?.cyclesEstimate ?? null,
    flashBytes: totals?.flashBytes ?? null,
    ramBytes: memory.ramBytes,
    stackBytes: totals?.stackBytes ?? null,
    layers: table === null
      ? layers.map(({ name, kernel, operators }, layer) => (
        { layer, operator: name, operators, kernel, instructions: null, cyclesEstimate: null }
      ))
      : deploymentRows(table).map((row) => (
        { ...row, operators: row.operators.split(" ").map(Number) }
      )),
  }));
}

/** Sizes and time of a project, one sentence a line. */
function deploymentInWords(
  { emitted, fit }: Deployment,
  totals: DeploymentTotals,
): readonly string[] {
  const { memory, plan } = emitted;
  const bytes = (count: number) => `${formatCount(count)} B`;
  const { flashBytes: { code, weights, tables, total }, isEstimate, board, stackBytes } = totals;
  const about = isEstimate ? "about " : "";
  const ram = [
    `arena ${bytes(memory.arenaBytes)}`,
    ...memory.scratchBytes > 0 ? [`scratch ${bytes(memory.scratchBytes)}`] : [],
    ...memory.stateBytes > 0 ? [`state ${bytes(memory.stateBytes)}`] : [],
    ...memory.externalBytes > 0 ? [`input outside ${bytes(memory.externalBytes)}`] : [],
    ...stackBytes === null ? [] : [`stack ${bytes(stackBytes)}`],
  ];
  return [
    isEstimate
      ? "Nothing was run: instructions, time and code are estimates."
      : `On ${board} in QEMU:`,
    `RAM ${bytes(memory.ramBytes)}: ${ram.join(", ")}; plan ${
      plan.fusion === "none" ? "layer by layer" : plan.fusion
    }, ` +
    `multiply-accumulates x ${plan.macFactor.toFixed(4)}.`,
    `Flash ${about}${bytes(total)}: weights ${bytes(weights)}, tables ${bytes(tables)}, code ` +
    `${about}${bytes(code)}.`,
    `Instructions ${about}${formatCount(totals.instructions)}${timeInWords(totals)}.`,
    ...fit === null ? [] : [fit.reason],
  ];
}

function timeInWords(
  { cyclesEstimate, cycleModel, milliseconds, millijoules, clockMhz, device }: DeploymentTotals,
) {
  if (cyclesEstimate === null || cycleModel === null) return "";
  const error = `${formatShare(cycleModel.errorShare)} either way`;
  const cycles = `, about ${formatCount(cyclesEstimate)} cycles (${error})`;
  if (milliseconds === null) return cycles;
  const energy = millijoules === null ? "" : `, ${threeDigits(millijoules)} mJ`;
  return `${cycles}: ${threeDigits(milliseconds)} ms on ${device} at ${clockMhz} MHz${energy}`;
}

/** Columns of a log beside the estimate. */
const loggedColumns: readonly string[] = [
  "layer",
  "operator",
  "macs",
  "cyclesEstimate",
  "measuredCycles",
  "measuredRatio",
  "measuredMilliseconds",
];

const loggedImportance: readonly string[] = [
  ...["layer", "operator", "measuredCycles", "cyclesEstimate", "measuredRatio", "macs"],
];

/** A log's totals in one line. */
function loggedInWords(table: Table): string {
  const { measuredCycles, measuredMilliseconds, cyclesEstimate, runs } = tableMetadata(table);
  const time = measuredMilliseconds === null
    ? ""
    : `, ${threeDigits(measuredMilliseconds as number)} ms`;
  const estimate = cyclesEstimate === null
    ? ""
    : `; the estimate was ${formatCount(cyclesEstimate as number)}`;
  return `${
    formatCount(measuredCycles as number)
  } cycles${time}, medians of ${runs} runs${estimate}.`;
}
