import { chartActivations } from "../chart/chart_activations.ts";
import { chartFrontier } from "../chart/chart_frontier.ts";
import { chartMemory } from "../chart/chart_memory.ts";
import { chartLadder } from "../chart/chart_techniques.ts";
import type { Report, ReportSection } from "../chart/report_html.ts";
import type { Model } from "../model/model.ts";
import type { Device } from "../plan/devices.ts";
import type { Plan } from "../plan/plan.ts";
import type { LadderRung } from "../plan/plan_ladder.ts";
import { deviceTable, planTable, scratchTable } from "../plan/plan_table.ts";
import { frontierTable, ladderTable } from "../plan/trade_off_table.ts";
import { graphOf } from "./model_runner.ts";
import { planInWords } from "./plan_in_words.ts";

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
