import type { Operator } from "../../model/operator.ts";
import type { Plan, PlanBuffer, PlanStep } from "../../plan/plan.ts";

/** A graph of the program: which tensors its own are there, and where its arena begins. */
export interface Instance {
  readonly graph: number;
  readonly plan: Plan;
  readonly base: number;
  readonly tensor: (own: number) => number;
  readonly operator: (own: number) => number;
  /** What ids of its buffers begin with. */
  readonly prefix: string;
}

/** How a step runs that only copies. */
export const plain: Omit<PlanStep, "operator" | "name" | "inputs" | "outputs"> = {
  form: "plain",
  direction: "forward",
  pixelsAtOnce: null,
  delayPixels: 0,
  channelsAtOnce: null,
  foldedPadding: null,
  segment: null,
  scratch: [],
  ring: null,
};

/** An operator on other tensors. */
export function movedTo(operator: Operator, place: (tensor: number) => number): Operator {
  const moved = (tensors: readonly number[]) =>
    tensors.map((each) => each === -1 ? -1 : place(each));
  return { ...operator, inputs: moved(operator.inputs), outputs: moved(operator.outputs) };
}

/**
 * The buffers of a graph where it runs, in steps of the whole program; what it is given and gives lives
 * from the first copy to the last.
 */
export function movedBuffers(
  { plan, base, prefix, tensor }: Instance,
  /** Where each step of its plan begins. */
  starts: readonly number[],
  [first, end]: readonly [number, number],
): readonly PlanBuffer[] {
  return plan.buffers.map((buffer) => {
    const from = buffer.from === 0 ? first : starts[buffer.from] ?? first;
    return {
      ...buffer,
      id: prefix + buffer.id,
      tensors: buffer.tensors.map(tensor),
      offsetBytes: base + buffer.offsetBytes,
      from,
      until: Math.max(from + 1, starts[buffer.until] ?? end),
      shares: buffer.shares.map((each) => ({
        ...each,
        buffer: prefix + each.buffer,
        step: starts[each.step] ?? first,
      })),
    };
  });
}
