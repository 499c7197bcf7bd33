// Operators on signals, compiled, against the reference interpreter, run after run.
import * as fc from "fast-check";
import {
  createEngine,
  initialState,
  type OperatorName,
  resetState,
  run,
  runReference,
  runStatus,
} from "../../mod.ts";
import { assertClose } from "../engine/same_as_reference.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { single, tensor } from "../engine/single_operator.ts";
import { type RandomRuns, signalCases, signalRuns } from "./random_signals.ts";

for (const op of Object.keys(signalCases) as OperatorName[]) {
  Deno.test(`a compiled ${op} is the reference's, run after run`, () => {
    fc.assert(fc.property(signalRuns(op), compare), { seed: 20261130, numRuns: 15 });
  });
}

function compare({ model, frames }: RandomRuns): void {
  let state = initialState(model);
  const expected = frames.map((frame) => {
    const result = runReference(model, frame, { state });
    state = result.state;
    return result;
  });
  for (const options of [{ checked: true }, {}, { dsp: true }]) {
    using engine = createEngine(model, options);
    for (let round = 0; round < 2; round++) {
      frames.forEach((frame, i) => {
        const where = `${JSON.stringify(options)}, frame ${i}, round ${round}`;
        const outputs = run(engine, frame);
        outputs.forEach((output, k) => assertClose(output, expected[i].outputs[k], where));
        assertEquals(runStatus(engine), expected[i].status, where);
      });
      // The second round begins as the first one did.
      resetState(engine);
    }
  }
}

Deno.test("threads wait for an operator that ends the run", () => {
  const [input, slots] = [[1, 1, 1, 4], [1, 3, 1, 4]].map((shape) => tensor("int8", shape));
  const model = single("CIRCULAR_BUFFER", { cyclesMax: 2 }, { inputs: [input], outputs: [slots] });
  const relu = { op: "RELU", attributes: {}, version: 1, inputs: [1], outputs: [2] } as const;
  const quantized = { ...slots, quantization: { scales: [1], zeroPoints: [0], axis: 0 } };
  const both = {
    ...model,
    tensors: [input, quantized, quantized],
    operators: [...model.operators, relu],
    outputs: [2],
  };
  using engine = createEngine(both, { threads: 2 });
  const found = [1, -2, 3, 4].map((value) => {
    const [output] = run(engine, [new Int8Array(4).fill(value)]);
    return [runStatus(engine), output[0], output[4], output[8]];
  });
  assertEquals(found, [
    ["aborted", 0, 0, 0],
    ["complete", 0, 1, 0],
    ["aborted", 0, 1, 0],
    ["complete", 0, 3, 4],
  ]);
});

Deno.test("the state of an operator is asked for by its number", () => {
  const samples = tensor("int16", [4]);
  const model = single("SignalDelay", { delayLength: 2 }, {
    inputs: [samples],
    outputs: [samples],
  });
  const input = Int16Array.of(1, 2, 3, 4);
  const { state } = runReference(model, [input]);
  assertEquals([...state], [["operator 0", new Uint8Array(Int16Array.of(3, 4).buffer)]]);
  const refused = () => runReference(model, [input], { state: new Map() });
  assertThrows(refused, TypeError, "no state for operator 0");
});
