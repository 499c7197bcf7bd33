// Models with branches, loops and variables, from a tape of choices.
import type { Model, ModelTensor, Operator, Subgraph } from "../../mod.ts";
import { constant, tensor } from "../engine/single_operator.ts";

/** Reads choices one after the other, again from the start at the end. */
export class Tape {
  readonly #choices: readonly number[];
  #at = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  next(below: number): number {
    return this.#choices[this.#at++ % this.#choices.length] % below;
  }
}

/** A graph that is written operator by operator. */
class GraphWriter {
  readonly tensors: ModelTensor[] = [];
  readonly operators: Operator[] = [];

  add(tensor: ModelTensor): number {
    return this.tensors.push(tensor) - 1;
  }

  run(
    op: Operator["op"],
    inputs: readonly number[],
    outputs: readonly ModelTensor[],
    attributes: unknown = {},
  ): number[] {
    const written = outputs.map((each) => this.add(each));
    const operator = { op, version: 1, attributes, inputs, outputs: written };
    this.operators.push(operator as unknown as Operator);
    return written;
  }

  graph(inputs: readonly number[], outputs: readonly number[]): Subgraph {
    return { name: "", tensors: this.tensors, operators: this.operators, inputs, outputs };
  }
}

const DEPTH = 2;

/** All that a graph goes on from: two tensors and a truth value. */
interface State {
  readonly x: number;
  readonly y: number;
  readonly c: number;
}

/** A model whose main graph and subgraphs take and give two tensors and a truth value. */
export function randomFlow(choices: readonly number[], sizes: readonly number[]): Model {
  const tape = new Tape(choices);
  const values = tensor("float32", [1, sizes[tape.next(sizes.length)]]);
  const truth = tensor("bool", [1]);
  const subgraphs: Subgraph[] = [];
  const number = (graph: Subgraph) => subgraphs.push(graph);

  /** A subgraph's number: a new one, or one that others run, too. */
  const callee = (depth: number): number => {
    const known = made.get(depth);
    if (known !== undefined && tape.next(3) === 0) return known;
    const graph = number(written(depth));
    made.set(depth, graph);
    return graph;
  };
  const made = new Map<number, number>();

  function written(depth: number): Subgraph {
    const g = new GraphWriter();
    const [x, y, c] = [values, values, truth].map((each) => g.add(each));
    let state: State = { x, y, c };
    for (let left = 1 + tape.next(4); left > 0; left--) state = step(g, state, depth);
    return g.graph([x, y, c], [state.x, state.y, state.c]);
  }

  function step(g: GraphWriter, { x, y, c }: State, depth: number): State {
    const choice = tape.next(depth < DEPTH ? 10 : 6);
    const pot = { activation: "NONE", potScaleInt16: true };
    switch (choice) {
      case 0:
        return { x: g.run("ADD", [x, y], [values], pot)[0], y, c };
      case 1:
        return { x: g.run("MAXIMUM", [x, y], [values])[0], y: x, c };
      case 2:
        return { x: y, y: x, c };
      case 3:
        return { x, y: g.run("NEG", [x], [values])[0], c: g.run("LOGICAL_NOT", [c], [truth])[0] };
      case 4: {
        const read = g.run("READ_VARIABLE", [handle(g)], [values])[0];
        return { x: g.run("MINIMUM", [x, read], [values])[0], y, c };
      }
      case 5:
        g.run("ASSIGN_VARIABLE", [handle(g), y], []);
        return { x, y, c };
      case 6:
      case 7: {
        const attributes = {
          thenSubgraphIndex: callee(depth + 1),
          elseSubgraphIndex: callee(depth + 1),
        };
        const results = g.run("IF", [c, x, y, c], [values, values, truth], attributes);
        return { x: results[0], y: results[1], c: results[2] };
      }
      case 8:
        return loop(g, { x, y, c }, depth);
      default: {
        g.run("CALL_ONCE", [], [], { initSubgraphIndex: number(initial()) });
        return { x, y, c };
      }
    }
  }

  /** As many turns of a subgraph as a constant says. */
  function loop(g: GraphWriter, { x, y, c }: State, depth: number): State {
    const counter = tensor("int32", [1]);
    const count = (value: number) => constant("int32", Int32Array.of(value));
    const cond = new GraphWriter();
    const given = [counter, values, values, truth].map((each) => cond.add(each));
    const goesOn = cond.run("LESS", [given[0], cond.add(count(tape.next(4)))], [truth]);
    const condSubgraphIndex = number(cond.graph(given, goesOn));
    const body = new GraphWriter();
    const own = [counter, values, values, truth].map((each) => body.add(each));
    const pot = { activation: "NONE", potScaleInt16: true };
    const [next] = body.run("ADD", [own[0], body.add(count(1))], [counter], pot);
    const state = step(body, { x: own[1], y: own[2], c: own[3] }, depth + 1);
    const turned = [next, state.x, state.y, state.c];
    const bodySubgraphIndex = number(body.graph(own, turned));
    const start = g.add(count(0));
    const results = g.run("WHILE", [start, x, y, c], [counter, values, values, truth], {
      condSubgraphIndex,
      bodySubgraphIndex,
    });
    return { x: results[1], y: results[2], c: results[3] };
  }

  function initial(): Subgraph {
    const g = new GraphWriter();
    const data = Float32Array.from({ length: values.shape[1] }, (_, i) => i - 7);
    g.run(
      "ASSIGN_VARIABLE",
      [handle(g), g.add(constant("float32", data, { shape: values.shape }))],
      [],
    );
    return g.graph([], []);
  }

  function handle(g: GraphWriter): number {
    const attributes = { container: "", sharedName: `v${tape.next(2)}` };
    return g.run("VAR_HANDLE", [], [tensor("resource", [])], attributes)[0];
  }

  return {
    ...written(0),
    description: "",
    metadata: [],
    signatures: [],
    otherSubgraphs: subgraphs,
    lost: [],
  };
}
