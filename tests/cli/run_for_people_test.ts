import { type Model, writeModel } from "../../mod.ts";
import { confusionOf, positionsOf } from "../../lib/cli/confusion.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";
import { pngFile } from "../engine/io/png_file.ts";
import { modelOf, real, tensor } from "../engine/io/single_tensor.ts";
import { zipFile } from "../model/zip_file.ts";
import { inFolder, type Ran, tinyloom } from "./program.ts";

const text = (content: string) => new TextEncoder().encode(content);

/** Its output is its input: of a picture of one row the brightest pixel is the class. */
const brightest: Model = modelOf(real([1, 1, 3, 1]));

const row = (...samples: number[]) =>
  pngFile({ width: samples.length, height: 1, colour: 0, depth: 8, samples });

async function run(
  files: Readonly<Record<string, Uint8Array>>,
  ...args: string[]
): Promise<Ran> {
  let ran: Ran | undefined;
  await inFolder(async (folder) => {
    for (const [name, bytes] of Object.entries({ "m.tflite": writeModel(brightest), ...files })) {
      const path = `${folder}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(path, bytes);
    }
    ran = await tinyloom(["run", ...args], folder);
  });
  return ran!;
}

const cells = (line: string) => line.trim().split(/ {2,}/);

Deno.test("run --top N lists the largest values with their labels", async () => {
  const files = { "a.png": row(51, 255, 0), "labels.txt": text("low\nhigh\nnone\n") };
  const args = ["m.tflite", "--input", "a.png", "--range", "0,1", "--labels", "labels.txt"];
  const { code, stdout } = await run(files, ...args, "--top", "2");
  assertEquals(code, 0);
  const lines = stdout.split("\n");
  assertEquals(cells(lines[0]), ["frame", "output", "rank", "index", "value", "label"]);
  assertEquals(cells(lines[1]), ["0", "x", "1", "1", "1", "high"]);
  assertEquals(cells(lines[2]), ["0", "x", "2", "0", "0.200", "low"]);
  assertEquals(lines[3], "");
});

Deno.test("labels in the model's file name the largest value, and the JSON's", async () => {
  const labels = zipFile({ "labels.txt": text("low\nhigh\nnone\n") });
  const files = {
    "l.tflite": Uint8Array.from([...writeModel(brightest), ...labels]),
    "a.png": row(51, 255, 0),
  };
  const { stdout } = await run(files, "l.tflite", "--input", "a.png", "--range", "0,1");
  assertEquals(cells(stdout.split("\n")[0]).slice(-4), ["argmax", "label", "value", "time"]);
  assertMatch(stdout, / 1 {2}high /);
  const json = await run(files, "l.tflite", "--input", "a.png", "--range", "0,1", "--json");
  const [top] = JSON.parse(json.stdout).results[0].outputs[0].top;
  assertEquals(top, { index: 1, value: 1, label: "high" });
});

Deno.test("labels that do not fit any output are refused", async () => {
  const files = { "a.png": row(0, 1, 2), "labels.txt": text("one\ntwo\n") };
  const { code, stderr } = await run(
    files,
    ...["m.tflite", "--input", "a.png", "--labels", "labels.txt"],
  );
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--labels labels.txt: 2 labels, while outputs have 3 elements");
});

Deno.test("run says how an image got the input's proportions", async () => {
  const files = {
    "a.png": pngFile({ width: 6, height: 1, colour: 0, depth: 8, samples: [...Array(6).keys()] }),
  };
  const said = async (...args: string[]) =>
    (await run(files, "m.tflite", "--input", "a.png", ...args)).stderr.split("\n")[0];
  const end = ", black is -1.00, white 1.00";
  assertEquals(await said(), `a.png: 6 x 1 pixels, stretched to 3 x 1${end}`);
  assertEquals(await said("--fit", "crop"), `a.png: 6 x 1 pixels, cropped to 3 x 1${end}`);
  assertEquals(await said("--fit", "letterbox"), `a.png: 6 x 1 pixels, letterboxed in 3 x 1${end}`);
  assertStringIncludes(
    await said("--fit", "zoom"),
    '--fit must be stretch, crop, letterbox, found "zoom"',
  );
});

Deno.test("a folder of images by class gives a table of what they were taken for", async () => {
  const files = {
    "set/cat/1.png": row(255, 0, 0),
    "set/cat/2.png": row(0, 255, 0),
    "set/dog/1.png": row(0, 255, 0),
    "set/dog/.hidden.png": row(0, 0, 0),
    "set/emu/notes.txt": text("no image"),
    "set/emu/1.png": row(0, 0, 255),
  };
  const { code, stdout } = await run(files, "m.tflite", "--input", "set");
  assertEquals(code, 0);
  const lines = stdout.split("\n");
  assertEquals(cells(lines[0]).slice(0, 3), ["frame", "input", "truth"]);
  assertEquals(cells(lines[2]).slice(0, 3), ["1", "set/cat/2.png", "cat"]);
  const table = lines.slice(lines.findIndex((line) => line.startsWith("class")));
  assertEquals(table.slice(0, 4).map(cells), [
    ["class", "cat", "dog", "emu", "right share"],
    ["cat", "1", "1", "0", "50.0 %"],
    ["dog", "0", "1", "0", "100.0 %"],
    ["emu", "0", "0", "1", "100.0 %"],
  ]);
  assertStringIncludes(stdout, "75.0 % right: 3 of 4 images (95 % interval 30.1 %–95.4 %)");
  const json = JSON.parse((await run(files, "m.tflite", "--input", "set", "--json")).stdout);
  assertEquals(json.confusion.counts, [[1, 1, 0], [0, 1, 0], [0, 0, 1]]);
  assertEquals(json.results.map(({ truth }: { truth: string }) => truth), [
    "cat",
    "cat",
    "dog",
    "emu",
  ]);
});

Deno.test("a folder without images, or of other classes, is refused", async () => {
  const none = await run({ "set/a.txt": text("") }, "m.tflite", "--input", "set");
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "set holds no PNG, JPEG, BMP or GIF images");
  const two = { "set/a/1.png": row(1, 2, 3), "set/b/1.png": row(1, 2, 3) };
  const few = await run(two, "m.tflite", "--input", "set");
  assertEquals(few.code, 2);
  assertStringIncludes(few.stderr, "2 folders for 3 outputs without labels");
});

Deno.test("folders are classes by label, by number, or by their order", () => {
  const labels = ["no person", "Person"];
  const named = positionsOf(["no_person", "person"], { labels, outputs: 2 });
  assertEquals(["person", "no_person"].map(named.position), [1, 0]);
  const numbered = positionsOf(["0", "10"], { labels: null, outputs: 11 });
  assertEquals([numbered.position("10"), numbered.names.length], [10, 11]);
  assertEquals(positionsOf(["a", "b"], { labels: null, outputs: 2 }).position("b"), 1);
  assertThrows(
    () => positionsOf(["cat", "person"], { labels, outputs: 2 }),
    Error,
    'folder "cat" is no label; there are no person, Person',
  );
});

// The example of Newcombe, Statistics in Medicine 17 (1998), table I: 15 of 148.
Deno.test("the interval of the accuracy is Wilson's", () => {
  const pairs = Array.from({ length: 148 }, (_, at) => ({ truth: 0, found: at < 15 ? 0 : 1 }));
  const { low, high } = confusionOf(pairs, ["a", "b"]);
  assertEquals([low.toFixed(4), high.toFixed(4)], ["0.0624", "0.1605"]);
});

Deno.test("one output tells two classes apart at a half", async () => {
  const sure: Model = modelOf(real([1, 1, 1, 1]));
  const files = {
    "s.tflite": writeModel(sure),
    "set/no/1.png": row(40),
    "set/yes/1.png": row(200),
    "set/yes/2.png": row(90),
  };
  const { stdout } = await run(files, "s.tflite", "--input", "set", "--range", "0,1", "--json");
  assertEquals(JSON.parse(stdout).confusion.counts, [[1, 0], [1, 1]]);
});

Deno.test("random frames differ by their number, and a network of the zoo is said to be untrained", async () => {
  const args = ["zoo:mlperf-tiny-ad", "--random", "2", "--seed", "7"];
  const { code, stdout } = await run({}, ...args);
  assertEquals(code, 0);
  assertStringIncludes(
    stdout,
    "The weights of zoo:mlperf-tiny-ad are random: its outputs mean nothing",
  );
  assertStringIncludes(stdout, "2 of 2 frames");
  const json = JSON.parse((await run({}, ...args, "--json")).stdout);
  assertEquals([json.random, json.seed, json.randomWeights], [2, 7, true]);
  const [first, second] = json.results;
  assert(first.outputs[0].sha256 !== second.outputs[0].sha256);
  const again = await run({}, "zoo:mlperf-tiny-ad", "--random", "1", "--seed", "8", "--json");
  assertEquals(JSON.parse(again.stdout).results[0].outputs, second.outputs);
  const trained = await run({}, "m.tflite", "--random", "1");
  assert(!trained.stdout.includes("random: its outputs"));
  const both = await run(
    { "a.png": row(1, 2, 3) },
    "m.tflite",
    "--random",
    "1",
    "--input",
    "a.png",
  );
  assertStringIncludes(both.stderr, "--random takes the place of --input");
});

Deno.test("WAV runs through the model that --features names", async () => {
  const int16 = { dtype: "int16", quantization: null } as const;
  const files = {
    "features.tflite": writeModel(modelOf(tensor([1, 4], int16))),
    "speech.tflite": writeModel(modelOf(tensor([1, 2, 4], int16))),
    "a.wav": wavOf([1, 2, 3, 4, 5, 6, 7]),
  };
  const args = ["speech.tflite", "--input", "a.wav", "--features", "features.tflite"];
  const { code, stdout, stderr } = await run(files, ...args, "--stride", "3");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "1 2 3 4 ...");
  assertEquals(stderr, "a.wav: 7 samples at 16000 Hz; 1 frames of 2 windows\n");
  const without = await run(files, "speech.tflite", "--input", "a.wav");
  assertStringIncludes(without.stderr, "which is no row of samples");
  const stray = await run(files, "speech.tflite", "--input", "a.wav", "--stride", "3");
  assertStringIncludes(stray.stderr, "--stride is about the windows of --features");
});

function wavOf(samples: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const ascii = (at: number, word: string) => bytes.set(text(word), at);
  ascii(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  ascii(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 16000, true);
  view.setUint32(28, 32000, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  ascii(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, at) => view.setInt16(44 + 2 * at, sample, true));
  return bytes;
}
