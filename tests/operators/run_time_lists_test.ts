// Axes, indices and sizes that are computed at run time: what is done with them is what is done with
// constants, in the reference and in the engine; what cannot be done is refused.
import * as fc from "fast-check";
import {
  type ConstantArray,
  createEngine,
  createPool,
  EngineError,
  ModelError,
  run,
  runReference,
} from "../../mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { Numbers } from "../engine/random_layer.ts";
import { randomValues } from "../engine/random_tensor.ts";
import { given, modelOf } from "./list_models.ts";
import { listCases } from "./random_lists.ts";

for (const [name, make] of Object.entries(listCases)) {
  Deno.test(`${name} does the same with lists at run time as with constants, or refuses them`, () => {
    using pool = createPool(2);
    let [right, refused] = [0, 0];
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Numbers(seed);
        const made = make(random);
        const data = made.inputs.map((input) => (
          "values" in input ? null : randomValues(input, random)
        ));
        const [constants, expected] = [true, false].map((isConstant) =>
          resultOf(() => runReference(modelOf(made, isConstant), given(made, data, isConstant)))
        );
        assertEquals(constants, expected);
        const ways = [
          { isConstant: true, options: {} },
          ...[{}, { checked: true }, { dsp: true }, { pool }].map((options) => (
            { isConstant: false, options }
          )),
        ];
        for (const { isConstant, options } of ways) {
          const found = resultOf(() => {
            using engine = createEngine(modelOf(made, isConstant), options);
            return { outputs: run(engine, given(made, data, isConstant)) };
          });
          assertEquals(found, expected, `${isConstant} ${Object.keys(options)}`);
        }
        if (expected === null) refused++;
        else right++;
      }),
      { seed: 20261130, numRuns: 40 },
    );
    assert(right > 10, `${right} models that run`);
    assert((name === "DYNAMIC_UPDATE_SLICE") === (refused === 0), `${refused} that are refused`);
  });
}

/** What a run gives; null: it is refused. */
function resultOf(
  work: () => { readonly outputs: readonly ConstantArray[] },
): readonly ConstantArray[] | null {
  try {
    return work().outputs;
  } catch (error) {
    if (error instanceof EngineError || error instanceof ModelError) return null;
    throw error;
  }
}
