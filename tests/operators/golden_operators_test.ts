// Operators against outputs of TensorFlow Lite Micro's reference kernels.
import { assert, assertEquals } from "../assert.ts";
import {
  type ConstantArray,
  createEngine,
  EngineError,
  ModelError,
  run,
  runReference,
  runStatus,
} from "../../mod.ts";
import { assertGolden, framesOf, type Golden, goldens, modelOf, pathOf } from "./goldens.ts";

// One model alone: GOLDEN=ABS/03 deno test -A tests/operators/golden_operators_test.ts
const only = Deno.env.get("GOLDEN") ?? "";
for (const golden of goldens()) {
  const { refused } = golden;
  if (!pathOf(golden).includes(only)) continue;
  const name = refused === undefined ? "gives TensorFlow Lite Micro's outputs" : "is refused";
  Deno.test(`${pathOf(golden)} ${name}`, () => {
    if (refused === undefined) compare(golden);
    else assertRefused(golden);
  });
}

/** What is refused is refused when the engine is made, or by its first run. */
function assertRefused(golden: Golden): void {
  let refusal: unknown = null;
  try {
    const model = modelOf(golden);
    const [first] = framesOf(golden, model);
    using engine = createEngine(model);
    run(engine, first);
  } catch (error) {
    refusal = error;
  }
  const kinds = [EngineError, ModelError, RangeError];
  const isRefusal = kinds.some((kind) => refusal instanceof kind);
  assert(isRefusal, `refused with ${refusal}`);
}

/** The reference and the engine, on one thread and two, with and without checks, frame by frame. */
function compare(golden: Golden): void {
  const model = modelOf(golden);
  const frames = framesOf(golden, model);
  let state: ReturnType<typeof runReference>["state"] | undefined;
  const found: (readonly ConstantArray[])[] = [];
  for (const frame of frames) {
    const reference = runReference(model, frame, { state });
    state = reference.state;
    found.push(reference.outputs);
    assertEquals(reference.status, statusOf(golden, found.length - 1));
  }
  assertGolden(golden, model, { name: "reference", frames: found, bits: true });
  for (const options of [{ checked: true }, {}, { threads: 2 }, { dsp: true }]) {
    using engine = createEngine(model, options);
    assertGolden(golden, model, {
      name: `engine ${JSON.stringify(options)}`,
      frames: frames.map((frame, i) => {
        const outputs = run(engine, frame);
        assertEquals(runStatus(engine), statusOf(golden, i));
        return outputs;
      }),
      bits: false,
    });
  }
}

function statusOf({ aborted_frames: aborted }: Golden, frame: number): string {
  return aborted?.includes(frame) ? "aborted" : "complete";
}
