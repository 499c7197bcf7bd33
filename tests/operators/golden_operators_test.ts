// Operators against outputs of TensorFlow Lite Micro's reference kernels, in a folder next to the
// project that not everybody has.
import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  createEngine,
  elements,
  type Model,
  operatorName,
  readModel,
  run,
  runReference,
  supportedOperators,
  zeroValues,
} from "../../mod.ts";

const FOLDER = new URL("../../../shared/operators/", import.meta.url);

interface Golden {
  readonly operator: string;
  readonly file: string;
  readonly frames: number;
  readonly exact?: "bits" | "libm";
  readonly refused?: string;
}

// One model alone: GOLDEN=ABS/03 deno test -A tests/operators/golden_operators_test.ts
const only = Deno.env.get("GOLDEN") ?? "";
for (const golden of goldens()) {
  const { file, refused } = golden;
  if (!file.includes(only)) continue;
  const name = refused === undefined ? "gives TensorFlow Lite Micro's outputs" : "is refused";
  Deno.test(`${file} ${name}`, () => {
    if (refused === undefined) compare(golden);
    else assertThrows(() => createEngine(readModel(read(file))));
  });
}

/** The reference and the engine, on one thread and two, with and without checks, frame by frame. */
function compare({ file, frames, exact }: Golden): void {
  const model = readModel(read(file));
  using checked = createEngine(model, { checked: true });
  using plain = createEngine(model);
  using two = createEngine(model, { threads: 2 });
  using dsp = createEngine(model, { dsp: true });
  const engines = { checked, plain, two, dsp };
  const [given, wanted] = ["in", "out"].map((end) => read(file.replace("tflite", end)));
  const mask = maskOf(file);
  let state: ReturnType<typeof runReference>["state"] | undefined;
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
    const reference = runReference(model, inputs, { state });
    state = reference.state;
    const found = {
      reference: reference.outputs,
      ...Object.fromEntries(
        Object.entries(engines).map(([name, each]) => [name, run(each, inputs)]),
      ),
    };
    model.outputs.forEach((tensor, output) => {
      const { byteLength } = reference.outputs[output];
      const right = wanted.slice(at, at + byteLength);
      const counts = mask?.subarray(at, at + byteLength) ?? null;
      for (const [name, outputs] of Object.entries(found)) {
        const { buffer, byteOffset } = outputs[output];
        const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
        if (counts !== null) bytes.forEach((_, i) => counts[i] === 0 && (bytes[i] = right[i]));
        const isExact = model.tensors[tensor].dtype !== "float32" ||
          exact === "bits" && name === "reference";
        const where = `frame ${frame}, output ${output}, ${name}`;
        if (isExact) assertEquals(bytes, right, where);
        else assertClose(new Float32Array(bytes.buffer), new Float32Array(right.buffer), where);
      }
      at += byteLength;
    });
  }
  assertEquals(at, wanted.length);
}

/** Within 1e-5 of the range of what is right; infinities and NaN as they are. */
function assertClose(found: Float32Array, right: Float32Array, where: string): void {
  const finite = right.filter(Number.isFinite);
  const range = Math.max(...finite, 0) - Math.min(...finite, 0);
  right.forEach((value, i) => {
    const isSame = Object.is(found[i], value) || found[i] === value ||
      Math.abs(found[i] - value) <= 1e-5 * range;
    assert(isSame, `${where}, element ${i}: found ${found[i]}, needed ${value}`);
  });
}

/** Models whose operators are all there. */
function goldens(): readonly Golden[] {
  let index: readonly Golden[];
  try {
    const found = JSON.parse(Deno.readTextFileSync(new URL("index.json", FOLDER)));
    index = Array.isArray(found) ? found : found.models;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return index.filter(({ operator, file, refused }) => {
    const isSupported = (name: string) => (supportedOperators as readonly string[]).includes(name);
    if (refused !== undefined) return isSupported(operator);
    return operatorsOf(readModel(read(file))).every(isSupported);
  });
}

function operatorsOf({ operators, otherSubgraphs }: Model): readonly string[] {
  return [{ operators }, ...otherSubgraphs].flatMap((graph) => graph.operators.map(operatorName));
}

function maskOf(file: string): Uint8Array | null {
  try {
    return read(file.replace("tflite", "mask"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function read(file: string): Uint8Array {
  return Deno.readFileSync(new URL(file, FOLDER));
}
