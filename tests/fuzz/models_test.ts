import { mutants } from "./mutants.ts";
import { tryModel } from "./try_model.ts";

Deno.test("damaged models are refused, or planned validly and run as the reference does", async () => {
  const mutantOf = await mutants();
  for (let index = 0; index < 400; index++) {
    try {
      tryModel(mutantOf(index, 3));
    } catch (error) {
      throw new Error(`mutant ${index} of seed 3`, { cause: error });
    }
  }
});
