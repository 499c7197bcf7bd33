// Networks of the zoo compute, bit for bit, what they computed when record.ts was last run, in arenas
// as small and modules about as small. Takes about half a minute.
import { assertEquals } from "../assert.ts";
import { differences, type Figures, recorded, sizesInWords } from "./figures.ts";
import { modelFigures, zooCases } from "./model_figures.ts";

const found: Record<string, Readonly<Record<string, Figures>>> = {};

for (const name of zooCases) {
  Deno.test(`${name} is as recorded in every fusion mode`, async () => {
    found[name] = await modelFigures(name);
    assertEquals(differences(found[name], recorded.models[name]), []);
  });
}

Deno.test("every network of the zoo that is recorded is still there", () => {
  const networks = Object.keys(recorded.models).filter((name) => /^(float:)?zoo:/.test(name));
  assertEquals(networks.toSorted(), zooCases.toSorted());
  console.log(sizesInWords(found, recorded.models));
});
