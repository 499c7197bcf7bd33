// What operators keep, end and fold, in graphs that run subgraphs.
import {
  type ConstantArray,
  createEngine,
  EngineError,
  initialState,
  type Model,
  type ModelTensor,
  type Operator,
  planMemory,
  resetState,
  run,
  runReference,
  runStatus,
  type Subgraph,
  validatePlan,
} from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { constant, tensor } from "../engine/single_operator.ts";

const truth = tensor("bool", [1]);

function operator(
  op: Operator["op"],
  [inputs, outputs]: readonly [readonly number[], readonly number[]],
  attributes: unknown = {},
): Operator {
  return { op, version: 1, attributes, inputs, outputs } as unknown as Operator;
}

function graph(tensors: readonly ModelTensor[], rest: Omit<Subgraph, "tensors" | "name">) {
  return { name: "", tensors, ...rest };
}

/** A main graph that has three others behind it at most. */
function modelOf(main: Subgraph, ...otherSubgraphs: readonly Subgraph[]): Model {
  return { ...main, description: "", metadata: [], signatures: [], otherSubgraphs, lost: [] };
}

/** The same outputs and ends in every engine as in the reference, twice; what they were. */
function compare(model: Model, frames: readonly (readonly ConstantArray[])[]) {
  let state = initialState(model);
  const wanted = frames.map((frame) => {
    const { outputs, status, state: next } = runReference(model, frame, { state });
    state = next;
    return { outputs, status };
  });
  const plain = planMemory(model, { techniques: [] });
  for (const options of [{ checked: true }, { plan: plain }, { threads: 2 }, { dsp: true }]) {
    using engine = createEngine(model, options);
    for (let round = 0; round < 2; round++) {
      const found = frames.map((frame) => ({
        outputs: run(engine, frame),
        status: runStatus(engine),
      }));
      assertEquals(found, wanted, `${Object.keys(options)}, round ${round}`);
      resetState(engine);
    }
  }
  return wanted.map(({ outputs: [output], status }) => [status, ...output]);
}

const samples = tensor("int16", [2]);
const delayed = graph([samples, samples], {
  operators: [operator("SignalDelay", [[0], [1]], { delayLength: 3 })],
  inputs: [0],
  outputs: [1],
});

Deno.test("an operator of a subgraph keeps its own, wherever the subgraph stands", () => {
  const calls = { thenSubgraphIndex: 1, elseSubgraphIndex: 1 };
  const main = graph([truth, samples, samples], {
    operators: [operator("IF", [[0, 1], [2]], calls)],
    inputs: [0, 1],
    outputs: [2],
  });
  const model = modelOf(main, delayed);
  const frames = [1, 0, 0, 1].map((c, i) => [Uint8Array.of(c), Int16Array.of(2 * i, 2 * i + 1)]);
  assertEquals(compare(model, frames).map(([, ...values]) => values), [
    [0, 0],
    [0, 0],
    [1, 2],
    [3, 4],
  ]);
  assertEquals(planMemory(model).stateBytes, 6);
  assertEquals([...initialState(model).keys()], ["operator 1"]);
});

Deno.test("state of subgraphs that nothing runs is not there", () => {
  const main = graph([samples, samples], {
    operators: [operator("RESHAPE", [[0], [1]], { newShape: [2] })],
    inputs: [0],
    outputs: [1],
  });
  const model = modelOf(main, delayed);
  assertEquals([planMemory(model).stateBytes, initialState(model).size], [0, 0]);
});

const [row, slots] = [[1, 1, 1, 2], [1, 3, 1, 2]].map((shape) => tensor("int8", shape));
const buffer = (places: readonly [readonly number[], readonly number[]]) =>
  operator("CIRCULAR_BUFFER", places, { cyclesMax: 2 });
const quantized = { ...slots, quantization: { scales: [1], zeroPoints: [0], axis: 0 } };
const clamped = graph([quantized, quantized], {
  operators: [operator("RELU", [[0], [1]])],
  inputs: [0],
  outputs: [1],
});

Deno.test("a run that ends early does not go on to the branches behind", () => {
  const calls = { thenSubgraphIndex: 1, elseSubgraphIndex: 1 };
  const main = graph([truth, row, slots, slots], {
    operators: [buffer([[1], [2]]), operator("IF", [[0, 2], [3]], calls)],
    inputs: [0, 1],
    outputs: [3],
  });
  const frames = [1, -2, 3, 4].map((value) => [Uint8Array.of(1), new Int8Array(2).fill(value)]);
  const found = compare(modelOf(main, clamped), frames);
  assertEquals(found.map(([status, first, , second, , third]) => [status, first, second, third]), [
    ["aborted", 0, 0, 0],
    ["complete", 0, 1, 0],
    ["aborted", 0, 1, 0],
    ["complete", 0, 3, 4],
  ]);
});

Deno.test("only operators of the main graph may end a run", () => {
  const ends = graph([row, slots], { operators: [buffer([[0], [1]])], inputs: [0], outputs: [1] });
  const calls = { thenSubgraphIndex: 1, elseSubgraphIndex: 1 };
  const main = graph([truth, row, slots], {
    operators: [operator("IF", [[0, 1], [2]], calls)],
    inputs: [0, 1],
    outputs: [2],
  });
  assertThrows(() => createEngine(modelOf(main, ends)), EngineError, "in subgraph 1: ");
});

Deno.test("what is known before a subgraph runs is folded there, too", () => {
  const values = tensor("float32", [3]);
  const sum = { activation: "NONE", potScaleInt16: false };
  const added = graph(
    [
      values,
      constant("float32", Float32Array.of(1, 2, 3)),
      constant("float32", Float32Array.of(10, 20, 30)),
      values,
      values,
    ],
    {
      operators: [operator("ADD", [[1, 2], [3]], sum), operator("ADD", [[0, 3], [4]], sum)],
      inputs: [0],
      outputs: [4],
    },
  );
  const calls = { thenSubgraphIndex: 1, elseSubgraphIndex: 1 };
  const main = graph([truth, values, values], {
    operators: [operator("IF", [[0, 1], [2]], calls)],
    inputs: [0, 1],
    outputs: [2],
  });
  const model = modelOf(main, added);
  const plan = planMemory(model);
  assertEquals(validatePlan(plan, model), []);
  assertEquals(plan.subgraphs![0].plan.removed.map(({ operator }) => operator), [0]);
  assertEquals(plan.flash.weightsBytes, 12);
  assertEquals(compare(model, [[Uint8Array.of(1), Float32Array.of(100, 200, 300)]]), [
    ["complete", 111, 222, 333],
  ]);
});

Deno.test("what is not known of a subgraph is not known of the plan that runs it", () => {
  const secret = { opName: "Secret", code: 32, optionTable: null, customOptions: null };
  const opaque = { ...operator("OPAQUE", [[0], [1]]), ...secret } as Operator;
  const inner = graph([samples, samples], { operators: [opaque], inputs: [0], outputs: [1] });
  const calls = { thenSubgraphIndex: 1, elseSubgraphIndex: 1 };
  const main = graph([truth, samples, samples], {
    operators: [operator("IF", [[0, 1], [2]], calls)],
    inputs: [0, 1],
    outputs: [2],
  });
  const { unknown, optimal } = planMemory(modelOf(main, inner));
  assertEquals(unknown, [
    "in subgraph 1: scratch memory, state and multiply-accumulates of Secret (operator 0)",
  ]);
  assert(!optimal);
});
