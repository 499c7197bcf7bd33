// Small files of every kind that command lines read.
import { devices, writeModel } from "tinyloom";
import { writeNpy } from "tinyloom/engine";
import { modelOf, quantizing, real, tensor } from "../engine/io/single_tensor.ts";
import { pngFile } from "../engine/io/png_file.ts";
import { zipFile } from "../model/zip_file.ts";
import { carried } from "../shared_files.ts";
import { files as sampleFiles } from "../tasks/schemas/samples.ts";
import { idx, stripe, tone } from "../tinynas/data_files.ts";

const text = (content: string) => new TextEncoder().encode(content);
const row = (...samples: number[]) =>
  pngFile({ width: samples.length, height: 1, colour: 0, depth: 8, samples });
const float = (shape: readonly number[], first: number) => {
  const values = Float32Array.from(
    { length: shape.reduce((a, b) => a * b) },
    (_, i) => first + i / 4,
  );
  return writeNpy({ dtype: "float32", shape: [...shape], values });
};

/** Models that have what few have: state, loops, subgraphs, signatures, odd or broken parts. */
const odd: Readonly<Record<string, string>> = {
  while: "operators/WHILE/05.tflite",
  once: "operators/CALL_ONCE/00.tflite",
  svdf: "operators/SVDF/01.tflite",
  if: "operators/IF/00.tflite",
  variable: "operators/ASSIGN_VARIABLE/00.tflite",
  lstm: "operators/UNIDIRECTIONAL_SEQUENCE_LSTM/10.tflite",
  unpack: "operators/UNPACK/00.tflite",
  buffer: "operators/CIRCULAR_BUFFER/01.tflite",
  decode: "operators/TFLM_DECODE/02.tflite",
  lost: "cases/robust/output_lost.tflite",
  outputless: "cases/files/03_operator_without_outputs.tflite",
  views: "cases/files/02_only_views_fusion_hang.tflite",
  speech: "models/micro_speech_quantized/model.tflite",
};

const brightest = writeModel(modelOf(real([1, 1, 3, 1])));
const class4 = writeModel(quantizing(real([1, 1, 4, 1]), tensor([1, 1, 4, 1])));
const log = Array.from({ length: 10 }, (_, i) => `tinyloom layer ${i} cycles ${64000 + 999 * i}`);

function pictures(): Record<string, Uint8Array> {
  const picture = (isDown: boolean, red: number) =>
    stripe({ height: 20 + red % 7, width: 16 + red % 5, isDown, red });
  return Object.fromEntries(
    Array.from({ length: 24 }, (_, i) => [
      `pictures/${["down", "across", "other"][i % 3]}/${i}.jpg`,
      picture(i % 3 === 0, 100 + 6 * i),
    ]),
  );
}

function sounds(): Record<string, Uint8Array> {
  return Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [
      `sounds/${["no", "yes"][i % 2]}/speaker${i >> 2}_nohash_${i}.wav`,
      tone({ hertz: 300 + 100 * i, seconds: 0.3, sampleRate: 8000 }),
    ]),
  );
}

function numbers(): Record<string, Uint8Array> {
  const count = 24;
  const pixels = Array.from({ length: count * 12 }, (_, i) => i * 7 % 256);
  return {
    "numbers/train-images-idx3-ubyte": idx([count, 3, 4], pixels),
    "numbers/train-labels-idx1-ubyte": idx([count], Array.from({ length: count }, (_, i) => i % 3)),
  };
}

/** All of them, by their names. */
export const commandFiles: Readonly<Record<string, Uint8Array>> = {
  ...sampleFiles,
  ...Object.fromEntries(
    Object.entries(odd).map(([name, path]) => [`${name}.tflite`, carried.read(path)!]),
  ),
  ...pictures(),
  ...sounds(),
  ...numbers(),
  "m.tflite": brightest,
  "labelled.tflite": Uint8Array.from([
    ...brightest,
    ...zipFile({ "labels.txt": text("low\nhigh\nnone\n") }),
  ]),
  "class4.tflite": class4,
  "single.tflite": writeModel(quantizing(real([1, 1, 1, 1]), tensor([1, 1, 1, 1]))),
  "two.tflite": writeModel(
    modelOf({ ...real([1, 2, 3]), name: "left" }, { ...tensor([1, 5]), name: "right" }),
  ),
  "window.tflite": writeModel(modelOf(tensor([1, 160], { dtype: "int16" }))),
  "spectra.tflite": writeModel(modelOf(tensor([1, 5, 160, 1], { dtype: "int16" }))),
  "wave.tflite": writeModel(modelOf(real([1, 400]))),
  "labels.txt": text("low\nhigh\nnone\n"),
  "two.txt": text("one\ntwo\n"),
  "a.png": row(51, 255, 0),
  "wide.png": row(0, 10, 20, 30, 40, 250),
  "left.npy": float([1, 2, 3], -1),
  "lefts.npy": float([2, 1, 2, 3], 0.5),
  "right.npy": float([1, 5], 1),
  "rights.npy": float([2, 1, 5], -0.5),
  "numbers.csv": text("0.5,1,-1\n2,3,4.5\n"),
  "sound.wav": tone({ hertz: 440, seconds: 0.1, sampleRate: 16000 }),
  "set/low/1.png": row(255, 0, 0),
  "set/low/2.png": row(0, 255, 9),
  "set/high/1.png": row(3, 255, 0),
  "set/high/.hidden.png": row(0, 0, 0),
  "set/none/notes.txt": text("no image"),
  "set/none/1.png": row(0, 1, 255),
  ...Object.fromEntries(
    Array.from({ length: 24 }, (_, i) => [
      `many/${i % 4}/${String(i).padStart(2, "0")}.png`,
      row(...[0, 1, 2, 3].map((at) => (at * i * 37 + 11 * i) % 256)),
    ]),
  ),
  ...Object.fromEntries(
    Array.from({ length: 4 }, (_, i) => [`pair/${["no", "yes"][i % 2]}/${i}.png`, row(i * 80)]),
  ),
  "empty/notes.txt": text("nothing"),
  "d.json": text(JSON.stringify({ sramBytes: 65536, flashBytes: 1048576 })),
  "own.json": text(JSON.stringify({ ...devices.nano33ble, name: "own", sramBytes: 9000 })),
  "small.json": text(JSON.stringify({ sramBytes: 0, flashBytes: 1 })),
  "log.txt": text([...log, ...log.slice(3), "noise", log[4]].join("\n")),
};
