// Ways to damage a file: what a fuzz of models begins with.
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { readModel } from "tinyloom";

export type Random = (below: number) => number;

/** Changes some bytes of the file, at the places given or anywhere; returns the file to read. */
type Mutation = (file: Uint8Array, options: { places: Int32Array; random: Random }) => Uint8Array;

const U32 = [0, 1, 2, 3, 4, 8, 16, 255, 256, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff];

function writeU32(file: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4 && at + i < file.length; i++) file[at + i] = value >>> (8 * i);
}

function readU32(file: Uint8Array, at: number): number {
  return (file[at] | file[at + 1] << 8 | file[at + 2] << 16 | file[at + 3] << 24) >>> 0;
}

export const mutations: Record<string, Mutation> = {
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
export function structure(file: Uint8Array): Int32Array {
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

/** Whole numbers below a bound, from a seed. */
export function randomBelow(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return (below) => below <= 1 ? 0 : uniformInt(generator, 0, below - 1);
}
