// The front end that lesson 18 builds against the one that tflite-micro ships.
import { constantValues, createEngine, readModel, run, runReference } from "tinyloom";
import { audioFrontEnd, STEP } from "../../lib/tinynas/data/audio_front_end.ts";
import { melBank, pcanGains } from "../../lib/tinynas/data/audio_tables.ts";
import { assert, assertEquals } from "../assert.ts";
import { readShared } from "../shared_files.ts";

const shipped = readShared("operators/models/04.tflite");

Deno.test({
  name: "tables of 40 channels are those of audio_preprocessor.tflite",
  fn() {
    const { tensors, operators } = readModel(shipped);
    const constantsOf = (op: string) =>
      operators.find((operator) => operator.op === op)!.inputs
        .filter((index) => tensors[index].data !== null)
        .map((index) => [...constantValues(tensors[index]) as Int16Array]);
    const { weights, unweights, binStarts, weightStarts, widths, firstBin, lastBin } = melBank(40);
    assertEquals(
      constantsOf("SignalFilterBank"),
      [weights, unweights, binStarts, weightStarts, widths].map((table) => [...table]),
    );
    assertEquals([firstBin, lastBin], [5, 241]);
    assertEquals(constantsOf("SignalPCAN"), [[...pcanGains()]]);
    const own = audioFrontEnd({ channels: 40, frames: 2 });
    const window = own.tensors.find(({ name }) => name === "window")!;
    assertEquals(constantsOf("SignalWindow"), [[...constantValues(window) as Int16Array]]);
    for (const { op, attributes } of operators) {
      if (!op.startsWith("Signal")) continue;
      assertEquals(own.operators.find((each) => each.op === op)!.attributes, attributes, op);
    }
  },
});

Deno.test("the engine computes the front end as the reference does, with its state, frame by frame", () => {
  const model = audioFrontEnd({ channels: 32, frames: 8 });
  using engine = createEngine(model);
  let state: ReturnType<typeof runReference>["state"] | undefined;
  for (let frame = 0; frame < 12; frame++) {
    const samples = Int16Array.from(
      { length: STEP },
      (_, i) => Math.round(8000 * Math.sin((frame * STEP + i) * (0.05 + 0.02 * frame))),
    );
    const right = runReference(model, [samples], { state });
    state = right.state;
    const [features] = run(engine, [samples]) as Int8Array[];
    assertEquals([features], right.outputs);
    if (frame === 11) assert(features.some((value) => value > 20));
  }
});
