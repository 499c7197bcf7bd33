import type { Model } from "../../model/model.ts";
import type { Plan } from "../../plan/plan.ts";

/** What runs after what: steps in order, some of them under a condition, again and again, or once. */
export type FlowNode =
  | { readonly kind: "step"; readonly step: number }
  | {
    readonly kind: "if";
    readonly condition: FlowByte;
    readonly then: readonly FlowNode[];
    readonly otherwise: readonly FlowNode[];
  }
  | {
    readonly kind: "while";
    /** What gives the condition. */
    readonly test: readonly FlowNode[];
    readonly condition: FlowByte;
    readonly body: readonly FlowNode[];
  }
  | { readonly kind: "once"; readonly flag: FlowByte; readonly body: readonly FlowNode[] };

/** A tensor of one byte that decides, and the step after which it is read. */
export interface FlowByte {
  readonly tensor: number;
  readonly step: number;
}

/**
 * A model and its plan as kernels are made from them: one graph, in one arena, with the steps of
 * subgraphs in the places where they are run.
 *
 * Tensors are numbered as in `RunState`, and those of a subgraph that stands there again come after
 * them. What IF and WHILE hand over are steps of their own, which copy.
 */
export interface FlatProgram {
  readonly model: Model;
  readonly plan: Plan;
  /** What it was made from. */
  readonly given: { readonly model: Model; readonly plan: Plan };
  /** The order of steps; null: one after the other. */
  readonly flow: readonly FlowNode[] | null;
  /** The step of the given plan that each step belongs to. */
  readonly originOf: readonly number[];
  /** For each operator the one that it is: another one where a subgraph stands again. */
  readonly keptWith: (operator: number) => number;
}
