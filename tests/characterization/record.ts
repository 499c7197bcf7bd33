/**
 * Records what the programs of today compute and take, for the tests in this folder: of every network
 * of the zoo and every model of ../shared/models, in each fusion mode, the arena, a digest of the
 * outputs and the length of the WebAssembly module; of the lab's variants of small products and
 * convolutions the last two. Says what differs from the record before it. Without ../shared the record
 * of its models stays as it is.
 *
 * Record again when a difference is intended, and only then: outputs that change by a bit are a
 * mistake unless float32 sums were meant to be added in another order.
 *
 * Run: deno run -A tests/characterization/record.ts
 */
import { differences, type Figures, recorded, sizesInWords } from "./figures.ts";
import { labCases, labFigures } from "./lab_figures.ts";
import { modelFigures, sharedNames, zooCases } from "./model_figures.ts";

const about = "Recorded by record.ts, which says how and when. Networks of the zoo at their " +
  "published sizes, all of them run; the largest not without optimizations, which would take long.";

const models: Record<string, Readonly<Record<string, Figures>>> = {};
if (sharedNames.length === 0) {
  console.log("../shared is missing: the record of its models stays as it is");
  for (const [name, own] of Object.entries(recorded.models)) {
    if (!zooCases.includes(name) && !/^(float:)?zoo:/.test(name)) models[name] = own;
  }
}
for (const name of [...sharedNames, ...zooCases]) {
  models[name] = await modelFigures(name);
  for (const what of differences(models[name], recorded.models[name])) {
    console.log(`${name}, ${what}`);
  }
}
const lab: Record<string, Readonly<Record<string, Figures>>> = {};
for (const name of Object.keys(labCases)) {
  lab[name] = labFigures(name);
  for (const what of differences(lab[name], recorded.lab[name])) console.log(`${name}, ${what}`);
}
console.log(sizesInWords(models, recorded.models));
console.log(sizesInWords(lab, recorded.lab));
const text = JSON.stringify({ about, models, lab }, null, 2)
  // One line for each program: so a difference is a line.
  .replace(/\{\s*("peakBytes"[^}]*?)\s*\}/g, (_, own) => `{ ${own.replace(/\s+/g, " ")} }`);
await Deno.writeTextFile(new URL("recorded.json", import.meta.url), text + "\n");
