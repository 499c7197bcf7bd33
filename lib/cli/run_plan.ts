import { chartMemory } from "../chart/chart_memory.ts";
import { reportHtml } from "../chart/report_html.ts";
import { type DeployTargetName, deployTargets } from "../deploy/deploy_targets.ts";
import { planScratch, type PlanScratchOptions } from "../deploy/plan_scratch.ts";
import { EngineError } from "../engine/engine_error.ts";
import { tableToJson } from "../measure/print_table.ts";
import { writeWhole } from "../measure/table_file.ts";
import type { Model } from "../model/model.ts";
import { writeModel } from "../model/write_model.ts";
import { type Device, devices } from "../plan/devices.ts";
import { fits } from "../plan/fits.ts";
import { frontierSteps } from "../plan/fusion_frontier.ts";
import { frontierTable, ladderTable } from "../plan/trade_off_table.ts";
import { offlinePlan, withOfflinePlan } from "../plan/offline_plan.ts";
import type { Plan } from "../plan/plan.ts";
import { planMemory } from "../plan/plan_memory.ts";
import type { InputPlace, PlanOptions } from "../plan/plan_options.ts";
import { planLadder } from "../plan/plan_ladder.ts";
import { planTable } from "../plan/plan_table.ts";
import { ramBytesOf } from "../plan/scratch.ts";
import { type TechniqueName, techniqueNames } from "../plan/techniques.ts";
import { readPlan, validatePlan } from "../plan/validate_plan.ts";
import { chosenDevice } from "./chosen_device.ts";
import { type CommandContext, type FlagValues, UsageError } from "./command.ts";
import { differenceTable, type PlanComparison, planDifferences } from "./differences.ts";
import { readInput } from "./input_file.ts";
import { loadModel, oneModel } from "./load_model.ts";
import { oddities, tellOddities } from "./oddities.ts";
import { planReport, type TradeOffs } from "./plan_in_words.ts";
import { answer, remediesOf } from "./plan_answer.ts";
import { fusionOptions } from "./shared_flags.ts";
import { printTable, say } from "./terminal.ts";
import { outputFormat, type Result, writeResult } from "./write_result.ts";

/** Plans a model and shows, compares and writes what `tinyloom plan` is asked for. */
export async function runPlan(context: CommandContext): Promise<number> {
  if (context.operands.length === 2) return await comparePlans(context);
  const { flags, operands, print, note, resolve } = context;
  const files = flags.out as readonly string[];
  for (const file of files) outputFormat(file);
  const asked = await askedOf(context);
  const { options, device } = asked;
  const model = await loadModel(oneModel(operands, "plan"), context);
  tellOddities(model, note);
  const plan = planned(model, asked);
  refuseInvalid([plan], model, context);
  const tradeOffs: TradeOffs = {
    ladder: flags.compare ? planLadder(model, options) : null,
    frontier: flags.frontier ? await frontierOf(model, options, context) : null,
  };
  const tables = {
    ladder: tradeOffs.ladder && ladderTable(tradeOffs.ladder),
    frontier: tradeOffs.frontier && frontierTable(tradeOffs.frontier),
  };
  for (const file of files) {
    await writeResult(resolve(file), planResult(model, plan, tradeOffs, device));
    note(`wrote ${file}`);
  }
  if (flags["offline-plan"] !== undefined) {
    await writeOffline(model, flags["offline-plan"] as string, context);
  }
  if (flags.json) {
    const extra = Object.entries(tables).filter(([, table]) => table !== null)
      .map(([name, table]) => [name, tableToJson(table!)]);
    print(JSON.stringify({
      ...planJson(plan),
      ...oddities(model),
      remedies: remediesOf({ model, plan, options, device }),
      ...Object.fromEntries(extra),
    }));
  } else {
    answer({ model, plan, options, device }, tables, context);
  }
  return plan.fit && !plan.fit.fits ? 1 : 0;
}

/** Two plans or models side by side; a model is planned as the flags say. */
async function comparePlans(context: CommandContext): Promise<number> {
  const { flags, operands, print, resolve } = context;
  const asked = await askedOf(context);
  const { device, reserveBytes } = asked.options;
  const [a, b] = await Promise.all(operands.map(async (operand) => (
    operand.endsWith(".json")
      ? await readInput(operand, { resolve }, readPlan)
      : planned(await loadModel(operand, context), asked)
  )));
  const comparison: PlanComparison = {
    schemaVersion: 1,
    plans: operands,
    differences: planDifferences(a, b),
    fits: device === undefined ? null : [a, b].map((plan) => fits(plan, device, { reserveBytes })),
  };
  if (flags.json) print(JSON.stringify(comparison));
  else {
    printTable(context, differenceTable(comparison.differences));
    comparison.fits?.forEach(({ reason }, at) => say(context, `${operands[at]}: ${reason}`));
  }
  return comparison.fits?.some(({ fits: does }) => !does) ? 1 : 0;
}

/** How models are to be planned. */
interface Asked {
  readonly options: PlanOptions;
  readonly device: Device | undefined;
  readonly target: DeployTargetName | undefined;
}

async function askedOf(context: CommandContext): Promise<Asked> {
  const { flags, signal } = context;
  const device = await chosenDevice(context);
  const reserveBytes = flags.reserve as number | undefined;
  if (reserveBytes !== undefined && device === undefined) {
    throw new UsageError("--reserve needs --device, or --sram and --flash");
  }
  return {
    options: { ...planOptions(flags), device, reserveBytes, signal },
    device,
    target: chosenTarget(flags.target as string | undefined),
  };
}

function planned(model: Model, { options, device, target }: Asked): Plan {
  const { reserveBytes } = options;
  return withScratch(planMemory(model, options), model, { target, device, reserveBytes });
}

function chosenTarget(name: string | undefined): DeployTargetName | undefined {
  if (name === undefined || Object.hasOwn(deployTargets, name)) {
    return name as DeployTargetName | undefined;
  }
  throw new UsageError(
    `--target: there is no "${name}", only ${Object.keys(deployTargets).join(", ")}`,
  );
}

/** What kernels work in, where a target is known; of a device alone, where it has kernels. */
function withScratch(plan: Plan, model: Model, options: PlanScratchOptions): Plan {
  const { target, device } = options;
  if (target === undefined && device === undefined) return plan;
  try {
    return planScratch(plan, model, options);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (target === undefined) return plan;
    throw new UsageError(`--target ${target}: ${error.message}`);
  }
}

/** The object that `--json` prints: the plan, and whether it fits. */
function planJson(plan: Plan): Record<string, unknown> {
  return {
    ...plan,
    peakOperator: plan.peak && { ...plan.peak },
    ramBytes: ramBytesOf(plan),
    fits: plan.fit?.fits ?? null,
    reason: plan.fit?.reason ?? null,
    devices: Object.fromEntries(
      Object.values(devices).map((device) => [device.name, fits(plan, device)]),
    ),
  };
}

/** The frontier; every plan on it is checked before it is shown. */
async function frontierOf(
  model: Model,
  options: PlanOptions,
  context: CommandContext,
): Promise<readonly Plan[]> {
  const { progress, note, signal } = context;
  const { fusion = "best" } = options;
  const steps = frontierSteps(model, { ...options, fusion });
  progress("searching segments");
  let step = steps.next();
  while (!step.done) {
    progress(`trade-off ${step.value.done} of ${step.value.of}`);
    // Lets an interrupt in: what there is by then is shown.
    await new Promise((resolve) => setTimeout(resolve, 0));
    step = steps.next(signal.aborted);
  }
  const frontier = step.value;
  if (signal.aborted) note("interrupted: trade-offs may be missing from the frontier");
  refuseInvalid(frontier, model, context);
  return frontier;
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

// A plan is not shown unless the validator, which shares no code with the planner, agrees; or, after an
// interrupt, has no time, which is told.
function refuseInvalid(plans: readonly Plan[], model: Model, context: CommandContext): void {
  const hastyMs = performance.now() + 100;
  try {
    for (const plan of plans) {
      const timeLimitMs = context.signal.aborted ? hastyMs - performance.now() : undefined;
      const [finding] = validatePlan(plan, model, { timeLimitMs });
      if (finding) throw new Error(`The plan is not valid: ${JSON.stringify(finding)}`);
    }
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    context.note("interrupted before the validator had looked at it");
  }
}

function planResult(
  model: Model,
  plan: Plan,
  tradeOffs: TradeOffs,
  device: Device | undefined,
): Result {
  return {
    table: planTable(plan),
    chart: () => chartMemory(plan, device ? { limitBytes: device.sramBytes } : {}),
    json: () => planJson(plan),
    html: async () => reportHtml(await planReport(model, plan, { ...tradeOffs, device })),
  };
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
