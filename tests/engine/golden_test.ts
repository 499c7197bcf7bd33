import {
  type ConstantArray,
  initialState,
  type Model,
  type ReferenceState,
  runReference,
} from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { golden, goldenModels, read } from "./golden.ts";

const models = goldenModels();

/** Integers byte for byte, float32 within 1e-5 of the expected values' range. */
function assertGolden(actual: ConstantArray, expected: ConstantArray, what: string): void {
  if (!(expected instanceof Float32Array)) return assertEquals(actual, expected, what);
  assert(actual instanceof Float32Array && actual.length === expected.length, what);
  const range = Math.max(...expected) - Math.min(...expected);
  expected.forEach((value, i) => {
    assert(Math.abs(value - actual[i]) <= 1e-5 * range, `${what}: ${actual[i]} at ${i}: ${value}`);
  });
}

/** The inputs of a model from one file; every model of the folder has one input. */
function inputsOf(model: Model, from: { name: string; file: string; frame?: number }) {
  assertEquals(model.inputs.length, 1);
  return [golden(from, model.tensors[model.inputs[0]])];
}

Deno.test({
  name: "there are golden models to compare to (needs ../shared)",
  ignore: models.length === 0,
  fn: () => assertEquals(models.length, 8),
});

for (const { name, model, cases, frames, hasTensors } of models) {
  Deno.test(`${name} gives TensorFlow Lite Micro's outputs`, () => {
    for (const id of cases) {
      const { outputs } = runReference(model, inputsOf(model, { name, file: `input_${id}.bin` }));
      model.outputs.forEach((tensor, i) => {
        const expected = golden({ name, file: `output_${id}.${i}.bin` }, model.tensors[tensor]);
        assertGolden(outputs[i], expected, `input ${id}, output ${i}`);
      });
    }
  });

  if (frames !== null) {
    Deno.test(`${name} keeps its state from frame to frame`, () => {
      let state: ReferenceState = initialState(model);
      for (let frame = 0; frame < frames; frame++) {
        const inputs = inputsOf(model, { name, file: "seq_input.bin", frame });
        const seen = new Map<number, ConstantArray>();
        const onTensor = (index: number, values: ConstantArray) => void seen.set(index, values);
        const result = runReference(model, inputs, { state, onTensor });
        model.outputs.forEach((tensor, i) => {
          const file = `seq_output.${i}.bin`;
          const expected = golden({ name, file, frame }, model.tensors[tensor]);
          assertGolden(result.outputs[i], expected, `frame ${frame}, output ${i}`);
        });
        compareTensors({ name, model, prefix: "seq", frame }, seen);
        state = result.state;
      }
    });
  }

  if (hasTensors) {
    Deno.test(`${name} computes every tensor as TensorFlow Lite Micro does`, () => {
      const seen = new Map<number, ConstantArray>();
      runReference(model, inputsOf(model, { name, file: "input_0.bin" }), {
        onTensor: (index, values) => void seen.set(index, values),
      });
      compareTensors({ name, model, prefix: "input_0", frame: 0 }, seen);
    });
  }
}

function compareTensors(
  { name, model, prefix, frame }: { name: string; model: Model; prefix: string; frame: number },
  seen: ReadonlyMap<number, ConstantArray>,
): void {
  const list: { index: number; file: string; op: string | null }[] = JSON.parse(
    new TextDecoder().decode(read(name, `tensors/${prefix}.tensors.json`)),
  );
  assert(list.length > 1);
  for (const { index, file, op } of list) {
    const actual = seen.get(index);
    assert(actual !== undefined, `tensor ${index} was not computed`);
    const expected = golden({ name, file: `tensors/${file}`, frame }, model.tensors[index]);
    assertGolden(actual, expected, `tensor ${index} of ${op}`);
  }
  // No tensor that an operator writes is left unchecked.
  const known = new Set(list.map(({ index }) => index));
  const missing = model.operators.flatMap(({ outputs }) => outputs)
    .filter((tensor) => !known.has(tensor));
  assertEquals(missing, []);
}
