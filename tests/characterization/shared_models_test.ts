// Real models compute, bit for bit, what they computed when record.ts was last run, in arenas as small
// and modules about as small.
import { assertEquals } from "../assert.ts";
import { differences, type Figures, recorded, sizesInWords } from "./figures.ts";
import { shared } from "../shared_files.ts";
import { modelFigures, sharedNames } from "./model_figures.ts";

const found: Record<string, Readonly<Record<string, Figures>>> = {};
const names = Object.keys(recorded.models).filter((name) => !/^(float:)?zoo:/.test(name));
const ignore = shared === null;

for (const name of new Set([...names, ...sharedNames])) {
  Deno.test({
    name: `${name} is as recorded in every fusion mode (needs ../shared)`,
    ignore: !sharedNames.includes(name),
    fn: async () => {
      found[name] = await modelFigures(name);
      assertEquals(differences(found[name], recorded.models[name]), []);
    },
  });
}

Deno.test({
  name: "every real model is recorded (needs ../shared)",
  ignore,
  fn: () => {
    assertEquals(names.toSorted(), sharedNames.toSorted());
    console.log(sizesInWords(found, recorded.models));
  },
});
