import type { Table } from "../npm/arrow.ts";
import { chartActivations } from "../chart/chart_activations.ts";
import { chartMemory } from "../chart/chart_memory.ts";
import { reportHtml } from "../chart/report_html.ts";
import { estimateLatency } from "../deploy/latency/estimate_latency.ts";
import { formatCount, formatDuration, formatShare } from "../measure/format.ts";
import { tableFromRows } from "../measure/table_from_rows.ts";
import { tableToJson } from "../measure/table_to_json.ts";
import { tableToText } from "../measure/table_to_text.ts";
import { writeWhole } from "../measure/write_whole.ts";
import type { Model } from "../model/model.ts";
import { writeModel } from "../model/write_model.ts";
import { devices } from "../plan/devices.ts";
import type { Device } from "../plan/devices.ts";
import { fits } from "../plan/fits.ts";
import { offlinePlan, withOfflinePlan } from "../plan/offline_plan.ts";
import type { Plan } from "../plan/plan.ts";
import { frontierTable } from "../plan/frontier_table.ts";
import { fusionFrontier } from "../plan/fusion_frontier.ts";
import { ladderTable } from "../plan/ladder_table.ts";
import { planLadder } from "../plan/plan_ladder.ts";
import { segmentForm } from "../plan/segment_form.ts";
import { planMemory } from "../plan/plan_memory.ts";
import type { InputPlace, PlanOptions } from "../plan/plan_options.ts";
import { planTable } from "../plan/plan_table.ts";
import { type TechniqueName, techniqueNames } from "../plan/techniques.ts";
import { validatePlan } from "../plan/validate_plan.ts";
import { chosenDevice } from "./chosen_device.ts";
import type { CommandContext, FlagValues } from "./command.ts";
import { fusionOptions } from "./fusion_flags.ts";
import { loadModel, oneModel } from "./load_model.ts";
import { UsageError } from "./usage_error.ts";
import { outputFormat, type Result, writeResult } from "./write_table.ts";

/** Plans a model and shows, compares and writes what `tinyloom plan` is asked for. */
export async function runPlan(context: CommandContext): Promise<number> {
  const { flags, operands, print, note, resolve } = context;
  const files = flags.out as readonly string[];
  for (const file of files) outputFormat(file);
  const device = chosenDevice(flags.device as string | undefined);
  const reserveBytes = flags.reserve as number | undefined;
  if (reserveBytes !== undefined && device === undefined) {
    throw new UsageError("--reserve needs --device");
  }
  const options = { ...planOptions(flags), device, reserveBytes };
  const model = await loadModel(oneModel(operands, "plan"), resolve);
  const plan = planMemory(model, options);
  refuseInvalid(plan, model);
  const tables: PlanTables = {
    ladder: flags.compare ? ladderTable(planLadder(model, options)) : null,
    frontier: flags.frontier ? frontierOf(model, options) : null,
  };
  for (const file of files) {
    await writeResult(resolve(file), planResult(model, plan, tables, device));
    note(`wrote ${file}`);
  }
  if (flags["offline-plan"] !== undefined) {
    await writeOffline(model, flags["offline-plan"] as string, context);
  }
  if (flags.json) {
    const extra = Object.entries(tables).filter(([, table]) => table !== null)
      .map(([name, table]) => [name, tableToJson(table)]);
    print(JSON.stringify({ ...planJson(plan), ...Object.fromEntries(extra) }));
  } else {
    for (const table of [tables.ladder, tables.frontier]) {
      if (table) print(tableToText(table) + "\n");
    }
    for (const line of planInWords(model, plan, device)) print(line);
  }
  return plan.fit && !plan.fit.fits ? 1 : 0;
}

/** The object that `--json` prints: the plan, and whether it fits. */
function planJson(plan: Plan): Record<string, unknown> {
  return {
    ...plan,
    peakOperator: plan.peak && { ...plan.peak },
    fits: plan.fit?.fits ?? null,
    reason: plan.fit?.reason ?? null,
    devices: Object.fromEntries(
      Object.values(devices).map((device) => [device.name, fits(plan, device)]),
    ),
  };
}

/** Tables that were asked for beside the plan. */
interface PlanTables {
  readonly ladder: Table | null;
  readonly frontier: Table | null;
}

/** The frontier as a table; every plan on it is checked before it is shown. */
function frontierOf(model: Model, options: PlanOptions): Table {
  const { fusion = "best" } = options;
  const frontier = fusionFrontier(model, { ...options, fusion });
  for (const plan of frontier) refuseInvalid(plan, model);
  return frontierTable(frontier);
}

function planOptions(flags: FlagValues): PlanOptions {
  const { scratch, alignment } = flags;
  const asked = namesOf(flags.technique as readonly string[]);
  const without = namesOf(flags.without as readonly string[]);
  const chosen = (flags.technique as readonly string[]).length > 0 ? asked : techniqueNames;
  return {
    techniques: chosen.filter((name) => !without.includes(name)),
    input: flags.input as InputPlace,
    ...(alignment !== undefined && { alignmentBytes: alignment as number }),
    ...(scratch !== undefined && { scratch: scratch as PlanOptions["scratch"] }),
    ...fusionOptions(flags),
  };
}

function namesOf(lists: readonly string[]): TechniqueName[] {
  const names = lists.flatMap((list) => list.split(",")).map((name) => name.trim());
  return names.filter((name) => name !== "none").map((name) => {
    const known = techniqueNames.find((each) => each === name);
    if (known) return known;
    throw new UsageError(`There is no technique "${name}", only ${techniqueNames.join(", ")}`);
  });
}

// A plan is not shown unless the validator, which shares no code with the planner, agrees.
function refuseInvalid(plan: Plan, model: Model): void {
  const [finding] = validatePlan(plan, model);
  if (finding) throw new Error(`The plan is not valid: ${JSON.stringify(finding)}`);
}

function planResult(
  model: Model,
  plan: Plan,
  { ladder, frontier }: PlanTables,
  device: Device | undefined,
): Result {
  const limit = device ? { limitBytes: device.sramBytes } : {};
  const chart = () => chartMemory(plan, limit);
  return {
    table: planTable(plan),
    chart,
    json: () => planJson(plan),
    html: () =>
      reportHtml({
        title: `Memory plan of ${plan.model || "the model"}`,
        summary: planInWords(model, plan, device).join(" "),
        sections: [
          {
            title: "The arena",
            charts: [chart(), chartActivations({ "as it stands": model, planned: plan }, limit)],
          },
          ...(ladder ? [{ title: "One technique at a time", table: ladder }] : []),
          ...(frontier ? [{ title: "Memory and multiply-accumulates", table: frontier }] : []),
          { title: "Devices", table: deviceFits(plan) },
          { title: "Buffers", table: planTable(plan) },
        ],
      }),
  };
}

function deviceFits(plan: Plan): Table {
  return tableFromRows(
    Object.values(devices).map((device) => {
      const { fits: does, reason } = fits(plan, device);
      return { device: device.name, board: device.title, fits: does, reason };
    }),
  );
}

function planInWords(model: Model, plan: Plan, device: Device | undefined): string[] {
  const bytes = (value: number) => `${value.toLocaleString("en")} B`;
  const { peak, flash } = plan;
  const proof = plan.optimal
    ? `optimal: it equals the lower bound (${plan.lowerBoundReason})`
    : `not proved optimal: the lower bound is ${bytes(plan.lowerBoundBytes)}`;
  const lines = plan.fusion === "none"
    ? [`Arena ${bytes(plan.peakBytes)}, ${proof}.`]
    : segmentsInWords(plan, bytes);
  if (peak) {
    const live = peak.live.map(({ name, sizeBytes }) => `${name} ${bytes(sizeBytes)}`).join(" + ");
    lines.push(`The peak is at operator ${peak.operator} ${peak.name}; live: ${live}.`);
  }
  lines.push(
    `Flash ${bytes(plan.flashBytes)}: weights ${bytes(flash.weightsBytes)}, biases ` +
      `${bytes(flash.biasBytes)}, quantization ${bytes(flash.quantizationBytes)}, code about ` +
      `${bytes(flash.codeBytes)}.`,
  );
  lines.push(`Techniques: ${plan.techniques.join(", ") || "none"}; input ${plan.input}.`);
  if (device && plan.fit) {
    lines.push(plan.fit.reason, ...timeInWords(model, plan, device));
  } else {
    const able = Object.values(devices).filter((each) => fits(plan, each).fits);
    lines.push(`Fits ${able.map(({ name }) => name).join(", ") || "none of the known devices"}.`);
  }
  return lines;
}

/** `36,871 B, about 0.12 s on an nRF52840 at 64 MHz`; nothing where the processor is not known. */
function timeInWords(model: Model, plan: Plan, device: Device): string[] {
  const { milliseconds, cycleModel } = estimateLatency(model, { device, plan });
  if (milliseconds === null || cycleModel === null) return [];
  const { title, clockMhz } = device;
  return [
    `${formatCount(plan.peakBytes)} B, about ${
      formatDuration(1e6 * milliseconds)
    } on ${title} at ` +
    `${clockMhz} MHz (estimated, ${formatShare(cycleModel.errorShare)} either way).`,
  ];
}

function segmentsInWords(plan: Plan, bytes: (value: number) => string): string[] {
  const { segments, steps, macFactor, optimal, lowerBoundBytes, lowerBoundReason } = plan;
  const proof = optimal
    ? "the least in the space searched"
    : `in the space searched at least ${bytes(lowerBoundBytes)}`;
  const factor = `${macFactor.toFixed(4)} times the model's multiply-accumulates`;
  return [
    `Arena ${bytes(plan.peakBytes)} with ${factor}, ${proof}: ${lowerBoundReason}.`,
    ...segments.map((segment) => {
      const { from, until, workspaceBytes, direction } = segment;
      const [first, last] = [steps[from], steps[until - 1]];
      const range = `operators ${first.operator} ${first.name} to ${last.operator} ${last.name}`;
      return `Segment ${range}: ${segmentForm(segment)}, ${direction}; rings ` +
        `${bytes(workspaceBytes)}, multiply-accumulates x ${segment.macFactor.toFixed(4)}.`;
    }),
  ];
}

async function writeOffline(
  model: Model,
  file: string,
  { note, resolve }: CommandContext,
): Promise<void> {
  const plan = offlinePlan(model);
  await writeWhole(resolve(file), writeModel(withOfflinePlan(model, plan)));
  note(`wrote ${file}: TensorFlow Lite Micro's arena needs ${plan.peakBytes} B for activations`);
}
