import { constantValues } from "../../model/constant.ts";
import { accessOf, isWeighted } from "../../model/definition_of.ts";
import { isFolded } from "../../model/folding.ts";
import type { Model } from "../../model/model.ts";
import { sizeBytes } from "../../model/shape.ts";
import type { Plan, PlanStep } from "../plan.ts";

/** Whether the plan makes good what the operators that it leaves out would have done. */
export function checkRemoved(plan: Plan, model: Model): PlanFinding[] {
  const { operators, tensors } = model;
  const found: PlanFinding[] = [];
  const sees = new Map<number, number>();
  const object = (operator: number, message: string) =>
    found.push(finding(`operator ${operator} is left out, but ${message}`, { operator }));
  for (const { operator } of plan.removed) {
    const known = operators[operator];
    if (known === undefined) continue;
    const [from] = known.inputs;
    const [to] = known.outputs;
    if (isFolded(known, tensors)) continue;
    if (accessOf(known).kind === "view") {
      if (sizeBytes(tensors[from]) !== sizeBytes(tensors[to])) object(operator, "sizes differ");
      sees.set(to, from);
      const isOutside = plan.external.includes(from) && plan.external.includes(to);
      const isShared = plan.buffers.some((b) => b.tensors.includes(from) && b.tensors.includes(to));
      if (!isOutside && !isShared) object(operator, `t${from} and t${to} lie in different places`);
    } else if (known.op === "PAD") {
      const users = plan.steps.filter(({ operator }) => operators[operator].inputs.includes(to));
      if (model.outputs.includes(to)) object(operator, `t${to} is an output of the model`);
      for (const user of users) {
        if (padsAlike(model, user, operator)) continue;
        object(operator, `operator ${user.operator} does not pad t${from} itself`);
      }
    } else if (known.op === "QUANTIZE" && model.inputs.includes(from)) {
      if (plan.inputs[model.inputs.indexOf(from)] !== to) object(operator, `t${to} is no input`);
    } else if (known.op === "DEQUANTIZE" && model.outputs.includes(to)) {
      if (plan.outputs[model.outputs.indexOf(to)] !== from) {
        object(operator, `t${from} is no output`);
      }
    } else {
      object(operator, "nothing else does what it does");
    }
  }
  found.push(...checkEdges(plan, model), ...checkFolded(plan, model));
  const origin = (tensor: number): number => sees.has(tensor) ? origin(sees.get(tensor)!) : tensor;
  for (const { id, tensors: held } of plan.buffers) {
    const origins = new Set(held.map(origin));
    if (origins.size > 1) {
      found.push(
        finding(`buffer ${id} holds ${held.map((t) => `t${t}`).join(", ")}, not all views`),
      );
    }
  }
  plan.steps.forEach((step, index) => {
    const { inputs, outputs } = operators[step.operator] ?? step;
    const skip = step.foldedPadding === null ? 0 : 1;
    const isSame = inputs.slice(skip).join() === step.inputs.slice(skip).join() &&
      outputs.join() === step.outputs.join();
    if (isSame) return;
    const message = `operator ${step.operator} has other tensors in the plan than in the model`;
    found.push(finding(message, { step: index, operator: step.operator }));
  });
  for (const tensor of plan.external) {
    const held = plan.buffers.find((each) => each.tensors.includes(tensor));
    if (held !== undefined) {
      found.push(finding(`t${tensor} is external, but buffer ${held.id} holds it`, { tensor }));
    }
    if (plan.input === "external" && plan.inputs.includes(origin(tensor))) continue;
    found.push(finding(`t${tensor} is external, but no input`, { tensor }));
  }
  return found;
}

/** Inputs and outputs are the model's, but for those whose QUANTIZE or DEQUANTIZE is left out. */
function checkEdges(plan: Plan, { operators, tensors, inputs, outputs }: Model): PlanFinding[] {
  const removed = plan.removed.flatMap(({ operator }) => operators[operator] ?? []);
  const wanted = {
    inputs: inputs.map((tensor) =>
      removed.find(({ op, inputs: [from] }) => op === "QUANTIZE" && from === tensor)?.outputs[0] ??
        tensor
    ),
    outputs: outputs.map((tensor) =>
      // What comes of a constant is one itself, and no edge.
      removed.find(({ op, inputs: [from], outputs: [to] }) =>
        op === "DEQUANTIZE" && to === tensor && tensors[from].data === null
      )?.inputs[0] ?? tensor
    ),
  };
  return (["inputs", "outputs"] as const).flatMap((edge) => {
    if (plan[edge].join() === wanted[edge].join()) return [];
    return finding(
      `${edge} are tensors ${plan[edge].join(", ")}, needed ${wanted[edge].join(", ")}`,
    );
  });
}

/** A step pads only what a PAD operator that is left out would have padded. */
function checkFolded(plan: Plan, { operators }: Model): PlanFinding[] {
  const padded = new Set(
    plan.removed.map(({ operator }) => operators[operator]).filter((known) => known?.op === "PAD")
      .map((known) => known.outputs[0]),
  );
  return plan.steps.flatMap(({ operator, foldedPadding }, step) => {
    const isMeant = padded.has(operators[operator]?.inputs[0]);
    if (isMeant === (foldedPadding !== null)) return [];
    const message = isMeant
      ? `operator ${operator} does not pad its input, though the PAD before it is left out`
      : `operator ${operator} pads its input, but no PAD before it is left out`;
    return finding(message, { step, operator });
  });
}

/** Whether a step pads what the PAD operator reads, by what that operator pads. */
function padsAlike({ operators, tensors }: Model, step: PlanStep, pad: number): boolean {
  const [input, amounts] = operators[pad].inputs;
  const values = Array.from(
    constantValues(tensors[amounts]) as ArrayLike<number | bigint>,
    Number,
  );
  const { foldedPadding: folded, inputs } = step;
  const user = operators[step.operator];
  if (folded === null || inputs[0] !== input || !("padding" in user.attributes)) return false;
  if (!isWeighted(user) && user.attributes.padding !== "VALID") return false;
  const own = [0, 0, folded.top, folded.bottom, folded.left, folded.right, 0, 0];
  return own.join() === values.join();
}

/** Whether segments and steps agree about each other, and rings with their buffers. */
export function checkSegments({ segments, steps, buffers }: Plan): PlanFinding[] {
  const found: PlanFinding[] = [];
  steps.forEach(({ form, segment, operator }, step) => {
    const owner = segments.findIndex(({ from, until }) => from <= step && step < until);
    if (owner === (segment ?? -1) && (form === "fused") === (owner !== -1)) return;
    const message = `operator ${operator} runs ${form} in segment ${segment}, but step ${step} ` +
      `belongs to segment ${owner === -1 ? null : owner}`;
    found.push(finding(message, { step, operator }));
  });
  segments.forEach(({ from, until, rings }, index) => {
    const next = segments[index + 1]?.from ?? steps.length;
    if (!(from < until && until <= next)) {
      found.push(finding(`segment ${index} has steps ${from} to ${until - 1}, the next ${next}`));
    }
    for (const ring of rings) {
      const { layout, pixelBytes, rows, rowBytes, pixels, mirrorPixels } = ring;
      const buffer = buffers.find(({ id }) => id === ring.buffer);
      const size = layout === "rows" ? rows * rowBytes : (pixels + mirrorPixels) * pixelBytes;
      const isPlaced = buffer !== undefined && buffer.kind === "ring" &&
        buffer.tensors.includes(ring.tensor) && buffer.offsetBytes === ring.offsetBytes &&
        buffer.sizeBytes >= size && buffer.from <= from && until <= buffer.until;
      if (isPlaced && size > 0) continue;
      const message = `the ring of t${ring.tensor} in segment ${index}, ${size} bytes at ` +
        `${ring.offsetBytes}, is not what its buffer ${ring.buffer} says`;
      found.push(finding(message, { step: from, tensor: ring.tensor, byte: ring.offsetBytes }));
    }
  });
  for (const { id, kind } of buffers) {
    if (kind !== "ring" || segments.some(({ rings }) => rings.some((r) => r.buffer === id))) {
      continue;
    }
    found.push(finding(`buffer ${id} is a ring of no segment`));
  }
  return found;
}

/**
 * Something in a plan that does not hold.
 *
 * @category Planner
 */
export interface PlanFinding {
  /** Step of the plan; -1 if it is about the plan as a whole. */
  readonly step: number;
  /** Index of the operator in the model; -1 if none is concerned. */
  readonly operator: number;
  /** Index of the tensor; -1 if none is concerned. */
  readonly tensor: number;
  /** Byte of the arena; -1 if none is concerned. */
  readonly byte: number;
  /** What is wrong, in words. */
  readonly message: string;
}

/** A finding about the plan as a whole, or about what `where` names. */
export function finding(message: string, where: Partial<PlanFinding> = {}): PlanFinding {
  return { step: -1, operator: -1, tensor: -1, byte: -1, ...where, message };
}
