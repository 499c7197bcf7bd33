import {
  decodeImage,
  loadTable,
  type Model,
  readFrames,
  readNpy,
  saveTable,
  tableFromRows,
  writeNpy,
  zoo,
} from "tinyloom";
import { randomBelow } from "../model/mutations.ts";
import { type Case, type Kind, seedOf, smallerBytes } from "./case.ts";

interface InputFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Damaged files of pictures, arrays, sounds and tables. */
export async function inputCases(): Promise<Kind> {
  const files = await inputFiles();
  return {
    night: 50_000,
    make: (index, seed) => {
      const { name, bytes } = files[index % files.length];
      return inputCase({ name, bytes: damaged(bytes, randomBelow(seedOf(index, seed))) });
    },
    read: (bytes, name) => inputCase({ name, bytes }),
  };
}

function inputCase({ name, bytes }: InputFile): Case {
  return {
    run: async () => {
      try {
        await read(name, bytes);
        return "read";
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError) return "refused";
        throw error;
      }
    },
    file: () => bytes,
    extension: name.split(".").at(-1)!,
    smaller: function* () {
      for (const smaller of smallerBytes(bytes)) yield inputCase({ name, bytes: smaller });
    },
  };
}

/** A few bytes changed, the end cut off. */
function damaged(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  let damaged = bytes.slice();
  for (let edit = 0; edit <= random(4); edit++) {
    const at = random(damaged.length);
    const value = [0, 1, 127, 128, 255, random(256)][random(6)];
    if (random(8) === 0) damaged = damaged.slice(0, Math.max(1, at));
    else damaged[at] = value;
  }
  return damaged;
}

async function read(name: string, bytes: Uint8Array): Promise<void> {
  if (name.endsWith(".npy")) readNpy(bytes);
  else if (name.endsWith(".arrow")) {
    const path = await Deno.makeTempFile({ suffix: ".arrow" });
    try {
      await Deno.writeFile(path, bytes);
      await loadTable(path);
    } finally {
      await Deno.remove(path);
    }
  } else if (/\.(png|jpg|bmp|gif)$/.test(name)) await decodeImage(bytes);
  else await readFrames([{ name, bytes }], listener ??= zoo("mlperf-tiny-ad"));
}

/** What sounds and arrays are read for. */
let listener: Model | undefined;

async function inputFiles(): Promise<readonly InputFile[]> {
  const path = await Deno.makeTempFile({ suffix: ".arrow" });
  const rows = Array.from({ length: 12 }, (_, i) => ({ kernel: `k${i % 3}`, medianNs: i + 0.5 }));
  await saveTable(path, tableFromRows(rows));
  const arrow = await Deno.readFile(path);
  await Deno.remove(path);
  const values = new Int8Array(640).map((_, i) => i);
  const wav = new Uint8Array(44 + 1280);
  wav.set(new TextEncoder().encode("RIFF____WAVEfmt "));
  wav.set([16, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0], 16);
  wav.set(new TextEncoder().encode("data\0\x05"), 36);
  return [
    { name: "x.arrow", bytes: arrow },
    { name: "x.npy", bytes: writeNpy({ dtype: "int8", shape: [1, 640], values }) },
    { name: "x.wav", bytes: wav },
    { name: "x.csv", bytes: new TextEncoder().encode(values.join(", ")) },
    ...Object.entries(PICTURES).map(([name, text]) => ({
      name,
      bytes: Uint8Array.fromBase64(text),
    })),
  ];
}

/** Small pictures: PNG and GIF of one pixel, JPEG of 16 x 8, BMP of 1 x 1. */
const PICTURES: Readonly<Record<string, string>> = {
  "x.png":
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "x.gif": "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
  "x.bmp": "Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAA////AA==",
  "x.jpg":
    "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGB" +
    "IUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU" +
    "FBQUFBT/wAARCAAIABADAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgf/xAAUEAEAAAAAAAAAAAAAAAAAAA" +
    "AA/8QAFgEBAQEAAAAAAAAAAAAAAAAACQcI/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AmiSNgCpK" +
    "BiP/2Q==",
};
