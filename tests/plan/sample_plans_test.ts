import { assertEquals } from "../assert.ts";
import { planMemory, techniqueNames, validatePlan } from "tinyloom";
import { sampleModels } from "../model/models.ts";

for (const [name, model] of Object.entries(sampleModels())) {
  Deno.test(`the ${name} sample is planned with and without every technique`, () => {
    for (const techniques of [[], techniqueNames]) {
      for (const input of ["resident", "external"] as const) {
        const plan = planMemory(model, { techniques, input });
        assertEquals(validatePlan(plan, model), [], `${techniques.length} ${input}`);
      }
    }
  });
}

Deno.test("state is outside of the arena and counted on its own", () => {
  const plan = planMemory(sampleModels().stateful);
  assertEquals(plan.stateBytes, 24);
  assertEquals(plan.buffers.some(({ tensors }) => tensors.includes(1)), false);
});
