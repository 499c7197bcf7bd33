import { readModel, writeModel } from "tinyloom";
import { type Case, type Kind, smallerBytes } from "./case.ts";
import { mutants } from "./mutants.ts";
import { smallerModels } from "./smaller_models.ts";
import { tryModel } from "./try_model.ts";

/** Damaged models. */
export async function modelCases(): Promise<Kind> {
  const mutantOf = await mutants();
  return {
    night: 100_000,
    make: (index, seed) => modelCase(mutantOf(index, seed)),
    read: modelCase,
  };
}

function modelCase(file: Uint8Array): Case {
  return {
    run: () => tryModel(file),
    file: () => file,
    extension: "tflite",
    smaller: function* () {
      for (const smaller of smallerFiles(file)) yield modelCase(smaller);
    },
  };
}

/** Without operators, if it is read; without bytes in any case. */
function* smallerFiles(file: Uint8Array): Generator<Uint8Array> {
  let model;
  try {
    model = readModel(file);
  } catch {
    // What is refused has no operators to leave out.
  }
  if (model !== undefined) {
    for (const smaller of smallerModels(model)) {
      try {
        yield writeModel(smaller);
      } catch {
        // Not every part of a damaged model is a model.
      }
    }
  }
  yield* smallerBytes(file);
}
