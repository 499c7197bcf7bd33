// Plans of a model of one operator that lay its output on its input in several ways.
import { type Model, type Plan, planMemory, validatePlan } from "../../mod.ts";

/**
 * A plan without shared bytes, the smallest one with the operator run in any case, and that one with
 * the output moved some elements from its input, forward and in reverse, where that is valid.
 */
export function overlappingPlans(model: Model): readonly Plan[] {
  const plain = planMemory(model, { techniques: ["optimal-offsets"] });
  const smallest = planMemory(model, { techniques: ["optimal-offsets", "overlap"] });
  // The distance is another one from model to model.
  const turn = plain.peakBytes % DISTANCES.length;
  const moved = [...DISTANCES.slice(turn), ...DISTANCES.slice(0, turn)]
    .flatMap((elements) => movedPlans(smallest, elements));
  const valid = (["forward", "reverse"] as const).map((direction) =>
    moved.find((plan) =>
      plan.steps[0].direction === direction && validatePlan(plan, model).length === 0
    )
  );
  return [plain, smallest, ...valid.filter((plan) => plan !== undefined)];
}

const DISTANCES = [-3, -1, 0, 1, 3];

function movedPlans(plan: Plan, elements: number): readonly Plan[] {
  const [step] = plan.steps;
  const output = plan.buffers.find(({ tensors }) => tensors.includes(step.outputs[0]));
  const input = plan.buffers.find(({ id }) => output?.shares[0]?.buffer === id);
  if (output === undefined || input === undefined) return [];
  const unit = Math.max(output.alignmentBytes, input.alignmentBytes, 4);
  const room = 4 * unit + output.sizeBytes;
  const base = Math.ceil((input.offsetBytes + room) / 8) * 8;
  return (["forward", "reverse"] as const).map((direction) => ({
    ...plan,
    peakBytes: plan.peakBytes + 2 * room + 8 * unit + input.sizeBytes,
    steps: [{ ...step, direction }],
    buffers: plan.buffers.map((buffer) => {
      if (buffer === input) return { ...buffer, offsetBytes: base };
      if (buffer === output) return { ...buffer, offsetBytes: base + elements * unit };
      return buffer;
    }),
  }));
}
