import { type Model, readNpy, writeModel, writeNpy } from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { pngFile } from "../engine/io/png_file.ts";
import { quantizing, real, tensor } from "../engine/io/single_tensor.ts";
import { single, tensor as tensorOf } from "../engine/single_operator.ts";
import { convolutional, Graph } from "../model/models.ts";
import { goldenModels, read } from "../engine/golden.ts";
import { inFolder, tinyloom } from "./program.ts";

// Adds its input to a sum; both are int8 of scale 0.5.
function adding(): Model {
  const graph = new Graph();
  const a = graph.tensor([1, 4]);
  const b = graph.tensor([1, 4]);
  const attributes = { activation: "NONE", potScaleInt16: false } as const;
  return graph.model([a, b], [graph.add("ADD", { inputs: [a, b], output: [1, 4], attributes })]);
}

// Of a type that no engine takes.
function wide(): Model {
  const each = tensorOf("float64", [1]);
  return single("RELU", {}, { inputs: [each], outputs: [each] });
}

async function withFiles(
  files: Readonly<Record<string, Uint8Array>>,
  use: (run: (...args: string[]) => ReturnType<typeof tinyloom>, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    await use((...args) => tinyloom(["run", ...args], folder), folder);
  });
}

Deno.test("run prints each frame's outputs, with the largest value of a vector", async () => {
  const frames = Uint8Array.of(1, 2, 3, 4, 10, 20, 30, 40, 0, 0, 0, 0, 7, 0, 250, 6);
  await withFiles({ "add.tflite": writeModel(adding()), "in.bin": frames }, async (run, folder) => {
    const { code, stdout, stderr } = await run(
      "add.tflite",
      "--input",
      "in.bin",
      "--output",
      "out.npy",
    );
    assertEquals([code, stderr], [0, "wrote out.npy\n"]);
    const [heading, first, second] = stdout.split("\n").map((line) => line.split(/ {2,}/));
    assertEquals(heading, [
      "frame",
      "output",
      "dtype",
      "shape",
      "elements",
      "argmax",
      "value",
      "time",
    ]);
    assertEquals(first.slice(2, 7), ["t2", "int8", "[1,4]", "11 22 33 44", "3"]);
    assertEquals(second.slice(2, 8), ["t2", "int8", "[1,4]", "7 0 -6 6", "0", "3.50"]);
    assertStringIncludes(stdout, "2 of 2 frames; arena ");
    const written = readNpy(await Deno.readFile(`${folder}/out.npy`));
    assertEquals(written, {
      dtype: "int8",
      shape: [2, 4],
      values: new Int8Array([11, 22, 33, 44, 7, 0, -6, 6]),
    });
  });
});

Deno.test("run --json prints one object", async () => {
  const array = writeNpy({ dtype: "float32", shape: [4], values: new Float32Array([1, 0, -1, 2]) });
  const files = { "add.tflite": writeModel(adding()), "a.npy": array, "b.npy": array };
  await withFiles(files, async (run, folder) => {
    const inputs = ["--input", "a.npy", "--input", "b.npy"];
    const { code, stdout } = await run("add.tflite", ...inputs, "--output", "out.raw", "--json");
    assertEquals(code, 0);
    const { results: [{ timeNs, ...result }], peakBytes, ...facts } = JSON.parse(stdout);
    const sha256 = "sha";
    assertEquals({ ...facts, sha256 }, {
      schemaVersion: 1,
      model: "add.tflite",
      inputs: ["a.npy", "b.npy"],
      output: "out.raw",
      engine: "wasm",
      threads: 1,
      checked: false,
      images: [],
      frames: 1,
      sha256,
    });
    assert(timeNs > 0 && peakBytes >= 8);
    const top = [[3, 4], [0, 2], [1, 0], [2, -2]].map(([index, value]) => ({ index, value }));
    const output = { name: "t2", dtype: "int8", shape: [1, 4], top, sha256: facts.sha256 };
    assertEquals(result, { frame: 0, input: "", outputs: [output] });
    const bytes = await Deno.readFile(`${folder}/out.raw`);
    assertEquals([...bytes], [4, 0, 252, 8]);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    assertEquals(digest, facts.sha256);
  });
});

Deno.test("run reads images and says what their black and white became", async () => {
  const png = pngFile({ width: 2, height: 1, colour: 0, depth: 8, samples: [0, 255] });
  const model = quantizing(real([1, 1, 2, 1]), tensor([1, 1, 2, 1]));
  await withFiles({ "q.tflite": writeModel(model), "a.png": png }, async (run) => {
    const plain = await run("q.tflite", "--input", "a.png");
    assertStringIncludes(plain.stderr, "a.png: 2 x 1 pixels, black is -64.0, white 63.5");
    assertStringIncludes(plain.stdout, "-128 127");
    const chosen = await run("q.tflite", "--input", "a.png", "--range", "-1,1", "--json");
    assertEquals(JSON.parse(chosen.stdout).images, [{
      name: "a.png",
      width: 2,
      height: 1,
      inputWidth: 2,
      inputHeight: 1,
      fit: "stretch",
      range: [-1, 1],
    }]);
  });
});

Deno.test("run gives the same outputs by engine and reference, in any plan and number of threads", async () => {
  const frames = new Uint8Array(2 * 490).map((_, i) => i * 37);
  await withFiles({ "in.bin": frames }, async (run, folder) => {
    const planned = await tinyloom(["plan", "zoo:mlperf-tiny-kws", "--out", "plan.json"], folder);
    assertEquals(planned.code, 0);
    const ways = [
      ["--reference"],
      [],
      ["--threads", "2"],
      ["--checked"],
      ["--plan", "plan.json", "--checked"],
    ];
    const results = [];
    for (const way of ways) {
      const args = ["--input", "in.bin", "--output", "out.bin", "--json", ...way];
      const { code, stdout } = await run("zoo:mlperf-tiny-kws", ...args);
      assertEquals([way, code], [way, 0]);
      const { engine, frames, peakBytes } = JSON.parse(stdout);
      results.push({ engine, frames, out: await Deno.readFile(`${folder}/out.bin`) });
      const { peakBytes: planned } = JSON.parse(await Deno.readTextFile(`${folder}/plan.json`));
      if (way.includes("--plan")) assertEquals(peakBytes, planned);
    }
    const [reference, ...compiled] = results;
    assertEquals(reference.engine, "reference");
    for (const each of compiled) assertEquals(each, { ...reference, engine: "wasm" });
  });
});

Deno.test("wrong usage and unreadable input of run: exit code 2, one line, nothing written", async () => {
  const files = {
    "add.tflite": writeModel(adding()),
    "many.tflite": writeModel(convolutional()),
    "in.bin": new Uint8Array(8),
    "short.bin": new Uint8Array(7),
    "bad.npy": new Uint8Array(7),
    "q.tflite": writeModel(quantizing(real([1]), tensor([1]))),
    "nan.bin": new Uint8Array(new Float32Array([NaN]).buffer),
    "wide.tflite": writeModel(wide()),
    "list.json": new TextEncoder().encode("[]"),
  };
  await withFiles(files, async (run, folder) => {
    const cases: [string[], RegExp][] = [
      [["add.tflite"], /run needs at least one --input FILE, or --random N/],
      [["--input", "in.bin"], /run needs one model/],
      [["add.tflite", "--input", "none.bin"], /none\.bin/],
      [["none.tflite", "--input", "in.bin"], /none\.tflite/],
      [["in.bin", "--input", "in.bin"], /in\.bin: /],
      [["add.tflite", "--input", "short.bin"], /short\.bin: 7 bytes, needed 8 or a multiple/],
      [["add.tflite", "--input", "bad.npy", "--input", "bad.npy"], /bad\.npy: no \.npy file/],
      [["q.tflite", "--input", "nan.bin"], /nan\.bin: element 0 for "x" is NaN/],
      [
        ["add.tflite", "--input", "in.bin", "--range", "1"],
        /--range must be two different numbers LO,HI, found "1"/,
      ],
      [["add.tflite", "--input", "in.bin", "--range", "1,1"], /--range must be/],
      [
        ["add.tflite", "--input", "in.bin", "--range", "-1"],
        /--range must be two different numbers LO,HI, found "-1"/,
      ],
      [
        ["add.tflite", "--input", "in.bin", "--threads", "0"],
        /--threads must be an integer of at least 1/,
      ],
      [["add.tflite", "--input", "in.bin", "--fast"], /run has no flag --fast/],
      [["wide.tflite", "--input", "in.bin"], /wide\.tflite: operator 0 RELU: /],
      [
        ["add.tflite", "--input", "in.bin", "--plan", "list.json"],
        /list\.json: this is not a plan: \$ is/,
      ],
      [
        ["add.tflite", "--input", "in.bin", "--plan", "in.bin"],
        /in\.bin: this is not a plan: it is not JSON/,
      ],
      [
        ["add.tflite", "--input", "in.bin", "--reference", "--checked"],
        /--reference takes no --plan, --fusion, --checked or --threads/,
      ],
      [
        ["add.tflite", "--input", "in.bin", "--checked", "--threads", "2"],
        /checked mode runs on one thread, found 2/,
      ],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await run(...args, "--output", "out.bin");
      assertEquals([args, code, stdout], [args, 2, ""]);
      assertMatch(stderr, message);
    }
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(names, Object.keys(files).sort());
  });
});

for (const { name, frames } of goldenModels()) {
  if (frames === null) continue;
  Deno.test(`run ${name} on a file of ${frames} frames writes the golden outputs`, async () => {
    await inFolder(async (folder) => {
      for (const file of ["model.tflite", "seq_input.bin"]) {
        await Deno.writeFile(`${folder}/${file}`, read(name, file));
      }
      const args = ["--input", `${folder}/seq_input.bin`, "--output", `${folder}/out.bin`];
      assertEquals((await tinyloom(["run", `${folder}/model.tflite`, ...args])).code, 0);
      assertEquals(await Deno.readFile(`${folder}/out.bin`), read(name, "seq_output.0.bin"));
    });
  });
}
