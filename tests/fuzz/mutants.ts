// Mutants of small models.
import { writeModel, zoo } from "tinyloom";
import { sampleModels } from "../model/models.ts";
import { mutations, randomBelow, structure } from "../model/mutations.ts";

const SHARED = new URL("../../../shared/", import.meta.url);

/** What makes the mutant of a number. */
export async function mutants(): Promise<(index: number, seed: number) => Uint8Array> {
  const seeds = (await seedFiles()).map((file) => ({ file, places: structure(file) }));
  const kinds = Object.values(mutations);
  return (index, seed) => {
    const random = randomBelow(seed * 1_000_003 + index);
    const { file, places } = seeds[index % seeds.length];
    return kinds[random(kinds.length)](file.slice(), { places, random });
  };
}

/** Files of the samples, of small zoo networks, and, where they are, of operators and cases. */
async function seedFiles(): Promise<readonly Uint8Array[]> {
  const own = [
    ...Object.values(sampleModels()),
    zoo("mlperf-tiny-kws"),
    zoo("mlperf-tiny-ad"),
    zoo("mobilenet_v2", { width: 0.1, resolution: 32 }),
  ].map((model) => writeModel(model));
  const shared: Uint8Array[] = [];
  for (const folder of ["cases/files/", ...OPERATORS.map((name) => `operators/${name}/`)]) {
    try {
      const names: string[] = [];
      for await (const { name } of Deno.readDir(new URL(folder, SHARED))) {
        if (name.endsWith(".tflite")) names.push(name);
      }
      for (const name of names.sort().slice(0, 3)) {
        shared.push(await Deno.readFile(new URL(folder + name, SHARED)));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return [...own, ...shared.filter(isReadable)];
}

const OPERATORS = ["WHILE", "IF", "TRANSPOSE_CONV", "GATHER", "SLICE", "SignalRfft", "SPLIT_V"];

function isReadable(file: Uint8Array): boolean {
  return file.length < 100_000;
}
