import * as fc from "fast-check";
import {
  createEngine,
  createPool,
  type EngineOptions,
  resetState,
  run,
  runReference,
} from "../../mod.ts";
import { assertClose } from "../engine/same_as_reference.ts";
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
