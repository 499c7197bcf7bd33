import { liveBytes, macs, type Model, ModelError, readModel, writeModel } from "tinyloom";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { assertConsistent } from "./consistency.ts";
import { sampleModels } from "./models.ts";
import { mutations, randomBelow, structure } from "./mutations.ts";
import { sharedModels } from "./shared_models.ts";

/** Reads mutants of one file; returns how many were still models. */
function fuzz(original: Uint8Array, options: { mutants: number; seed: number }): number {
  const { mutants, seed } = options;
  const random = randomBelow(seed);
  const places = structure(original);
  const kinds = Object.entries(mutations);
  const file = original.slice();
  let models = 0;
  for (let i = 0; i < mutants; i++) {
    file.set(original);
    const [kind, mutate] = kinds[i % kinds.length];
    const mutant = mutate(file, { places, random });
    const fail = (error: unknown) => new Error(`mutant ${i} (${kind})`, { cause: error });
    if (readMutant(mutant, { fail, isWritten: i % 4 === 0 })) models++;
  }
  return models;
}

/** Reads one mutant; returns whether it is a model, and then one that can be trusted. */
function readMutant(
  mutant: Uint8Array,
  options: { fail: (error: unknown) => Error; isWritten: boolean },
): boolean {
  const { fail, isWritten } = options;
  const model = readOrRefuse(mutant, fail);
  if (model === null) return false;
  try {
    assertConsistent(model, mutant);
    assert(Number.isFinite(macs(model)));
    assert(liveBytes(model).every((bytes) => Number.isFinite(bytes) && bytes >= 0));
    if (isWritten && model.lost.length === 0) assertSurvives(model);
  } catch (error) {
    throw fail(error);
  }
  return true;
}

/** The model, or null if the file was refused as it should be. */
function readOrRefuse(file: Uint8Array, fail: (error: unknown) => Error): Model | null {
  try {
    return readModel(file);
  } catch (error) {
    const isNamed = error instanceof ModelError && error.offsetBytes !== null &&
      error.offsetBytes >= 0 && error.offsetBytes <= file.length && error.reason !== "";
    if (!isNamed) throw fail(error);
    return null;
  }
}

function assertSurvives(model: Model): void {
  assertEquals(structuredText(readModel(writeModel(model))), structuredText(model));
}

/** Bytes in text take room: their length and sum tell enough. What was wrong is not written again. */
function structuredText({ warnings: _, ...model }: Model): string {
  return JSON.stringify(
    model,
    (_, value) =>
      value instanceof Uint8Array
        ? [value.length, value.reduce((sum, byte) => (sum * 31 + byte) | 0, 0)]
        : value,
  );
}

Object.entries(sampleModels()).forEach(([name, model], seed) => {
  Deno.test(`7,000 mutants are refused with the place, or are models: ${name}`, () => {
    const models = fuzz(writeModel(model), { mutants: 7000, seed });
    assertGreater(models, 100);
  });
});

Object.entries(sampleModels()).forEach(([name, model]) => {
  Deno.test(`every byte replaced in turn is refused or is a model: ${name}`, () => {
    const original = writeModel(model);
    const file = original.slice();
    for (let at = 0; at < file.length; at++) {
      for (const byte of [77, 255]) {
        file[at] = byte;
        const fail = (error: unknown) => new Error(`byte ${at} = ${byte}`, { cause: error });
        readMutant(file, { fail, isWritten: false });
      }
      file[at] = original[at];
    }
  });
});

const shared = sharedModels();
Deno.test({
  name: "mutants of real files are refused or are models",
  fn: () => {
    shared.forEach(({ bytes }, seed) => assertGreater(fuzz(bytes, { mutants: 800, seed }), 10));
  },
});
