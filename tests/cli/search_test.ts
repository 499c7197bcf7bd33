import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { readData, writeNpy } from "tinyloom";
import { hasTool } from "../../lib/deploy/tools.ts";
import { stripe } from "../tinynas/data_files.ts";
import { inFolder, tinyloom } from "./program.ts";

const small = ["--samples", "8", "--population", "4", "--classes", "2", "--workers", "1"];
const flags = ["search", "--device", "nano33ble", "--front", "1", ...small];

Deno.test("search prints the best, the front and stage 1 as JSON, and goes on from a file", async () => {
  await inFolder(async (folder) => {
    const short = [...flags, "--resume", "search.json", "--json", "--generations"];
    const first = await tinyloom([...short, "1", "--out", "cdf.svg"], folder);
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(await Deno.readTextFile(`${folder}/cdf.svg`), "<svg");
    const found = JSON.parse(first.stdout);
    assertEquals(
      Object.keys(found.best).sort().join(),
      "fitness,flashBytes,genes,macs,params,peakBytes,resolution,width",
    );
    assertEquals([found.seed, found.stage1.length, found.evaluations], [1, 108, 8]);
    assert(found.best.peakBytes <= 256 * 1024 && found.best.fitness === found.best.macs);
    const resumed = JSON.parse((await tinyloom([...short, "2"], folder)).stdout);
    const whole = await tinyloom([...flags, "--json", "--generations", "2"], folder);
    assertEquals(resumed, JSON.parse(whole.stdout));
    const other = await tinyloom([...short, "2", "--fitness", "score"], folder);
    assertEquals(other.code, 2);
    assertStringIncludes(other.stderr, "the state is of another search");
  });
});

Deno.test("search trains a super-network, writes the best network, and goes on from a file", async () => {
  await inFolder(async (folder) => {
    const sizes = ["--images", "64", "--steps", "20", "--tuning-steps", "20", "--generations", "1"];
    const supernet = ["search", "--device", "nano33iot", "--fitness", "supernet", ...sizes];
    const command = [...supernet, "--samples", "20", "--population", "3", "--workers", "1"];
    const keep = ["--resume", "found.json", "--tflite", "best.tflite", "--json"];
    const first = await tinyloom([...command, ...keep], folder);
    assertEquals(first.code, 0, first.stderr);
    const found = JSON.parse(first.stdout);
    assertEquals([found.seed, found.ended, found.stage1.length], [1, "done", 28]);
    assert(found.best.peakBytes <= 32 * 1024 && found.best.fitness <= 1);
    assertEquals(found.accuracy.images, 8000);
    const plan = await tinyloom(["plan", "best.tflite", "--device", "nano33iot"], folder);
    assertEquals(plan.code, 0, plan.stderr);
    const again = await tinyloom([...command, "--resume", "found.json", "--json"], folder);
    assertEquals(JSON.parse(again.stdout), found);
    if (await hasTool("cc")) {
      const native = await tinyloom([...command, "--native", "--json"], folder);
      assertEquals(JSON.parse(native.stdout), found, native.stderr);
    }
    const untrained = await tinyloom([...flags, "--native"], folder);
    assertEquals(untrained.code, 2);
    assertStringIncludes(untrained.stderr, "--native is about training, with --fitness supernet");
    const ten = await tinyloom([...supernet, "--classes", "10"], folder);
    assertEquals(ten.code, 2);
    assertStringIncludes(ten.stderr, "--classes must be 2 with --fitness supernet, found 10");
  });
});

/** Pictures of stripes down or across, as files. */
async function writePictures(folder: string, count: number): Promise<void> {
  for (const name of ["across", "down"]) await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  for (let i = 0; i < count; i++) {
    const isDown = i % 2 === 0;
    const bytes = stripe({ height: 40, width: 48, isDown, red: 180 + i % 70 });
    await Deno.writeFile(`${folder}/${isDown ? "down" : "across"}/${i}.jpg`, bytes);
  }
}

const few = ["--steps", "30", "--tuning-steps", "20", "--generations", "1", "--samples", "20"];
const quick = [...few, "--population", "3", "--workers", "1"];

Deno.test("search goes from a folder of pictures to C and a page, and the file knows its classes", async () => {
  await inFolder(async (folder) => {
    await writePictures(`${folder}/pictures`, 60);
    const write = ["--deploy", "firmware", "--out", "page.html", "--tflite", "best.tflite"];
    const command = ["search", "--device", "nano33ble", "--data", "pictures", "--size", "32"];
    const { code, stdout, stderr } = await tinyloom(
      [...command, ...quick, ...write, "--json"],
      folder,
    );
    assertEquals(code, 0, stderr);
    const { accuracy, data } = JSON.parse(stdout);
    assertEquals([accuracy.images, data.chance, data.shape], [10, 0.5, [32, 32, 3]]);
    assertEquals(data.classes, [
      { name: "across", train: 20, validation: 5, test: 5 },
      { name: "down", train: 20, validation: 5, test: 5 },
    ]);
    assertStringIncludes(data.source, "images in folders of their classes: 40 to learn from");
    const page = await Deno.readTextFile(`${folder}/page.html`);
    for (const text of ["a linear model of the pixels", "across", "Layers"]) {
      assertStringIncludes(page, text);
    }
    assertStringIncludes(await Deno.readTextFile(`${folder}/firmware/found.h`), "found_invoke");
    const golden = await Deno.readTextFile(`${folder}/firmware/test/found_golden.h`);
    assertStringIncludes(golden, "/* frame 1 */");
    const run = await tinyloom(["run", "best.tflite", "--input", "pictures/down/0.jpg"], folder);
    assertEquals(run.code, 0, run.stderr);
    assert(/across|down/.test(run.stdout), run.stdout);
  });
});

Deno.test("search says in words what an accuracy is to be compared with", async () => {
  await inFolder(async (folder) => {
    const labels = Uint8Array.from({ length: 60 }, (_, i) => i % 3);
    const values = Uint8Array.from({ length: 60 * 256 }, (_, i) => 80 * labels[i >> 8] + i % 50);
    await Deno.writeFile(
      `${folder}/x.npy`,
      writeNpy({ dtype: "uint8", shape: [60, 16, 16], values }),
    );
    await Deno.writeFile(
      `${folder}/y.npy`,
      writeNpy({ dtype: "uint8", shape: [60], values: labels }),
    );
    const command = ["search", "--sram", "32k", "--flash", "128k", "--data", "."];
    const { code, stdout, stderr } = await tinyloom([...command, ...quick], folder);
    assertEquals(code, 0, stderr);
    const text = stdout.replaceAll(/\s+/g, " ");
    assertStringIncludes(text, "3 classes, 14 of each to learn from. Guessing is right in 33.3 %");
    assertStringIncludes(text, "a linear model of the pixels in 100.0 %");
    assertStringIncludes(
      text,
      "Data: NumPy arrays: 42 to learn from, 9 to choose by, 9 to measure",
    );
  });
});

Deno.test("search says what is wrong with data and flags about them", async () => {
  await inFolder(async (folder) => {
    await writePictures(`${folder}/pictures`, 4);
    await Deno.writeTextFile(`${folder}/notes.txt`, "none");
    for (
      const [flags, text] of [
        [["--data", "nowhere"], "--data nowhere: there is no such folder or file"],
        [["--data", "notes.txt"], "1 files (notes.txt), needed class folders"],
        [["--data", "pictures"], "--data pictures: too few examples for a part of 15 %"],
        [["--data", "pictures", "--group", "("], "--data pictures: Invalid regular expression"],
        [
          ["--data", "pictures", "--augment", "turn=1"],
          '--augment has "turn=1", needed none, mirror',
        ],
        [["--data", "pictures", "--fitness", "macs"], "--data is learnt with --fitness supernet"],
        [["--data", "pictures", "--images", "9"], "--images is about images that are drawn"],
        [["--size", "32"], "--size is about --data, which is not given"],
      ] as const
    ) {
      const { code, stderr } = await tinyloom(["search", ...flags], folder);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr.replaceAll(/\s+/g, " "), text);
    }
  });
});

const fashion = "/usr/share/datasets/fashion-mnist";
const hasFashion = await Deno.stat(fashion).then(() => true, () => false);

Deno.test({
  name: "Fashion-MNIST is found where Debian puts it (needs dataset-fashion-mnist)",
  ignore: !hasFashion,
  fn: async () => {
    const files = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]
      .map((name) => ({
        path: `${name}-ubyte.gz`,
        read: () => Deno.readFile(`${fashion}/${name}-ubyte.gz`),
      }));
    const { train, validation, test } = await readData(files);
    assertEquals([train.labels.length, validation.labels.length, test.labels.length], [
      51_000,
      9000,
      10_000,
    ]);
    assertEquals([train.height, train.width, train.channels, train.classes.length], [
      28,
      28,
      1,
      10,
    ]);
    assertEquals(test.labels.filter((label) => label === 9).length, 1000);
  },
});

Deno.test({
  name: "without Fashion-MNIST, search says where it is expected",
  ignore: hasFashion,
  fn: async () => {
    await inFolder(async (folder) => {
      const { code, stderr } = await tinyloom(["search", "--data", "fashion-mnist"], folder);
      assertEquals(code, 2);
      assertStringIncludes(
        stderr.replaceAll(/\s+/g, " "),
        `is expected in ${fashion}, where Debian's`,
      );
    });
  },
});
