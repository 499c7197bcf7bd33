import * as fc from "fast-check";
import {
  createEngine,
  createPool,
  EngineError,
  type EngineOptions,
  macs,
  type Model,
  planMemory,
  resetState,
  run,
  runReference,
} from "../../mod.ts";
import { zeroValues } from "../../lib/model/constant.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { paddedBefore } from "../engine/padded_before.ts";
import { assertClose, assertSameAsReference } from "../engine/same_as_reference.ts";
import { single, tensor } from "../engine/single_operator.ts";
import {
  lstms,
  matmuls,
  type RandomLayer,
  resizes,
  squarePools,
  transposedConvolutions,
} from "./random_products.ts";

const kinds = { matmuls, transposedConvolutions, resizes, lstms, squarePools };

for (const [kind, layers] of Object.entries(kinds)) {
  Deno.test(`${kind} of random shapes and types are the reference's on every target`, () => {
    using pool = createPool(2);
    const ways: readonly EngineOptions[] = [{}, { checked: true }, { pool }, { dsp: true }];
    fc.assert(
      fc.property(layers, (layer) => {
        for (const options of ways) assertSameFrames(layer, options);
      }),
      { seed: 20261130, numRuns: 60 },
    );
  });
}

Deno.test("a product of matrices with nothing between them is 0 everywhere", () => {
  for (const [dtype, zeroPoint] of [["float32", 0], ["int8", 3], ["int16", 0]] as const) {
    const of = (...shape: number[]) =>
      tensor(dtype, shape, dtype === "float32" ? null : [0.1, zeroPoint]);
    const attributes = { adjX: false, adjY: false, asymmetricQuantizeInputs: false };
    const model = single("BATCH_MATMUL", attributes, {
      inputs: [of(2, 0), of(0, 3)],
      outputs: [of(2, 3)],
    });
    const inputs = model.inputs.map(() => zeroValues(dtype, 0));
    for (const options of [{}, { dsp: true }]) {
      using engine = createEngine(model, options);
      const [output] = run(engine, inputs);
      assertEquals(Array.from(output, Number), new Array(6).fill(zeroPoint));
    }
    assertEquals(Array.from(runReference(model, inputs).outputs[0], Number)[5], zeroPoint);
  }
});

Deno.test("an L2 pool does the PAD before it: zeros are elements", () => {
  const unpadded = squarePools.filter(({ model: { operators: [{ attributes }] } }) => (
    "padding" in attributes && attributes.padding === "VALID"
  ));
  const sides = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(unpadded, sides, ({ model, frames: [inputs] }, [top, bottom, left, right]) => {
      const layer = paddedBefore({ model, inputs }, { top, bottom, left, right });
      const plain = planMemory(layer.model, { techniques: ["fold-pad", "optimal-offsets"] });
      const plans = [planMemory(layer.model), plain];
      assertSameAsReference(layer.model, layer.inputs, { plans });
    }),
    { seed: 20261130, numRuns: 40 },
  );
});

Deno.test("an LSTM multiplies every weight once in each step", () => {
  fc.assert(
    fc.property(lstms, ({ model }) => {
      const [steps, batches, depth] = model.tensors[0].shape;
      const units = model.tensors[model.outputs[0]].shape[2];
      assertEquals(macs(model), steps * batches * 4 * units * (depth + units));
    }),
    { seed: 20261130, numRuns: 10 },
  );
});

Deno.test("variants of LSTM that are not computed are refused by their names", () => {
  const [{ model }] = fc.sample(lstms, { seed: 20261130, numRuns: 1 });
  const [operator] = model.operators;
  const change = (places: Readonly<Record<number, number>>): Model => ({
    ...model,
    operators: [{
      ...operator,
      inputs: operator.inputs.map((tensor, i) => places[i] ?? tensor),
    }] as Model["operators"],
  });
  const bias = operator.inputs[12];
  const square = operator.inputs[5];
  const cases = [
    [{ 1: -1, 5: -1, 12: -1 }, "CIFG"],
    [{ 9: bias }, "peephole"],
    [{ 16: square }, "projection"],
    [{ 20: bias }, "layer normalization"],
  ] as const;
  for (const [places, name] of cases) {
    assertThrows(() => createEngine(change(places)), EngineError, name);
  }
});

Deno.test("a state that is reset begins anew", () => {
  fc.assert(
    fc.property(lstms, ({ model, frames: [frame] }) => {
      using engine = createEngine(model);
      const first = run(engine, frame).map((values) => values.slice());
      run(engine, frame);
      resetState(engine);
      run(engine, frame).forEach((values, i) => assertClose(values, first[i], "after a reset"));
    }),
    { seed: 20261130, numRuns: 10 },
  );
});

/** Frame by frame, the state kept. */
function assertSameFrames({ model, frames }: RandomLayer, options: EngineOptions): void {
  using engine = createEngine(model, options);
  const [{ kernel }] = engine.layers;
  let state: ReturnType<typeof runReference>["state"] | undefined;
  frames.forEach((inputs, frame) => {
    const expected = runReference(model, inputs, { state });
    state = expected.state;
    run(engine, inputs).forEach((values, i) => {
      assertClose(values, expected.outputs[i], `${kernel}, frame ${frame}`);
    });
  });
}
