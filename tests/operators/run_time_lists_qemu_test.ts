// Lists at run time on a Cortex-M4 in QEMU, with kernels for DSP extensions.
import { EngineError, ModelError, planMemory, runReference } from "../../mod.ts";
import { assertExactOnBoard, type Case, hasTools } from "../deploy/random_on_board.ts";
import { Numbers } from "../engine/random_layer.ts";
import { randomValues } from "../engine/random_tensor.ts";
import { given, modelOf } from "./list_models.ts";
import { listCases } from "./random_lists.ts";

Deno.test({
  name: "lists at run time on a Cortex-M4 do what they do in the reference " +
    "(needs ../shared, arm-none-eabi-gcc, qemu-system-arm)",
  ignore: !hasTools,
  fn: () => {
    const random = new Numbers(20261130);
    const cases = Object.values(listCases).flatMap((make): Case[] =>
      [0, 1, 2].flatMap(() => {
        const made = make(random);
        const data = made.inputs.map((input) => (
          "values" in input ? null : randomValues(input, random)
        ));
        const [model, inputs] = [modelOf(made, false), given(made, data, false)];
        return isRefused(() => runReference(model, inputs))
          ? []
          : [{ model, plan: planMemory(model), inputs }];
      })
    );
    return assertExactOnBoard(cases, { board: "m4", target: "cortex-m4" });
  },
});

function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof EngineError || error instanceof ModelError) return true;
    throw error;
  }
}
