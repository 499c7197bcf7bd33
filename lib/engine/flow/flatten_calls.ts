import type { Model, Subgraph } from "../../model/model.ts";
import { type Operator, operatorName } from "../../model/operator.ts";
import { type RunState, runStateOf } from "../../model/run_state.ts";
import { sizeBytes } from "../../model/shape.ts";
import { graphsOf, reachable } from "../../model/subgraphs.ts";
import type { Tensor } from "../../model/tensor.ts";
import type { Plan, PlanBuffer, PlanStep } from "../../plan/plan.ts";
import { EngineError } from "../engine_error.ts";
import { preparedModel } from "../reference/prepared_model.ts";
import type { FlatProgram, FlowNode } from "./flow.ts";
import { type Instance, movedBuffers, movedTo, plain } from "./instance.ts";

/** Most steps of a program: subgraphs that run others twice double them each time. */
const MOST_STEPS = 50_000;

/** Operators that are more than a kernel. */
const FLOW = ["VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE", "IF", "WHILE"];

/**
 * Puts the steps of subgraphs in the places where they run, of the model as it is prepared.
 *
 * @throws {EngineError} for more steps than a program may have.
 */
export function flattenCalls(of: Model, plan: Plan): FlatProgram {
  const model = preparedModel(of);
  const given = { model, plan };
  if (!model.operators.some(({ op }) => FLOW.includes(op))) {
    const originOf = plan.steps.map((_, step) => step);
    return { model, plan, given, flow: null, originOf, keptWith: (operator) => operator };
  }
  return new Flattener(model, plan).flatten();
}

class Flattener {
  readonly #given: { readonly model: Model; readonly plan: Plan };
  readonly #graphs: readonly Subgraph[];
  readonly #state: RunState;
  readonly #plans: ReadonlyMap<number, Plan>;
  readonly #tensors: Tensor[];
  readonly #operators: Operator[];
  readonly #steps: PlanStep[] = [];
  readonly #buffers: PlanBuffer[] = [];
  readonly #originOf: number[] = [];
  readonly #twins = new Map<number, number>();
  readonly #seen = new Set<number>();
  #origin = 0;
  #instances = 0;

  constructor(model: Model, plan: Plan) {
    this.#given = { model, plan };
    this.#graphs = graphsOf(model);
    this.#state = runStateOf(model);
    this.#plans = new Map((plan.subgraphs ?? []).map((each) => [each.subgraph, each.plan]));
    const reached = new Set(reachable(model));
    this.#tensors = this.#graphs.flatMap(({ tensors }, graph) =>
      reached.has(graph) ? tensors : tensors.map((each) => ({ ...each, isVariable: false }))
    );
    for (const [number, tensor] of this.#state.tensors) this.#tensors[number] = tensor;
    this.#operators = [...reached].flatMap((graph) =>
      this.#graphs[graph].operators.map((operator) =>
        movedTo(operator, (own) => this.#state.first[graph] + own)
      )
    );
  }

  flatten(): FlatProgram {
    const { model, plan } = this.#given;
    const main = this.#instance(0, plan, 0);
    const { nodes, starts } = this.#emitGraph(main);
    this.#buffers.push(...movedBuffers(main, starts, [0, Math.max(1, this.#steps.length)]));
    const shifted = plan.segments.map((segment) => {
      const from = starts[segment.from];
      return { ...segment, from, until: from + segment.until - segment.from };
    });
    return {
      given: this.#given,
      model: { ...model, tensors: this.#tensors, operators: this.#operators, otherSubgraphs: [] },
      plan: {
        ...plan,
        steps: this.#steps,
        buffers: this.#buffers,
        segments: shifted,
        subgraphs: undefined,
      },
      flow: nodes,
      originOf: this.#originOf,
      keptWith: (operator) => this.#twins.get(operator) ?? operator,
    };
  }

  /** A graph where it runs; the second time it does, with tensors and operators of its own. */
  #instance(graph: number, plan: Plan, base: number): Instance {
    const number = this.#instances++;
    const prefix = number === 0 ? "" : `g${number}.`;
    const firstTensor = this.#state.first[graph];
    const firstOperator = this.#state.firstOperator[graph];
    if (!this.#seen.has(graph)) {
      this.#seen.add(graph);
      const tensor = (own: number) => firstTensor + own;
      return { graph, plan, base, prefix, tensor, operator: (own) => firstOperator + own };
    }
    const { tensors, operators } = this.#graphs[graph];
    const places = tensors.map((each, own) =>
      each.data !== null || each.isVariable ? firstTensor + own : this.#tensors.push(each) - 1
    );
    const tensor = (own: number) => places[own];
    const first = this.#operators.length;
    operators.forEach((_, own) => this.#twins.set(first + own, firstOperator + own));
    this.#operators.push(...operators.map((operator) => movedTo(operator, tensor)));
    return { graph, plan, base, prefix, tensor, operator: (own) => first + own };
  }

  #emitGraph(
    instance: Instance,
  ): { readonly nodes: readonly FlowNode[]; readonly starts: number[] } {
    const starts: number[] = [];
    const nodes = instance.plan.steps.flatMap((step, index) => {
      if (instance.prefix === "") this.#origin = index;
      starts.push(this.#steps.length);
      return this.#emitStep(instance, step);
    });
    return { nodes, starts };
  }

  #emitStep(instance: Instance, step: PlanStep): readonly FlowNode[] {
    const { graph, tensor, prefix } = instance;
    const operator = this.#graphs[graph].operators[step.operator];
    const moved = (tensors: readonly number[]) =>
      tensors.map((each) => each === -1 ? -1 : tensor(each));
    const [inputs, outputs] = [moved(step.inputs), moved(step.outputs)];
    const behind = this.#state.behind(graph, step.operator)!;
    const call = (subgraph: number, from: readonly number[], to: readonly number[]) =>
      this.#call(subgraph, { caller: instance, step, from, to });
    switch (operator.op) {
      case "VAR_HANDLE":
        return [];
      case "READ_VARIABLE":
        return this.#copy(operator, [behind], outputs);
      case "ASSIGN_VARIABLE":
        return this.#copy(operator, [inputs[1]], [behind]);
      case "CALL_ONCE": {
        const { nodes } = call(operator.attributes.initSubgraphIndex, [], []);
        return [{ kind: "once", flag: { tensor: behind, step: this.#last() }, body: nodes }];
      }
      case "IF": {
        const [condition, ...given] = inputs;
        const { thenSubgraphIndex, elseSubgraphIndex } = operator.attributes;
        const byte = { tensor: condition, step: this.#steps.length };
        const then = call(thenSubgraphIndex, given, outputs).nodes;
        const otherwise = call(elseSubgraphIndex, given, outputs).nodes;
        return [{
          kind: "if",
          condition: { ...byte, step: Math.min(byte.step, this.#last()) },
          then,
          otherwise,
        }];
      }
      case "WHILE": {
        const { condSubgraphIndex, bodySubgraphIndex } = operator.attributes;
        const start = this.#copy(operator, inputs, outputs);
        const test = call(condSubgraphIndex, outputs, []);
        const condition = { tensor: test.outputs[0], step: this.#last() };
        const body = call(bodySubgraphIndex, outputs, outputs).nodes;
        return [...start, { kind: "while", test: test.nodes, condition, body }];
      }
      default:
        return this.#push({
          ...step,
          operator: instance.operator(step.operator),
          inputs,
          outputs,
          scratch: step.scratch.map((id) => prefix + id),
          ring: step.ring === null ? null : prefix + step.ring,
        });
    }
  }

  /** A subgraph's steps between copies of what it is given and of what it gives. */
  #call(
    subgraph: number,
    { caller, step, from, to }: {
      readonly caller: Instance;
      readonly step: PlanStep;
      readonly from: readonly number[];
      readonly to: readonly number[];
    },
  ): { readonly nodes: readonly FlowNode[]; readonly outputs: readonly number[] } {
    const room = caller.plan.buffers.find(({ id }) => id === step.scratch[0]);
    const base = caller.base + (room?.offsetBytes ?? 0);
    const instance = this.#instance(subgraph, this.#plans.get(subgraph)!, base);
    const graph = this.#graphs[subgraph];
    const operator = this.#graphs[caller.graph].operators[step.operator];
    const first = this.#steps.length;
    const outputs = graph.outputs.map(instance.tensor);
    const before = this.#copy(operator, from, graph.inputs.map(instance.tensor));
    const { nodes, starts } = this.#emitGraph(instance);
    const after = this.#copy(operator, outputs.slice(0, to.length), to);
    const span = [first, Math.max(first + 1, this.#steps.length)] as const;
    this.#buffers.push(...movedBuffers(instance, starts, span));
    // Kernels of subgraphs find no free bytes in the arena: what their callers hold, is not theirs.
    this.#buffers.push({
      ...{ id: `${instance.prefix}callers`, kind: "scratch", name: "of the callers", tensors: [] },
      ...{ offsetBytes: 0, sizeBytes: this.#given.plan.peakBytes, alignmentBytes: 1 },
      ...{ from: span[0], until: span[1], shares: [] },
    });
    return { nodes: [...before, ...nodes, ...after], outputs };
  }

  /** A step that copies tensors to others of the same size. */
  #copy(operator: Operator, from: readonly number[], to: readonly number[]): readonly FlowNode[] {
    const pairs = from.flatMap((source, i) => {
      const { dtype } = this.#tensors[to[i]];
      const isMoved = sizeBytes(this.#tensors[to[i]]) > 0 && dtype !== "resource";
      return isMoved ? [[source, to[i]] as const] : [];
    });
    if (pairs.length === 0) return [];
    const operands = {
      inputs: pairs.map(([each]) => each),
      outputs: pairs.map(([, each]) => each),
    };
    const copy = this.#operators.push({ ...operator, ...operands }) - 1;
    return this.#push({ ...plain, ...operands, operator: copy, name: operatorName(operator) });
  }

  #push(step: PlanStep): readonly FlowNode[] {
    this.#originOf.push(this.#origin);
    const index = this.#steps.push(step) - 1;
    if (index < MOST_STEPS) return [{ kind: "step", step: index }];
    throw new EngineError(`subgraphs run ${MOST_STEPS} steps or more, needed fewer`);
  }

  #last(): number {
    return Math.max(0, this.#steps.length - 1);
  }
}
