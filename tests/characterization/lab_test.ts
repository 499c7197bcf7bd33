// Variants of products and convolutions compute, bit for bit, what they computed when record.ts was
// last run, in modules about as small.
import { assertEquals } from "../assert.ts";
import { differences, type Figures, recorded, sizesInWords } from "./figures.ts";
import { labCases, labFigures } from "./lab_figures.ts";

const found: Record<string, Readonly<Record<string, Figures>>> = {};

for (const name of Object.keys(labCases)) {
  Deno.test(`all variants of ${name} are as recorded`, () => {
    found[name] = labFigures(name);
    assertEquals(differences(found[name], recorded.lab[name]), []);
  });
}

Deno.test("every problem of the lab that is recorded is still there", () => {
  assertEquals(Object.keys(recorded.lab).toSorted(), Object.keys(labCases).toSorted());
  console.log(sizesInWords(found, recorded.lab));
});
