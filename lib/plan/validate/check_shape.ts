import type { Model } from "../../model/model.ts";
import { type Operator, operatorName } from "../../model/operator.ts";
import { elements, sizeBytes } from "../../model/shape.ts";
import { stateTensors } from "../../model/state.ts";
import { callees, touchesState } from "../../model/subgraphs.ts";
import type { Plan } from "../plan.ts";
import { checkRemoved, checkSegments, finding, type PlanFinding } from "./check_removed.ts";
import { checkScratch } from "./check_scratch.ts";

/** Whether a plan is about this model, complete, aligned and within its arena. */
export function checkShape(plan: Plan, model: Model): PlanFinding[] {
  // A plan for another model may speak of tensors that there are none of.
  const unknown = [...checkTensors(plan, model), ...checkKnown(plan, model)];
  if (unknown.length > 0) return unknown;
  return [
    ...checkOperators(plan, model),
    ...checkBuffers(plan, model),
    ...checkRemoved(plan, model),
    ...checkSegments(plan),
    ...checkOwnMemory(plan),
    ...checkAlive(plan),
    ...checkScratch(plan, model),
  ];
}

/** Every tensor is one of the model. */
function checkTensors({ steps, buffers, inputs, outputs, external }: Plan, { tensors }: Model) {
  const named = [
    ...[inputs, outputs, external].flat(),
    ...buffers.flatMap((buffer) => buffer.tensors),
    ...steps.flatMap((step) => [...step.inputs.filter((tensor) => tensor !== -1), ...step.outputs]),
  ];
  return [...new Set(named)].filter((tensor) => tensors[tensor] === undefined)
    .map((tensor) =>
      finding(`t${tensor} is not in the model: is the plan for another?`, { tensor })
    );
}

/** Every operator is one of the model. */
function checkKnown({ steps, removed }: Plan, { operators }: Model): PlanFinding[] {
  return [...steps, ...removed].filter(({ operator }) => operators[operator] === undefined)
    .map(({ operator }) => finding(`operator ${operator} is not in the model`, { operator }));
}

/** Every operator runs once or is removed; state is touched in the model's order. */
function checkOperators({ steps, removed }: Plan, model: Model): PlanFinding[] {
  const { operators } = model;
  const turns = [...steps, ...removed].map(({ operator }) => operator);
  const found = operators.flatMap((known, operator) => {
    const times = turns.filter((turn) => turn === operator).length;
    const name = operatorName(known);
    return times === 1
      ? []
      : [finding(`operator ${operator} ${name} stands ${times} times, needed once`, { operator })];
  });
  return [...found, ...checkStateOrder(steps, model)];
}

/** Operators that touch state do so in the model's order. */
function checkStateOrder(steps: Plan["steps"], model: Model): PlanFinding[] {
  const { operators, tensors } = model;
  const found: PlanFinding[] = [];
  const last = new Map<number, number>();
  let lastStateful = -1;
  steps.forEach(({ operator }, step) => {
    const known = operators[operator];
    if (known === undefined) return;
    if (reachesVariables(model, known)) {
      if (operator < lastStateful) {
        const message = `operator ${operator} comes after operator ${lastStateful}, which ` +
          `touches variables after it in the model`;
        found.push(finding(message, { step, operator }));
      }
      lastStateful = Math.max(lastStateful, operator);
    }
    for (const tensor of known.inputs) {
      if (tensor === -1 || !tensors[tensor].isVariable) continue;
      if ((last.get(tensor) ?? -1) > operator) {
        const message = `operator ${operator} comes after operator ${last.get(tensor)}, which ` +
          `changes the state t${tensor} after it in the model`;
        found.push(finding(message, { step, operator, tensor }));
      }
      last.set(tensor, operator);
    }
  });
  return found;
}

/** Whether an operator reads or changes a variable, itself or in the subgraphs that it runs. */
function reachesVariables(model: Model, operator: Operator): boolean {
  if (operator.op === "READ_VARIABLE" || operator.op === "ASSIGN_VARIABLE") return true;
  return callees(operator).length > 0 && touchesState(model, operator);
}

/** Whether a tensor is the handle of a variable and has no place: it holds nothing that is read. */
export function isBareHandle(
  { buffers }: Plan,
  { tensors }: Pick<Model, "tensors">,
  tensor: number,
): boolean {
  return tensors[tensor].dtype === "resource" &&
    !buffers.some((buffer) => buffer.tensors.includes(tensor));
}

/** Every tensor that a step touches has one place, large enough, aligned, inside the arena. */
function checkBuffers(plan: Plan, model: Model): PlanFinding[] {
  const { tensors } = model;
  const state = stateTensors(model);
  const found: PlanFinding[] = [];
  const places = new Map<number, number>();
  const ids = new Set<string>();
  for (const buffer of plan.buffers) {
    const { id, offsetBytes, sizeBytes: size, from, until } = buffer;
    if (ids.has(id)) found.push(finding(`buffer ${id} stands twice`));
    ids.add(id);
    const whole = [offsetBytes, size, from, until].every((n) => Number.isInteger(n) && n >= 0);
    if (!whole || from >= until) {
      found.push(finding(`buffer ${id}: offset, size and lifetime must be whole numbers`));
    }
    if (offsetBytes + size > plan.peakBytes) {
      const message = `buffer ${id} ends at ${offsetBytes + size}, the arena at ${plan.peakBytes}`;
      found.push(finding(message, { byte: offsetBytes + size - 1 }));
    }
    for (const tensor of buffer.tensors) {
      places.set(tensor, (places.get(tensor) ?? 0) + 1);
      const known = tensors[tensor];
      if (known === undefined) {
        found.push(finding(`buffer ${id} holds t${tensor}, which the model does not have`));
        continue;
      }
      const needed = sizeBytes(known);
      // How large a ring has to be, the run tells.
      if (size < needed && buffer.kind !== "ring") {
        const message = `buffer ${id} has ${size} bytes, t${tensor} needs ${needed}`;
        found.push(finding(message, { tensor, byte: offsetBytes }));
      }
      const unit = Math.max(1, Math.ceil(needed / Math.max(1, elements(known.shape))));
      const isOdd = size > 0 &&
        (offsetBytes % unit !== 0 || offsetBytes % plan.alignmentBytes !== 0);
      if (isOdd) {
        const message = `t${tensor} lies at ${offsetBytes}, not at a multiple of ` +
          `${plan.alignmentBytes} and of its element's ${unit} bytes`;
        found.push(finding(message, { tensor, byte: offsetBytes }));
      }
    }
  }
  const needed = new Set<number>([...plan.inputs, ...plan.outputs]);
  for (const { inputs, outputs } of plan.steps) {
    for (const t of [...inputs, ...outputs]) needed.add(t);
  }
  for (const tensor of needed) {
    if (tensor === -1 || plan.external.includes(tensor)) continue;
    if (tensors[tensor].data !== null || state.has(tensor)) continue;
    if (isBareHandle(plan, { tensors }, tensor)) continue;
    const times = places.get(tensor) ?? 0;
    if (times !== 1) found.push(finding(`t${tensor} has ${times} places, needed 1`, { tensor }));
  }
  return found;
}

/** What a step works in is scratch memory that is alive then, and its ring some of that. */
function checkOwnMemory({ steps, buffers }: Plan): PlanFinding[] {
  return steps.flatMap(({ operator, scratch, ring }, step) => {
    const wrong = [...scratch, ...ring === null ? [] : [ring]].find((id) => {
      const own = buffers.find((buffer) => buffer.id === id);
      return own === undefined || own.kind !== "scratch" || step < own.from || step >= own.until ||
        !scratch.includes(id);
    });
    if (wrong === undefined) return [];
    const message =
      `operator ${operator} works in buffer ${wrong}, which is no scratch memory of ` +
      `step ${step}`;
    return [finding(message, { step, operator })];
  });
}

/** Buffers alive together share bytes only as input and output of the step that both live in. */
function checkAlive({ buffers, steps, segments }: Plan): PlanFinding[] {
  const found: PlanFinding[] = [];
  // Rings of a segment take turns; whether they do, the run tells.
  const workspaces = segments.map(({ rings, until }) => (
    new Set([...rings.map(({ buffer }) => buffer), ...steps[until - 1]?.scratch ?? []])
  ));
  // A segment counts as one step.
  const startOf = (step: number) => segments.find((s) => s.from <= step && step < s.until)?.from;
  const lastOf = (until: number) => startOf(until - 1) ?? until - 1;
  const reads = (buffer: Plan["buffers"][number], step: number, side: "inputs" | "outputs") => {
    const segment = segments.find(({ from }) => from === step);
    const touched = segment?.[side] ?? steps[step][side];
    return buffer.tensors.some((tensor) => touched.includes(tensor));
  };
  const sorted = [...buffers].filter(({ sizeBytes }) => sizeBytes > 0)
    .sort((a, b) => a.from - b.from);
  sorted.forEach((b, i) => {
    for (const a of sorted.slice(0, i)) {
      if (a.until <= b.from) continue;
      if (a.offsetBytes >= b.offsetBytes + b.sizeBytes) continue;
      if (b.offsetBytes >= a.offsetBytes + a.sizeBytes) continue;
      if (workspaces.some((ids) => ids.has(a.id) && ids.has(b.id))) continue;
      const isPair = lastOf(a.until) === b.from && steps[b.from] !== undefined &&
        reads(a, b.from, "inputs") && reads(b, b.from, "outputs");
      const isDeclared = a.shares.some(({ buffer }) => buffer === b.id);
      const isPairBack = lastOf(b.until) === a.from && a.from === b.from &&
        steps[b.from] !== undefined && reads(b, a.from, "inputs") && reads(a, a.from, "outputs");
      if ((isPair || isPairBack) && isDeclared) continue;
      // Whether it is one, and stays it, the run tells.
      if (a.shares.some(({ buffer, form }) => buffer === b.id && form === "view")) continue;
      const message = `buffers ${a.id} and ${b.id} share bytes while both are alive, from step ` +
        `${b.from} on, and no rule says that they may`;
      const byte = Math.max(a.offsetBytes, b.offsetBytes);
      found.push(finding(message, { step: b.from, tensor: b.tensors[0] ?? -1, byte }));
    }
  });
  return found;
}
