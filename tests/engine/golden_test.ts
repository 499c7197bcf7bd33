import {
  type ConstantArray,
  createEngine,
  elements,
  initialState,
  type Model,
  readModel,
  type ReferenceState,
  run,
  runReference,
  zeroValues,
} from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { golden, type GoldenModel, goldenModels, read } from "./golden.ts";
import { carried, type Place, places, shared } from "../shared_files.ts";

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
function inputsOf(model: Model, of: Parameters<typeof golden>[0]) {
  assertEquals(model.inputs.length, 1);
  return [golden(of, model.tensors[model.inputs[0]])];
}

Deno.test("there are golden models to compare to", () => {
  assertEquals(goldenModels([carried]).length, 5);
  if (shared !== null) assertEquals(goldenModels([shared]).length, 8);
});

for (const place of places) for (const each of goldenModels([place])) testModel(place, each);

function testModel(
  place: Place,
  { name: folder, model, cases, frames, hasTensors }: GoldenModel,
): void {
  const of = { name: folder, from: [place] };
  const name = `${place.name}/models/${folder}`;
  Deno.test(`${name} gives TensorFlow Lite Micro's outputs`, () => {
    assert(cases.length > 0);
    for (const id of cases) {
      const { outputs } = runReference(model, inputsOf(model, { ...of, file: `input_${id}.bin` }));
      model.outputs.forEach((tensor, i) => {
        const expected = golden({ ...of, file: `output_${id}.${i}.bin` }, model.tensors[tensor]);
        assertGolden(outputs[i], expected, `input ${id}, output ${i}`);
      });
    }
  });

  if (frames !== null) {
    Deno.test(`${name} keeps its state from frame to frame`, () => {
      let state: ReferenceState = initialState(model);
      for (let frame = 0; frame < frames; frame++) {
        const inputs = inputsOf(model, { ...of, file: "seq_input.bin", frame });
        const seen = new Map<number, ConstantArray>();
        const onTensor = (index: number, values: ConstantArray) => void seen.set(index, values);
        const result = runReference(model, inputs, { state, onTensor });
        model.outputs.forEach((tensor, i) => {
          const file = `seq_output.${i}.bin`;
          const expected = golden({ ...of, file, frame }, model.tensors[tensor]);
          assertGolden(result.outputs[i], expected, `frame ${frame}, output ${i}`);
        });
        compareTensors({ ...of, model, prefix: "seq", frame }, seen);
        state = result.state;
      }
    });
  }

  if (hasTensors) {
    Deno.test(`${name} computes every tensor as TensorFlow Lite Micro does`, () => {
      const seen = new Map<number, ConstantArray>();
      runReference(model, inputsOf(model, { ...of, file: "input_0.bin" }), {
        onTensor: (index, values) => void seen.set(index, values),
      });
      compareTensors({ ...of, model, prefix: "input_0", frame: 0 }, seen);
    });
  }
}

for (const place of places) {
  const files = place.names("cases/files").filter((file) => file.endsWith(".tflite"));
  Deno.test(`${place.name}/cases/files give TensorFlow Lite Micro's outputs`, () => {
    assert(files.length > 10);
    for (const file of files) testCase(place, file.replace(/\.tflite$/, ""));
  });
}

/** The reference and the engine on every input of a small file, one after the other. */
function testCase(place: Place, name: string): void {
  const read = (end: string) => place.read(`cases/files/${name}.${end}`);
  const model = readModel(read("tflite")!);
  let state = initialState(model);
  using engine = createEngine(model, { checked: true });
  for (let i = 0, given = read(`in_${i}.bin`); given !== null; given = read(`in_${++i}.bin`)) {
    let at = 0;
    const frame = model.inputs.map((index) => {
      const { dtype, shape } = model.tensors[index];
      const values = zeroValues(dtype, elements(shape));
      new Uint8Array(values.buffer).set(given!.subarray(at, at + values.byteLength));
      at += values.byteLength;
      return values;
    });
    assertEquals(at, given.length, name);
    const reference = runReference(model, frame, { state });
    state = reference.state;
    for (const outputs of [reference.outputs, run(engine, frame)]) {
      const right = read(`tflm_${i}.bin`)!;
      const found = outputs.flatMap(({ buffer, byteOffset, byteLength }) => [
        ...new Uint8Array(buffer, byteOffset, byteLength),
      ]);
      assertEquals(found, [...right], `${name}, input ${i}`);
    }
  }
}

function compareTensors(
  { name, from, model, prefix, frame }: {
    readonly name: string;
    readonly from: readonly Place[];
    readonly model: Model;
    readonly prefix: string;
    readonly frame: number;
  },
  seen: ReadonlyMap<number, ConstantArray>,
): void {
  const list: { index: number; file: string; op: string | null }[] = JSON.parse(
    new TextDecoder().decode(read(name, `tensors/${prefix}.tensors.json`, from)),
  );
  assert(list.length > 1);
  for (const { index, file, op } of list) {
    const actual = seen.get(index);
    assert(actual !== undefined, `tensor ${index} was not computed`);
    const expected = golden({ name, from, file: `tensors/${file}`, frame }, model.tensors[index]);
    assertGolden(actual, expected, `tensor ${index} of ${op}`);
  }
  // No tensor that an operator writes is left unchecked.
  const known = new Set(list.map(({ index }) => index));
  const missing = model.operators.flatMap(({ outputs }) => outputs)
    .filter((tensor) => !known.has(tensor));
  assertEquals(missing, []);
}
