import { liveBytes, macs, type Model, ModelError, readModel, writeModel } from "tinyloom";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { assertConsistent } from "./consistency.ts";
import { sampleModels } from "./models.ts";
import { sharedModels } from "./shared_models.ts";

type Random = (below: number) => number;

/** Changes some bytes of the file, at the places given or anywhere; returns the file to read. */
type Mutation = (file: Uint8Array, options: { places: Int32Array; random: Random }) => Uint8Array;

const U32 = [0, 1, 2, 3, 4, 8, 16, 255, 256, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff];

function writeU32(file: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4 && at + i < file.length; i++) file[at + i] = value >>> (8 * i);
}

function readU32(file: Uint8Array, at: number): number {
  return (file[at] | file[at + 1] << 8 | file[at + 2] << 16 | file[at + 3] << 24) >>> 0;
}

const mutations: Record<string, Mutation> = {
  "bit flips": (file, { places, random }) => {
    for (let n = random(3); n >= 0; n--) file[places[random(places.length)]] ^= 1 << random(8);
    return file;
  },
  "bytes replaced": (file, { places, random }) => {
    for (let n = random(4); n >= 0; n--) file[places[random(places.length)]] = random(256);
    return file;
  },
  "words replaced": (file, { places, random }) => {
    const at = places[random(places.length)] & ~3;
    const values = [...U32, file.length, file.length - at, random(file.length), -random(64)];
    writeU32(file, at, values[random(values.length)]);
    return file;
  },
  "words shifted a little": (file, { places, random }) => {
    const at = places[random(places.length)] & ~3;
    writeU32(file, at, readU32(file, at) + random(33) - 16);
    return file;
  },
  "words swapped": (file, { places, random }) => {
    const [a, b] = [places[random(places.length)] & ~3, places[random(places.length)] & ~3];
    const word = readU32(file, a);
    writeU32(file, a, readU32(file, b));
    writeU32(file, b, word);
    return file;
  },
  "bytes copied elsewhere": (file, { places, random }) => {
    const [from, to] = [places[random(places.length)], places[random(places.length)]];
    file.copyWithin(to, from, from + 1 + random(64));
    return file;
  },
  "truncation": (file, { random }) => file.subarray(0, random(file.length)),
  "bytes cut out": (file, { places, random }) => {
    const at = places[random(places.length)];
    const count = 1 + random(16);
    file.copyWithin(at, at + count);
    return file.subarray(0, Math.max(0, file.length - count));
  },
};

/** Bytes outside of constants: there a change can break the structure. */
function structure(file: Uint8Array): Int32Array {
  const isData = new Uint8Array(file.length);
  const model = readModel(file);
  for (const { tensors } of [model, ...model.otherSubgraphs]) {
    for (const { data } of tensors) {
      if (data === null) continue;
      const from = data.byteOffset - file.byteOffset;
      isData.fill(1, from, from + data.length);
    }
  }
  const places = [];
  for (let i = 0; i < file.length; i++) if (isData[i] === 0) places.push(i);
  return Int32Array.from(places);
}

/** Reads mutants of one file; returns how many were still models. */
function fuzz(original: Uint8Array, options: { mutants: number; seed: number }): number {
  const { mutants, seed } = options;
  const generator = xoroshiro128plus(seed);
  const random = (below: number) => below <= 1 ? 0 : uniformInt(generator, 0, below - 1);
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
  name: "mutants of real files are refused or are models (needs ../shared/models)",
  ignore: shared.length === 0,
  fn: () => {
    shared.forEach(({ bytes }, seed) => assertGreater(fuzz(bytes, { mutants: 800, seed }), 10));
  },
});
