import { estimateLatency } from "../deploy/latency/estimate_latency.ts";
import { formatCount, formatDuration, formatShare } from "../measure/format.ts";
import { isPerTurn } from "../model/macs.ts";
import type { Model } from "../model/model.ts";
import { type Device, devices } from "../plan/devices.ts";
import { fits } from "../plan/fits.ts";
import { segmentForm } from "../plan/segment.ts";
import type { Plan } from "../plan/plan.ts";
import { ramBytesOf } from "../plan/scratch.ts";
import { chartActivations } from "../chart/chart_activations.ts";
import { chartFrontier } from "../chart/chart_frontier.ts";
import { chartMemory } from "../chart/chart_memory.ts";
import { chartLadder } from "../chart/chart_techniques.ts";
import type { Report, ReportSection } from "../chart/report_html.ts";
import type { LadderRung } from "../plan/plan_ladder.ts";
import { deviceTable, planTable, scratchTable } from "../plan/plan_table.ts";
import { frontierTable, ladderTable } from "../plan/trade_off_table.ts";
import { graphOf } from "./model_runner.ts";

/** What a plan is, a sentence or two a line. */
export function planInWords(model: Model, plan: Plan, device: Device | undefined): string[] {
  const bytes = (value: number) => `${value.toLocaleString("en")} B`;
  const { peak, flash } = plan;
  const proof = plan.optimal
    ? `optimal: it equals the lower bound (${plan.lowerBoundReason})`
    : plan.unknown.length > 0
    ? `of what is known at least ${bytes(plan.lowerBoundBytes)}`
    : `not proved optimal: the lower bound is ${bytes(plan.lowerBoundBytes)}`;
  const lines = plan.fusion === "none"
    ? [`Arena ${bytes(plan.peakBytes)}, ${proof}.`]
    : segmentsInWords(plan, bytes);
  if (peak) {
    const live = peak.live.map(({ name, sizeBytes }) => `${name} ${bytes(sizeBytes)}`).join(" + ");
    lines.push(`The peak is at operator ${peak.operator} ${peak.name}; live: ${live}.`);
  }
  if (plan.unknown.length > 0) lines.push(`Not counted: ${plan.unknown.join("; ")}.`);
  for (const { subgraph, plan: { peakBytes } } of plan.subgraphs ?? []) {
    lines.push(`Subgraph ${subgraph}: ${bytes(peakBytes)} within the arena while it runs.`);
  }
  if (plan.scratch) lines.push(scratchInWords(plan, bytes));
  else if (plan.stateBytes > 0) {
    lines.push(
      `RAM ${bytes(ramBytesOf(plan))}: arena ${bytes(plan.peakBytes)} + state ` +
        `${bytes(plan.stateBytes)}; what kernels work in beside it, --target tells.`,
    );
  }
  lines.push(
    `Flash ${bytes(plan.flashBytes)}: weights ${bytes(flash.weightsBytes)}, biases ` +
      `${bytes(flash.biasBytes)}, quantization ${bytes(flash.quantizationBytes)}, code about ` +
      `${bytes(flash.codeBytes)}.`,
  );
  lines.push(`Techniques: ${plan.techniques.join(", ") || "none"}; input ${plan.input}.`);
  if (device && plan.fit) {
    lines.push(plan.fit.reason, ...timeInWords(model, plan, device));
  } else if (plan.unknown.length > 0) {
    lines.push("What it needs in all, and what it has room in, cannot be told.");
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
  const turn = isPerTurn(model) ? ", with one turn of each WHILE" : "";
  return [
    `${formatCount(plan.peakBytes)} B, about ${
      formatDuration(1e6 * milliseconds)
    } on ${title} at ` +
    `${clockMhz} MHz (estimated, ${formatShare(cycleModel.errorShare)} either way${turn}).`,
  ];
}

function scratchInWords(plan: Plan, bytes: (value: number) => string): string {
  const { kernels, steps, besideBytes } = plan.scratch!;
  const most = Math.max(
    0,
    ...steps.map(({ place, sizeBytes }) => place === "arena" ? sizeBytes : 0),
  );
  const state = plan.stateBytes > 0 ? ` + state ${bytes(plan.stateBytes)}` : "";
  return `RAM ${bytes(ramBytesOf(plan))}: arena ${bytes(plan.peakBytes)} + scratch ` +
    `${bytes(besideBytes)}${state}; kernels of ${kernels} work in at most ${bytes(most)} of the ` +
    `arena where nothing else lies.`;
}

function segmentsInWords(plan: Plan, bytes: (value: number) => string): string[] {
  const { segments, steps, macFactor, optimal, lowerBoundBytes, lowerBoundReason } = plan;
  const proof = optimal
    ? "the least in the space searched"
    : plan.unknown.length > 0
    ? `of what is known in the space searched at least ${bytes(lowerBoundBytes)}`
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

/** What was asked for beside the plan. */
export interface TradeOffs {
  readonly ladder: readonly LadderRung[] | null;
  readonly frontier: readonly Plan[] | null;
}

/** A plan as a page: the verdict, the arena drawn, what else was asked for, the graph, the tables. */
export async function planReport(
  model: Model,
  plan: Plan,
  { ladder, frontier, device }: TradeOffs & { readonly device: Device | undefined },
): Promise<Report> {
  // A limit far above would leave the arena a strip at the bottom.
  const isNear = device !== undefined && device.sramBytes < 4 * plan.peakBytes;
  const limit = isNear ? { limitBytes: device.sramBytes } : {};
  const named = isNear ? { ...limit, limitName: `SRAM of ${device.name}` } : {};
  const [verdict, ...facts] = planInWords(model, plan, device);
  const sections: readonly (ReportSection | null)[] = [
    {
      title: "The arena",
      verdicts: facts,
      charts: [
        chartMemory(plan, limit),
        chartActivations({ "as it stands": model, planned: plan }, named),
      ],
    },
    ladder && {
      title: "One technique at a time",
      charts: [chartLadder(ladder, named)],
      table: ladderTable(ladder),
    },
    frontier && {
      title: "Memory and multiply-accumulates",
      charts: [chartFrontier(frontier, named)],
      table: frontierTable(frontier),
    },
    await graphOf(model, { plan }),
    {
      title: "Devices",
      table: deviceTable(plan),
      columns: ["title", "fits", "sramBytes", "flashBytes", "reason"],
    },
    { title: "Buffers", table: planTable(plan) },
    plan.scratch && {
      title: `What kernels of ${plan.scratch.kernels} work in`,
      table: scratchTable(plan),
    },
  ];
  return {
    title: `Memory plan of ${plan.model || "the model"}`,
    summary: verdict,
    sections: sections.filter((section) => section !== null),
  };
}
