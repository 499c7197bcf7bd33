import type { Table } from "../npm/arrow.ts";
import type { Deployment } from "../deploy/deploy.ts";
import type { DeploymentTotals } from "../deploy/deployment_table.ts";
import { formatCount, formatShare, threeDigits } from "../measure/format.ts";
import { tableMetadata } from "../measure/table_to_rows.ts";

/** Sizes and time of a project, one sentence a line. */
export function deploymentInWords(
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
  { cyclesEstimate, cycleModel, milliseconds, clockMhz, device }: DeploymentTotals,
) {
  if (cyclesEstimate === null || cycleModel === null) return "";
  const error = `${formatShare(cycleModel.errorShare)} either way`;
  const cycles = `, about ${formatCount(cyclesEstimate)} cycles (${error})`;
  if (milliseconds === null) return cycles;
  return `${cycles}: ${threeDigits(milliseconds)} ms on ${device} at ${clockMhz} MHz`;
}

/** Columns of a log beside the estimate. */
export const loggedColumns: readonly string[] = [
  "layer",
  "operator",
  "macs",
  "cyclesEstimate",
  "measuredCycles",
  "measuredRatio",
  "measuredMilliseconds",
];

/** A log's totals in one line. */
export function loggedInWords(table: Table): string {
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
