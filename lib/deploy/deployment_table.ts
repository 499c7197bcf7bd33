import { checkArguments } from "../check_arguments.ts";
import { type ColumnKind, tableMetadata, tableToRows } from "../measure/table_rows.ts";
import type { Table } from "../npm/arrow.ts";
import type { DeployTargetName } from "./deploy_targets.ts";
import type { CycleModel } from "./latency/instruction_costs.ts";

/**
 * One layer of a project.
 *
 * @category Deployment
 */
export interface DeploymentRow {
  /** Place among the layers, as `PREFIX_ON_LAYER(i)` counts. */
  readonly layer: number;
  /** TFLite's name of the operator; `SEGMENT` for several that run together. */
  readonly operator: string;
  /** What its estimate is fitted to. */
  readonly kind: string;
  /** Indices of the model's operators, apart by spaces. */
  readonly operators: string;
  /** Which kernel runs. */
  readonly kernel: string;
  /** Multiply-accumulates, those done again included. */
  readonly macs: number;
  /** Elements written. */
  readonly outputs: number;
  /** Elements read, but for weights. */
  readonly inputs: number;
  /** Instructions: counted, or the estimate. */
  readonly instructions: number;
  /** The same over the multiply-accumulates; null without any. */
  readonly instructionsPerMac: number | null;
  /** By `estimateLatency`. */
  readonly estimatedInstructions: number;
  /** Cycles by the processor's mean; null where nothing is known of it. */
  readonly cyclesEstimate: number | null;
  /** The same as time; null without a device. */
  readonly milliseconds: number | null;
}

/**
 * Flash by what it holds.
 *
 * @category Deployment
 */
export interface FlashParts {
  /** Machine code. */
  readonly code: number;
  /** Weights and biases. */
  readonly weights: number;
  /** Multipliers, shifts, lookup tables. */
  readonly tables: number;
  /** All of it. */
  readonly total: number;
}

/**
 * What a table says of the whole project.
 *
 * @category Deployment
 */
export interface DeploymentTotals {
  /** Version of this format. */
  readonly schemaVersion: 1;
  /** The model's name. */
  readonly model: string;
  /** The processor. */
  readonly target: DeployTargetName;
  /** What is to be known of the target's kernels; empty: nothing. */
  readonly remark: string;
  /** The microcontroller, if one was named. */
  readonly device: string | null;
  /** Its clock. */
  readonly clockMhz: number | null;
  /** Whether nothing was run: all figures come from models. */
  readonly isEstimate: boolean;
  /** The machine in QEMU. */
  readonly board: string | null;
  /** The compiler's level. */
  readonly optimize: string | null;
  /** Whether all outputs were equal; null if none was compared. */
  readonly exact: boolean | null;
  /** Frames compared. */
  readonly frames: number;
  /** Instructions of the first frame. */
  readonly instructions: number;
  /** The most of all frames. */
  readonly mostInstructions: number;
  /** Cycles by the processor's mean; null where nothing is known of it. */
  readonly cyclesEstimate: number | null;
  /** The same as time; null without a device. */
  readonly milliseconds: number | null;
  /** What that mean is, and how far off it may be. */
  readonly cycleModel: CycleModel | null;
  /** Flash by part. */
  readonly flashBytes: FlashParts;
  /** The plan's arena. */
  readonly arenaBytes: number;
  /** Arena, scratch memory and state, as promised. */
  readonly ramBytes: number;
  /** All static RAM as linked, inputs outside of the arena included; null if not measured. */
  readonly staticRamBytes: number | null;
  /** Stack below the call; null if not measured. */
  readonly stackBytes: number | null;
}

/** Columns of a deployment's table. */
export const deploymentColumns: Readonly<Record<keyof DeploymentRow, ColumnKind>> = {
  layer: "int32",
  operator: "name",
  kind: "name",
  operators: "text",
  kernel: "name",
  macs: "float64",
  outputs: "float64",
  inputs: "float64",
  instructions: "float64",
  instructionsPerMac: "float64",
  estimatedInstructions: "float64",
  cyclesEstimate: "float64",
  milliseconds: "float64",
};

/**
 * The columns that are shown where there is little room.
 *
 * @category Deployment
 */
export const briefDeploymentColumns: readonly (keyof DeploymentRow)[] = [
  "layer",
  "operator",
  "macs",
  "instructions",
  "instructionsPerMac",
  "estimatedInstructions",
  "milliseconds",
];

/**
 * The rows of a table of `measureDeployment`.
 *
 * @throws {TypeError} if the table is another.
 *
 * @category Deployment
 */
export function deploymentRows(table: Table): readonly DeploymentRow[] {
  checkArguments("deploymentRows", { table });
  deploymentTotals(table);
  return tableToRows(table) as unknown as readonly DeploymentRow[];
}

/**
 * The totals of a table of `measureDeployment`.
 *
 * @throws {TypeError} if the table is another.
 *
 * @category Deployment
 */
export function deploymentTotals(table: Table): DeploymentTotals {
  checkArguments("deploymentTotals", { table });
  const totals = tableMetadata(table) as unknown as DeploymentTotals;
  if (totals.flashBytes !== undefined && totals.isEstimate !== undefined) return totals;
  throw new TypeError("the table is none of measureDeployment");
}
