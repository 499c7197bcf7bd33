// Operators against outputs of TensorFlow Lite Micro's reference kernels, in a folder next to the
// project that not everybody has.
import { assertEquals, assertThrows } from "../assert.ts";
import { createEngine, elements, readModel, run, runReference, zeroValues } from "../../mod.ts";

const FOLDER = new URL("../../../shared/operators/", import.meta.url);
const OPERATORS = ["DEPTH_TO_SPACE", "MAXIMUM", "MINIMUM", "SPACE_TO_DEPTH"];

interface Golden {
  readonly operator: string;
  readonly file: string;
  readonly frames: number;
  readonly refused?: string;
}

for (const golden of goldens()) {
  const { file, frames, refused } = golden;
  const model = readModel(read(file));
  if (refused !== undefined) {
    Deno.test(`${file} is refused, as TensorFlow Lite Micro does`, () => {
      assertThrows(() => createEngine(model));
    });
    continue;
  }
  Deno.test(`${file} gives TensorFlow Lite Micro's outputs on any number of threads`, () => {
    using checked = createEngine(model, { checked: true });
    using plain = createEngine(model);
    using two = createEngine(model, { threads: 2 });
    using dsp = createEngine(model, { dsp: true });
    const [given, wanted] = ["in", "out"].map((end) => read(file.replace("tflite", end)));
    let [from, at] = [0, 0];
    for (let frame = 0; frame < frames; frame++) {
      const inputs = model.inputs.map((index) => {
        const { dtype, shape } = model.tensors[index];
        const values = zeroValues(dtype, elements(shape));
        const bytes = new Uint8Array(values.buffer);
        bytes.set(given.subarray(from, from + bytes.length));
        from += bytes.length;
        return values;
      });
      const { outputs: [reference] } = runReference(model, inputs);
      const outputs = [
        reference,
        ...[checked, plain, two, dsp].map((each) => run(each, inputs)[0]),
      ];
      for (const { buffer, byteOffset, byteLength } of outputs) {
        const bytes = new Uint8Array(buffer, byteOffset, byteLength);
        assertEquals(bytes, wanted.slice(at, at + byteLength));
      }
      at += reference.byteLength;
    }
    assertEquals(at, wanted.length);
  });
}

function goldens(): readonly Golden[] {
  try {
    const index = JSON.parse(Deno.readTextFileSync(new URL("index.json", FOLDER)));
    const all: readonly Golden[] = Array.isArray(index) ? index : index.models;
    return all.filter(({ operator }) => OPERATORS.includes(operator));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function read(file: string): Uint8Array {
  return Deno.readFileSync(new URL(file, FOLDER));
}
