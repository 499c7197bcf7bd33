// Operators of one input as C on this machine: random numbers of all sizes, with and without vectors.
import * as fc from "fast-check";
import { createEngine, emitC, run, runReference } from "../../mod.ts";
import { hasCommand, type Job, runJobs, sanitizers } from "../deploy/c_programs.ts";
import { single, tensor } from "../engine/single_operator.ts";
import { assertClose } from "../engine/same_as_reference.ts";
import { assertEquals } from "../assert.ts";
import { unaryLayers, unaryTypes } from "./random_unary.ts";

// What CAST does to integers, and plain instructions, golden data shows.
const some = unaryTypes.filter(({ op, from }) => op !== "CAST" || from === "float32");

const axisAtRunTime = {
  model: single("ARG_MIN", { outputType: "int32" }, {
    inputs: [tensor("float32", [2, 3, 2]), tensor("int32", [1])],
    outputs: [tensor("int32", [2, 2])],
  }),
  inputs: [Float32Array.from({ length: 12 }, (_, i) => i * 7 % 5), Int32Array.of(-2)],
};

Deno.test({
  name:
    "C of operators of one input gives the reference's results, and the engine's bits (needs gcc)",
  ignore: !hasCommand("gcc"),
  fn: async () => {
    const layers = some.map((types, i) => (
      fc.sample(unaryLayers(types), { seed: 7 + i, numRuns: 1 })[0]
    ));
    const jobs = [...layers, axisAtRunTime].flatMap(({ model, inputs }, i) => {
      return (["portable", "host"] as const).map((target): Job => ({
        model,
        emitted: emitC(model, { prefix: `model_${i}_${target}`, target, frames: [] }),
        frames: [inputs],
      }));
    });
    const found = await runJobs(jobs, { flags: ["-O0", "-ffp-contract=off", ...sanitizers] });
    jobs.forEach(({ model, frames: [inputs], emitted: { prefix } }, i) => {
      const what = `${model.name} ${prefix}`;
      assertClose(found[i][0][0], runReference(model, inputs).outputs[0], what);
      using engine = createEngine(model);
      assertEquals(found[i][0][0], run(engine, inputs)[0], what);
    });
  },
});
