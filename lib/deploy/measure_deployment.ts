import { checkArguments, checkOptions } from "../check_arguments.ts";
import { flattenCalls } from "../engine/flow/flatten_calls.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Table } from "../npm/arrow.ts";
import type { Device } from "../plan/devices.ts";
import type { Deployment } from "./deploy.ts";
import { deployTarget } from "./deploy_targets.ts";
import {
  deploymentColumns,
  type DeploymentRow,
  type DeploymentTotals,
} from "./deployment_table.ts";
import { runFirmware } from "./firmware/run_firmware.ts";
import { microjoulesOf } from "./latency/energy_of.ts";
import { estimateLatency, planUnitsOf, timeOf, workOf } from "./latency/estimate_latency.ts";
import { hasTool } from "./tools.ts";

/**
 * Options of `measureDeployment`.
 *
 * @category Deployment
 */
export interface MeasureDeploymentOptions {
  /** `estimate`: without tools; `qemu`: only with them; the best that can be had if left out. */
  readonly how?: "estimate" | "qemu";
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
  /** Called with what happens now. */
  readonly onProgress?: (text: string) => void;
}

/**
 * What a project takes on its processor: instructions in total and by layer, Flash by part, static RAM,
 * the depth of the stack. Measured in QEMU where Arm's compiler and QEMU are installed; else estimated,
 * and the totals say so. Cycles and milliseconds are instructions by a mean of the processor.
 *
 * @returns One row a layer (`deploymentRows`), totals in the metadata (`deploymentTotals`).
 * @throws {DeployError} if `how` is `qemu` and a tool is missing, if the model is too large for the
 *   machine in QEMU (by how many bytes of which memory), or what is built does not run.
 * @throws {DOMException} named `AbortError`, if the signal ends it; nothing is left that compiles or runs.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deploy, deploymentTotals, devices, measureDeployment, zoo } from "tinyloom";
 *
 * const deployment = deploy(zoo("mlperf-tiny-kws"), { device: devices.nano33ble });
 * const table = await measureDeployment(deployment, { how: "estimate" });
 * const { isEstimate, instructions, milliseconds } = deploymentTotals(table);
 * assert.ok(isEstimate && instructions > 1e6 && milliseconds! > 1);
 * ```
 *
 * @category Deployment
 */
export async function measureDeployment(
  deployment: Deployment,
  options: MeasureDeploymentOptions = {},
): Promise<Table> {
  checkOptions("measureDeployment", options, "how signal onProgress");
  checkArguments("measureDeployment", { deployment });
  const { how, signal, onProgress } = options;
  signal?.throwIfAborted();
  const { emitted: { frames }, target } = deployment;
  const optimize = deployment.optimize === "size" ? "-Os" : "-O3";
  const canRun = how === "qemu" || how === undefined && frames > 0 &&
      deployTarget(target).board !== null && await hasTool("arm-none-eabi-gcc") &&
      await hasTool("qemu-system-arm");
  if (!canRun) return estimatedTable(deployment);
  const found = await runFirmware(deployment, { optimize, signal, onProgress });
  const { sections } = found;
  const size = (name: string) => sections[name] ?? 0;
  const { memory } = deployment.emitted;
  const parts = {
    code: size(".text") + size(".unwind"),
    weights: size(".weights") - memory.tableBytes,
    tables: memory.tableBytes + size(".rodata") + size(".data"),
  };
  return tableOf(deployment, {
    layers: found.layers,
    totals: {
      isEstimate: false,
      board: found.board,
      optimize,
      exact: found.exact,
      frames,
      instructions: found.instructions,
      mostInstructions: found.mostInstructions,
      flashBytes: { ...parts, total: parts.code + parts.weights + parts.tables },
      staticRamBytes: size(".data") + size(".bss"),
      stackBytes: found.stackBytes,
    },
  });
}

/** What is known without running anything. */
export function estimatedTable(deployment: Deployment): Table {
  const { model, target, device, emitted: { plan, memory } } = deployment;
  const { instructions, layers } = estimateLatency(model, {
    device: device ?? someDevice,
    plan,
    target,
  });
  const { codeBytes } = plan.flash;
  const weights = memory.constantBytes - memory.tableBytes;
  return tableOf(deployment, {
    layers,
    totals: {
      isEstimate: true,
      board: null,
      optimize: null,
      exact: null,
      frames: 0,
      instructions,
      mostInstructions: instructions,
      flashBytes: {
        code: codeBytes,
        weights,
        tables: memory.tableBytes,
        total: codeBytes + weights + memory.tableBytes,
      },
      staticRamBytes: null,
      stackBytes: null,
    },
  });
}

/** Instructions do not depend on it. */
const someDevice: Pick<Device, "core" | "clockMhz"> = { core: "", clockMhz: 1 };

type Measured = Omit<
  DeploymentTotals,
  | "schemaVersion"
  | "model"
  | "target"
  | "device"
  | "clockMhz"
  | "arenaBytes"
  | "ramBytes"
  | "cyclesEstimate"
  | "milliseconds"
  | "millijoules"
  | "cycleModel"
  | "remark"
>;

function tableOf(
  { model, target, device, emitted }: Deployment,
  { layers, totals }: { readonly layers: readonly number[]; readonly totals: Measured },
): Table {
  const { plan, memory } = emitted;
  const clockMhz = device?.clockMhz ?? null;
  const milliwatts = device?.activeMilliwatts ?? null;
  const rows = rowsOf({ model, target, emitted }, { layers, clockMhz, milliwatts });
  const { cycles, milliseconds, cycleModel } = timeOf(totals.instructions, { target, clockMhz });
  const microjoules = microjoulesOf(milliseconds, milliwatts);
  const metadata: DeploymentTotals = {
    schemaVersion: 1,
    model: model.name,
    target,
    remark: deployTarget(target).remark,
    device: device?.name ?? null,
    clockMhz,
    arenaBytes: plan.peakBytes,
    ramBytes: memory.ramBytes,
    ...totals,
    cyclesEstimate: cycles,
    milliseconds,
    millijoules: microjoules === null ? null : microjoules / 1000,
    cycleModel,
  };
  return tableFromRows(rows, { columns: deploymentColumns, metadata: { ...metadata } });
}

function rowsOf(
  { model, target, emitted }: Pick<Deployment, "model" | "target" | "emitted">,
  { layers, clockMhz, milliwatts }: {
    readonly layers: readonly number[];
    readonly clockMhz: number | null;
    readonly milliwatts: number | null;
  },
): DeploymentRow[] {
  const { plan } = emitted;
  const flat = flattenCalls(model, plan);
  const units = planUnitsOf(flat.plan);
  const estimates = estimateLatency(model, { device: someDevice, plan, target }).layers;
  return emitted.layers.map(({ name, kernel, operators }, i) => {
    const { steps, macFactor } = units[i];
    const works = steps.map((step) => workOf(flat.model, step));
    const sum = (what: "macs" | "outputs" | "inputs") =>
      works.reduce((all, work) => all + work[what], 0);
    const macs = Math.round(sum("macs") * (macFactor ?? 1));
    const instructions = layers[i];
    const { cycles, milliseconds } = timeOf(instructions, { target, clockMhz });
    return {
      layer: i,
      operator: name,
      kind: works.length === 1 ? works[0].kind : "segment",
      operators: operators.join(" "),
      kernel,
      macs,
      outputs: sum("outputs"),
      inputs: sum("inputs"),
      instructions,
      instructionsPerMac: macs === 0 ? null : instructions / macs,
      estimatedInstructions: estimates[i],
      cyclesEstimate: cycles,
      milliseconds,
      microjoules: microjoulesOf(milliseconds, milliwatts),
    };
  });
}
