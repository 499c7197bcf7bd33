import type { Table } from "../npm/arrow.ts";
import type { Deployment } from "../deploy/deploy.ts";
import {
  type DeploymentRow,
  deploymentRows,
  type DeploymentTotals,
  deploymentTotals,
} from "../deploy/deployment_table.ts";
import { estimatedTable } from "../deploy/measure_deployment.ts";
import { readDeploymentLog } from "../deploy/read_log.ts";
import type { DeploymentCheck } from "../deploy/verify_deployment.ts";
import { tableToJson } from "../measure/table_to_json.ts";
import { tableToText } from "../measure/table_to_text.ts";
import type { CommandContext } from "./command.ts";
import { deploymentInWords, loggedColumns, loggedInWords } from "./deployment_in_words.ts";

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
  { flags, print, resolve }: CommandContext,
): Promise<number> {
  const table = readDeploymentLog(deployment, await Deno.readTextFile(resolve(file)));
  if (flags.json) {
    print(JSON.stringify({ schemaVersion: 1, layers: tableToJson(table) }));
  } else {
    print(tableToText(table, { columns: loggedColumns }));
    print(loggedInWords(table));
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
    print(tableToText(table, { columns }));
  }
  for (const line of deploymentInWords(deployment, totals)) print(line);
  if (check !== null) {
    const { exact, frames } = check;
    print(`Golden vectors: ${frames} frames ${exact ? "equal" : "DIFFERENT"}.`);
  }
  if (totals.remark !== "") note(`${deployment.target}: ${totals.remark}`);
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
