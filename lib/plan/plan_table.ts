import { checkArguments } from "../check_arguments.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import type { Table } from "../npm/arrow.ts";
import { devices } from "./devices.ts";
import { fits } from "./fits.ts";
import { usedBytes } from "./lifetimes.ts";
import type { Plan } from "./plan.ts";

/**
 * One row for each buffer of a plan, by first step and address: where it lies, when it is alive, and
 * with which buffer it shares bytes.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planMemory, planTable, zoo } from "tinyloom";
 *
 * const table = planTable(planMemory(zoo("mlperf-tiny-ad")));
 * assert.equal(table.get(0)?.offsetBytes, 0);
 * ```
 *
 * @category Planner
 */
export function planTable(plan: Plan): Table {
  checkArguments("planTable", { plan });
  const rows = [...plan.buffers]
    .sort((a, b) => a.from - b.from || a.offsetBytes - b.offsetBytes)
    .map(({ id, kind, name, tensors, offsetBytes, sizeBytes, from, until, shares }) => ({
      id,
      kind,
      name,
      tensors: tensors.map((tensor) => `t${tensor}`).join(" "),
      offsetBytes,
      sizeBytes,
      from,
      until,
      sharesWith: shares.map(({ buffer }) => buffer).join(" "),
      why: shares.map(({ reason }) => reason).join("; "),
    }));
  return tableFromRows(rows, {
    columns: {
      id: "text",
      kind: "name",
      name: "text",
      tensors: "text",
      offsetBytes: "float64",
      sizeBytes: "float64",
      from: "int32",
      until: "int32",
      sharesWith: "text",
      why: "text",
    },
    metadata: metadataOf(plan),
  });
}

/**
 * One row for each operator of a plan: how it runs, and how many bytes of the arena are in use.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planMemory, planStepTable, zoo } from "tinyloom";
 *
 * const plan = planMemory(zoo("mlperf-tiny-ad"));
 * assert.equal(planStepTable(plan).numRows, plan.steps.length);
 * ```
 *
 * @category Planner
 */
export function planStepTable(plan: Plan): Table {
  checkArguments("planStepTable", { plan });
  const rows = plan.steps.map((step, index) => ({
    step: index,
    operator: step.operator,
    name: step.name,
    form: step.form,
    direction: step.direction,
    pixelsAtOnce: step.pixelsAtOnce,
    delayPixels: step.delayPixels,
    channelsAtOnce: step.channelsAtOnce,
    usedBytes: usedBytes(plan, index),
  }));
  return tableFromRows(rows, {
    columns: {
      step: "int32",
      operator: "int32",
      name: "name",
      form: "name",
      direction: "name",
      pixelsAtOnce: "int32",
      delayPixels: "int32",
      channelsAtOnce: "int32",
      usedBytes: "float64",
    },
    metadata: metadataOf(plan),
  });
}

/**
 * One row for each stretch of memory that kernels of a deployment work in; none for a plan that does
 * not say: see `planScratch`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planMemory, planScratch, scratchTable, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const plan = planScratch(planMemory(model), model, { target: "cortex-m4" });
 * assert.equal(scratchTable(plan).numRows, plan.scratch!.steps.length);
 * ```
 *
 * @category Planner
 */
export function scratchTable(plan: Plan): Table {
  checkArguments("scratchTable", { plan });
  const rows = (plan.scratch?.steps ?? []).map((
    { step, kernel, place, offsetBytes, sizeBytes },
  ) => {
    const { operator, name } = plan.steps[step];
    return { step, operator, name, kernel, place, offsetBytes, sizeBytes };
  });
  return tableFromRows(rows, {
    columns: {
      step: "int32",
      operator: "int32",
      name: "name",
      kernel: "name",
      place: "name",
      offsetBytes: "float64",
      sizeBytes: "float64",
    },
    metadata: { ...metadataOf(plan), kernels: plan.scratch?.kernels ?? null },
  });
}

function metadataOf({ model, techniques, peakBytes, lowerBoundBytes, optimal }: Plan) {
  return { model, techniques, peakBytes, lowerBoundBytes, optimal };
}

/**
 * The known devices with their memory and sources; with a plan also whether it fits, and why (not).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deviceTable, planMemory, zoo } from "tinyloom";
 *
 * const table = deviceTable(planMemory(zoo("mobilenet_v2")));
 * assert.equal(table.get(0)?.fits, false);
 * ```
 *
 * @category Planner
 */
export function deviceTable(plan?: Plan): Table {
  if (plan !== undefined) checkArguments("deviceTable", { plan });
  const rows = Object.values(devices).map((device) => {
    const { name, title, core, clockMhz, sramBytes, flashBytes, source } = device;
    const verdict = plan === undefined ? {} : fits(plan, device);
    return { name, title, core, clockMhz, sramBytes, flashBytes, ...verdict, source };
  });
  return tableFromRows(rows);
}
