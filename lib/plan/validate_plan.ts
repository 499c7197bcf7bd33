import { checkArguments, checkOptions } from "../check_arguments.ts";
import { readForm } from "../form.ts";
import { lookedAfter, throwIfStopped } from "../host.ts";
import type { Model } from "../model/model.ts";
import { sizeBytes } from "../model/shape.ts";
import { stateTensors } from "../model/state.ts";
import type { Plan } from "./plan.ts";
import { PlanError } from "./plan_options.ts";
import { finding, type PlanFinding } from "./validate/check_removed.ts";
import { checkForm, savedPlanForm } from "./validate/check_form.ts";
import { checkShape, isBareHandle } from "./validate/check_shape.ts";
import { checkSubgraphs, plannedGraphs } from "./validate/check_subgraphs.ts";
import { runSegment } from "./validate/run_segment.ts";
import { Arena, type ByteRun } from "./validate/arena.ts";
import { runStep } from "./validate/run_step.ts";

/**
 * What is wrong with a plan, from first principles and without any of the planner's code; empty if it
 * holds.
 *
 * First the plan as data: every field has its form, as one that was read from a file may not; every operator runs once or is accounted for, every tensor has one place,
 * large enough, aligned, within the arena, and buffers that live together share bytes only as input
 * and output of one step. Then the plan is run: of every operator, in the order and direction of its
 * step and with the delays stated there, every byte that it reads must still be the one that was
 * stored for it; intervals and the windows' own arithmetic tell, not one byte after the other.
 * Segments run micro-step by micro-step, every byte of a ring being that of a row, column and channel.
 * Plans of subgraphs are checked and run in the same way, and so is that steps which run them have
 * room for their arenas. Where kernels of a deployment work (`plan.scratch`) nothing that is alive may
 * lie, and nothing survives.
 *
 * @throws {DOMException} `AbortError` or `TimeoutError`, if it is ended before there is an answer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planMemory, validatePlan, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-kws");
 * const plan = planMemory(model);
 * assert.deepEqual(validatePlan(plan, model), []);
 *
 * const smaller = { ...plan, peakBytes: plan.peakBytes - 1 };
 * assert.match(validatePlan(smaller, model)[0].message, /the arena at 8062/);
 * ```
 *
 * @category Planner
 */
export function validatePlan(
  plan: Plan,
  model: Model,
  options: ValidatePlanOptions = {},
): readonly PlanFinding[] {
  checkOptions("validatePlan", options, "signal timeLimitMs");
  checkArguments("validatePlan", { plan, model });
  return lookedAfter(null, () => findingsOf(plan, model), options);
}

/**
 * What ends a validation; it has nothing to say before its end.
 *
 * @category Planner
 */
export interface ValidatePlanOptions {
  /** Ends it with an `AbortError`. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which it ends with a `TimeoutError`; without a limit when absent. */
  readonly timeLimitMs?: number;
}

function findingsOf(plan: Plan, model: Model): readonly PlanFinding[] {
  const malformed = checkForm(plan);
  if (malformed.length > 0) return malformed;
  const graphs = plannedGraphs(plan, model);
  const within = (prefix: string, findings: readonly PlanFinding[]) =>
    findings.map((each) => ({ ...each, message: prefix + each.message }));
  // A plan that contradicts itself cannot be run.
  const found = graphs.flatMap((each) => within(each.within, checkShape(each.plan, each.model)));
  if (found.length > 0) return found;
  const calls = checkSubgraphs(plan, model);
  if (calls.length > 0) return calls;
  return graphs.flatMap((each) => within(each.within, replay(each.plan, each.model)));
}

/** Runs the plan of a graph, and finds what is lost. */
function replay(plan: Plan, model: Model): readonly PlanFinding[] {
  const found: PlanFinding[] = [];
  const arena = new Arena(
    plan.buffers,
    ({ kind, tensors, sizeBytes: size }) =>
      kind === "ring" ? Math.max(...tensors.map((t) => sizeBytes(model.tensors[t]))) : size,
  );
  const bufferOf = (tensor: number) => plan.buffers.find((b) => b.tensors.includes(tensor));
  const state = stateTensors(model);
  const isPlaced = (tensor: number) =>
    model.tensors[tensor].data === null && !state.has(tensor) &&
    !plan.external.includes(tensor) && !isBareHandle(plan, model, tensor);
  const stored = (tensor: number) =>
    arena.store(bufferOf(tensor)!, 0, sizeBytes(model.tensors[tensor]));
  for (const tensor of plan.inputs) if (isPlaced(tensor)) stored(tensor);
  // A custom operator's own scratch memory: nothing writes it, so nothing can be lost there.
  const written = new Set(plan.steps.flatMap(({ outputs }) => outputs));
  const given = new Set(plan.inputs.map((tensor) => bufferOf(tensor)));
  plan.steps.forEach((step, index) => {
    throwIfStopped();
    for (const tensor of step.inputs) {
      if (tensor === -1 || !isPlaced(tensor) || written.has(tensor)) continue;
      const buffer = bufferOf(tensor)!;
      const isProduced = given.has(buffer) || buffer.tensors.some((view) => written.has(view));
      if (!isProduced) stored(tensor);
    }
    for (const tensor of [...step.inputs, ...step.outputs]) {
      if (tensor === -1 || !isPlaced(tensor)) continue;
      const { id, from, until } = bufferOf(tensor)!;
      if (from <= index && index < until) continue;
      const message = `operator ${step.operator} touches t${tensor} at step ${index}, but buffer ` +
        `${id} is alive in steps ${from} to ${until - 1} only`;
      found.push(finding(message, { step: index, operator: step.operator, tensor }));
    }
    const stage = { plan, model, arena, bufferOf, isPlaced };
    const segment = plan.segments.findIndex(({ from }) => from === index);
    if (segment === -1 && step.segment !== null) return;
    // Kernels write there at any time, so nothing survives it, neither from before nor from the step.
    const worked = scratchOf(plan, segment === -1 ? index : plan.segments[segment]);
    for (const each of worked) arena.lose(each);
    found.push(...segment === -1 ? runStep(stage, index) : runSegment(stage, segment));
    for (const each of worked) arena.lose(each);
  });
  for (const tensor of plan.outputs) {
    if (!isPlaced(tensor)) continue;
    const byte = arena.lost(bufferOf(tensor)!, 0, sizeBytes(model.tensors[tensor]));
    if (byte === -1) continue;
    found.push(finding(`output t${tensor} is lost at byte ${byte} of the arena`, { tensor, byte }));
  }
  return found;
}

/** Bytes of the arena that kernels of a step, or of a segment's, work in. */
function scratchOf(
  { scratch }: Plan,
  which: number | { readonly from: number; readonly until: number },
): readonly ByteRun[] {
  const { from, until } = typeof which === "number" ? { from: which, until: which + 1 } : which;
  return (scratch?.steps ?? [])
    .filter(({ step, place }) => place === "arena" && from <= step && step < until)
    .map(({ offsetBytes, sizeBytes }) => ({ address: offsetBytes, count: sizeBytes }));
}

/**
 * Throws where `validatePlan` finds something.
 *
 * @throws {DOMException} as `validatePlan`.
 * @throws {PlanError} with the first finding: operator, tensor and byte.
 *
 * @example
 * ```ts
 * import { checkPlan, planMemory, zoo } from "tinyloom";
 *
 * const model = zoo("mlperf-tiny-ad");
 * checkPlan(planMemory(model), model);
 * ```
 *
 * @category Planner
 */
export function checkPlan(plan: Plan, model: Model, options: ValidatePlanOptions = {}): void {
  checkOptions("checkPlan", options, "signal timeLimitMs");
  checkArguments("checkPlan", { plan, model });
  const found = validatePlan(plan, model, options);
  if (found.length === 0) return;
  const more = found.length === 1 ? "" : ` (and ${found.length - 1} more)`;
  throw new PlanError(`${found[0].message}${more}`);
}

/**
 * The plan in a text that `JSON.stringify(plan)` made, or `tinyloom plan --out FILE.json`. Whether it is
 * right for a model `checkPlan` tells, and `createEngine` does.
 *
 * @throws {PlanError} the text is no plan, with the path to the first field that is wrong.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planMemory, readPlan, zoo } from "tinyloom";
 *
 * const plan = planMemory(zoo("mlperf-tiny-ad"));
 * assert.deepEqual(readPlan(JSON.stringify(plan)), plan);
 *
 * const text = JSON.stringify({ ...plan, peakBytes: -1 });
 * assert.throws(() => readPlan(text), /\$\.peakBytes is -1, needed a whole number/);
 * ```
 *
 * @category Planner
 */
export function readPlan(text: string): Plan {
  try {
    return readForm(text, { kind: "a plan", form: savedPlanForm });
  } catch (error) {
    throw new PlanError((error as Error).message, { cause: error });
  }
}
