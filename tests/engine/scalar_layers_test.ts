import * as fc from "fast-check";
import {
  type ConstantArray,
  createEngine,
  createPool,
  initialState,
  planMemory,
  resetState,
  run,
  runReference,
  type TechniqueName,
  techniqueNames,
} from "../../mod.ts";
import { assertEquals } from "../assert.ts";
import type { RandomLayer } from "./random_layer.ts";
import {
  convolutions,
  depthwiseConvolutions,
  fullyConnected,
  pools,
  svdf,
  weightTypes,
} from "./random_windows.ts";
import { assertClose, assertSameAsReference } from "./same_as_reference.ts";

const runs = { seed: 20261122, numRuns: 1000 };

/** Overwriting in every way, in place with nothing but that, not at all; PAD on its own. */
const techniques: readonly (readonly TechniqueName[])[] = [
  techniqueNames,
  ["fold-pad", "direct-kernels", "in-place-depthwise"],
  ["fold-pad", "optimal-offsets"],
  ["overlap", "optimal-offsets"],
];

function check(name: string, layers: fc.Arbitrary<RandomLayer>): void {
  Deno.test(name, () => {
    const planned = fc.tuple(layers, fc.constantFrom(...techniques));
    fc.assert(
      fc.property(planned, ([{ model, inputs }, techniques]) => {
        assertSameAsReference(model, inputs, { plans: [planMemory(model, { techniques })] });
      }),
      runs,
    );
  });
}

for (const [name, types] of Object.entries(weightTypes)) {
  check(`CONV_2D of ${name} is the reference's in any plan`, convolutions(types));
  check(`FULLY_CONNECTED of ${name} is the reference's in any plan`, fullyConnected(types));
  if (name === "int16 with sums of 32 bits") continue;
  check(
    `DEPTHWISE_CONV_2D of ${name} is the reference's in any plan`,
    depthwiseConvolutions(types),
  );
}

for (const dtype of ["int8", "uint8", "int16", "float32"] as const) {
  for (const op of ["AVERAGE_POOL_2D", "MAX_POOL_2D"] as const) {
    check(`${op} of ${dtype} is the reference's in any plan`, pools(op, dtype));
  }
}

for (
  const [dtype, state] of [["int8", "int8"], ["int8", "int16"], ["float32", "float32"]] as const
) {
  Deno.test(`SVDF of ${dtype} keeps its state of ${state} from run to run, as the reference`, () => {
    fc.assert(
      fc.property(svdf(dtype, state), ({ model, inputs: frames }) => {
        for (const checked of [false, true]) {
          using engine = createEngine(model, { checked });
          const play = () => frames.map((frame) => run(engine, [frame])[0]);
          const first = play();
          expectedFrames(model, frames).forEach((expected, i) => {
            assertClose(first[i], expected, `frame ${i}`);
          });
          resetState(engine);
          assertEquals(play(), first);
        }
      }),
      runs,
    );
  });
}

function expectedFrames(
  model: RandomLayer["model"],
  frames: readonly ConstantArray[],
): readonly ConstantArray[] {
  let state = initialState(model);
  return frames.map((frame) => {
    const result = runReference(model, [frame], { state });
    state = result.state;
    return result.outputs[0];
  });
}

Deno.test("two threads share the lines, groups or filters of any layer, with the same result", () => {
  using pool = createPool(2);
  const layers = fc.oneof(
    ...Object.entries(weightTypes).flatMap(([name, types]) => [
      convolutions(types),
      fullyConnected(types),
      ...name === "int16 with sums of 32 bits" ? [] : [depthwiseConvolutions(types)],
    ]),
    pools("AVERAGE_POOL_2D", "int8"),
    pools("MAX_POOL_2D", "float32"),
  );
  fc.assert(
    fc.property(layers, ({ model, inputs }) => {
      const plan = planMemory(model, { techniques: ["fold-pad", "optimal-offsets"] });
      using engine = createEngine(model, { plan, pool });
      const [expected] = runReference(model, inputs).outputs;
      assertClose(run(engine, inputs)[0], expected, engine.layers[0].kernel);
    }),
    { ...runs, numRuns: 300 },
  );
});
