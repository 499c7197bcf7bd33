// Lists at run time in C: what the reference does with them, and what it refuses is told, not read.
import { emitC, EngineError, runReference } from "../../mod.ts";
import { assertEquals } from "../assert.ts";
import { hasCommand, type Job, runJobs, sanitizers, warnings } from "../deploy/c_programs.ts";
import { Numbers } from "../engine/random_layer.ts";
import { randomValues } from "../engine/random_tensor.ts";
import { single, tensor } from "../engine/single_operator.ts";
import { given, modelOf } from "./list_models.ts";
import { listCases } from "./random_lists.ts";

const ignore = !hasCommand("gcc");

Deno.test({
  name:
    "C does with lists at run time what the reference does, and stays within bounds (needs gcc)",
  ignore,
  fn: async () => {
    const random = new Numbers(20261130);
    const made = Object.values(listCases).flatMap((make) => [make(random), make(random)]);
    const jobs = made.map((each, i): Job => {
      const data = each.inputs.map((input) => (
        "values" in input ? null : randomValues(input, random)
      ));
      const model = modelOf(each, false);
      const target = i % 2 === 0 ? "portable" : "host";
      const emitted = emitC(model, { prefix: `lists_${i}`, target, frames: [] });
      return { model, emitted, frames: [given(each, data, false)] };
    });
    const found = await runJobs(jobs, { flags: ["-O0", "-ffp-contract=off", ...sanitizers] });
    jobs.forEach(({ model, frames: [inputs] }, i) => {
      try {
        assertEquals(found[i][0], runReference(model, inputs).outputs, model.name);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
      }
    });
  },
});

Deno.test({
  name: "C tells which operator refused an index, until it is called with another (needs gcc)",
  ignore,
  fn: () => {
    const model = single("GATHER", { axis: 0, batchDims: 0 }, {
      inputs: [tensor("int8", [3]), tensor("int32", [1])],
      outputs: [tensor("int8", [1])],
    });
    const folder = Deno.makeTempDirSync();
    try {
      for (const [name, text] of Object.entries(emitC(model, { frames: [] }).files)) {
        if (!name.includes("/")) Deno.writeTextFileSync(`${folder}/${name}`, text);
      }
      Deno.writeTextFileSync(`${folder}/main.c`, main);
      const args = ["-std=c99", ...warnings, ...sanitizers, "main.c", "model.c", "model_weights.c"];
      const built = new Deno.Command("gcc", { args: [...args, "-o", "program"], cwd: folder })
        .outputSync();
      assertEquals(new TextDecoder().decode(built.stderr), "");
      const { stdout } = new Deno.Command(`${folder}/program`).outputSync();
      assertEquals(new TextDecoder().decode(stdout), "-1 0 0 -1\n");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

const main = `#include <stdio.h>
#include "model.h"

static int refused(int32_t index) {
  MODEL_INPUT_0[0] = 1;
  MODEL_INPUT_1[0] = index;
  model_invoke();
  return model_refused();
}

int main(void) {
  int first = refused(2);
  int second = refused(3);
  int third = refused(-1);
  int last = refused(0);
  printf("%d %d %d %d\\n", first, second, third, last);
  return 0;
}
`;
