// Operators against outputs of TensorFlow Lite Micro's reference kernels.
import { assertThrows } from "../assert.ts";
import { type ConstantArray, createEngine, readModel, run, runReference } from "../../mod.ts";
import { assertGolden, framesOf, type Golden, goldens, read } from "./goldens.ts";

// One model alone: GOLDEN=ABS/03 deno test -A tests/operators/golden_operators_test.ts
const only = Deno.env.get("GOLDEN") ?? "";
for (const golden of goldens()) {
  const { file, refused } = golden;
  if (!file.includes(only)) continue;
  const name = refused === undefined ? "gives TensorFlow Lite Micro's outputs" : "is refused";
  Deno.test(`${file} ${name}`, () => {
    if (refused === undefined) compare(golden);
    else assertThrows(() => runRefused(golden));
  });
}

/** All that a refused model may fail in: some are refused only when their numbers are seen. */
function runRefused(golden: Golden): void {
  const model = readModel(read(golden.file));
  using engine = createEngine(model);
  if (golden.refused !== "invoke") return;
  for (const frame of framesOf(golden, model)) run(engine, frame);
}

/** The reference and the engine, on one thread and two, with and without checks, frame by frame. */
function compare(golden: Golden): void {
  const model = readModel(read(golden.file));
  const frames = framesOf(golden, model);
  let state: ReturnType<typeof runReference>["state"] | undefined;
  const found: (readonly ConstantArray[])[] = [];
  for (const frame of frames) {
    const reference = runReference(model, frame, { state });
    state = reference.state;
    found.push(reference.outputs);
  }
  assertGolden(golden, model, { name: "reference", frames: found, bits: true });
  for (const options of [{ checked: true }, {}, { threads: 2 }, { dsp: true }]) {
    using engine = createEngine(model, options);
    assertGolden(golden, model, {
      name: `engine ${JSON.stringify(options)}`,
      frames: frames.map((frame) => run(engine, frame)),
      bits: false,
    });
  }
}
