// What commands say, word by word where it is their answer: each is called in this process.
import { confusionOf, confusionText, positionsOf } from "../../lib/cli/confusion.ts";
import { graceOf } from "../../lib/cli/run_cli.ts";
import { accuracyInWords } from "../../lib/cli/show_search.ts";
import { wrap } from "../../lib/cli/wrap.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";
import { said } from "./in_process.ts";
import { inFolder } from "./program.ts";

Deno.test("a plan says whether it fits, by what it is bounded, and how it fills a device", async () => {
  const { code, printed, notes, progress } = await said(["plan", "zoo:mlperf-tiny-kws"]);
  const lines = printed.split("\n");
  assertEquals(code, 0);
  assertEquals(lines.slice(0, 5), [
    "Fits 9 of 9 known devices: arena 8,063 B, Flash 39,406 B",
    "SRAM  ████████░░░░░░░░░░░░░░░░░░░░░  8,063 B of 32,768 B (24.6 %), nano33iot",
    "Flash █████░░░░░░░░░░░░░░░░░░░░░░░░  39,406 B of 262,144 B (15.0 %), nano33iot",
    "run and profile need 8,255 B: kernels in WebAssembly compute 4 pixels together,",
    "  the plan counts with one.",
  ]);
  assert(
    lines.includes(
      "nano33iot  Cortex-M0+       32,768 B  yes, 24.6 % of SRAM  yes, 16.1 % of SRAM",
    ),
  );
  assertStringIncludes(
    printed,
    `
Arena 8,063 B, optimal: it equals the lower bound (operator 2 CONV_2D: what is
  alive, less what its loops let it share).
The peak is at operator 2 CONV_2D; live: t6 8,000 B + t9 8,000 B.
Flash 39,406 B: weights 22,024 B, biases 2,352 B, quantization 4,640 B, code
  about 10,390 B.
Techniques: fold-pad, alias-views, integer-edges, direct-kernels,
  optimal-offsets, reorder, in-place-depthwise, overlap; input resident.
Fits nano33ble, nano33iot, nrf5340, rp2040, esp32s3, stm32f412, stm32f746,
  stm32h743, stm32l4r5.`,
  );
  assertEquals(notes, ["Not shown: flashBytes (--wide, --columns)"]);
  assertEquals(progress, ["looking for what makes it fit", "planning for all devices", ""]);
});

Deno.test("a plan for a device names its segments, its scratch and its time", async () => {
  const { code, printed } = await said(
    ["plan", "zoo:mcunet-vww1", "--fusion", "rolling", "--device", "stm32f746"],
    { width: 1000 },
  );
  assertEquals(code, 0);
  for (
    const line of [
      "Fits STM32F746: arena 21,760 B, Flash 525,442 B",
      "Arena 21,760 B with 1.0000 times the model's multiply-accumulates, the least in the space " +
      "searched: no part with operator 0 CONV_2D needs less than 21,760 B, the best being rolling " +
      "rows from operator 0 CONV_2D to operator 2 CONV_2D; by itself 25,845 B.",
      "Segment operators 0 CONV_2D to 2 CONV_2D: rolling rows, forward; rings 2,560 B, " +
      "multiply-accumulates x 1.0000.",
      "RAM 22,784 B: arena 21,760 B + scratch 1,024 B; kernels of cortex-m4 work in at most 3,840 B " +
      "of the arena where nothing else lies.",
    ]
  ) assert(printed.split("\n").includes(line), line);
  assertStringIncludes(printed, "nano33iot  Cortex-M0+       32,768 B    262,144 B  no, Flash");
  assertStringIncludes(printed, "on STM32F746 at 216 MHz (estimated, 30.0 % either way).");
});

Deno.test("devices are listed with what they have, and whether a model fits", async () => {
  const bare = await said(["devices"], { width: 200 });
  assertEquals(bare.printed.split("\n").length, 10);
  assertEquals(bare.printed.split("\n")[0].split(/ {2,}/), [
    "name",
    "title",
    "core",
    "MHz",
    "sram",
    "flash",
  ]);
  const narrow = await said(["devices", "zoo:mlperf-tiny-kws"]);
  assertStringIncludes(
    narrow.printed,
    "nano33iot  Cortex-M0+       48   32,768 B    262,144 B  yes",
  );
  assertEquals(narrow.notes, ["Not shown: title (--wide, --columns)"]);
  assertEquals((await said(["devices", "a", "b"])).code, 2);
  const { schemaVersion, rows } = JSON.parse((await said(["devices", "--json"])).printed);
  assertEquals([schemaVersion, rows.length], [1, 9]);
});

Deno.test("buffers are placed, written, and held against a capacity", () =>
  inFolder(async (folder) => {
    const csv = "id,lower,upper,size\n0,0,3,100\n1,1,4,50\n2,3,5,60\n";
    await Deno.writeTextFile(`${folder}/b.csv`, csv);
    const allocate = (...more: string[]) => said(["allocate", "b.csv", ...more], { folder });
    const plain = await allocate();
    assertEquals(
      plain.printed.replace(/\d+ ms/, "1 ms"),
      "3 buffers in 150 B (optimal), by first fit by size, 1 ms",
    );
    assertEquals([plain.code, plain.notes], [0, []]);
    const exact = await allocate("--capacity", "150", "--out", "placed.csv");
    assertStringIncludes(exact.printed, "\nfits in 150 B");
    assertEquals([exact.code, exact.notes], [0, ["wrote placed.csv"]]);
    assertEquals((await Deno.readTextFile(`${folder}/placed.csv`)).trim().split("\n").length, 4);
    const small = await allocate("--capacity", "149");
    assertStringIncludes(small.printed, "\ndoes not fit: at least 150 B > 149 B");
    assertEquals(small.code, 1);
    const json = JSON.parse((await allocate("--json", "--alignment", "64")).printed);
    assertEquals([json.schemaVersion, json.capacity, json.heightBytes], [1, null, 164]);
    assertEquals(JSON.parse((await allocate("--json", "--capacity", "9")).printed).capacity, 9);
    for (
      const args of [["allocate"], ["allocate", "a", "b"], ["allocate", "b.csv", "--out", "x.json"]]
    ) {
      assertEquals((await said(args, { folder })).code, 2, args.join(" "));
    }
    await Deno.writeTextFile(
      `${folder}/g.csv`,
      "id,lower,upper,size,gaps\n0,0,9,8,3-5\n1,1,4,8,\n",
    );
    const gaps = await said(["allocate", "g.csv"], { folder });
    assertEquals(gaps.notes, [
      "buffers keep their bytes through their gaps: less memory may be possible",
    ]);
    assertStringIncludes(gaps.printed, "(optimal without gaps)");
  }));

Deno.test("what a command line lacks is said, with the way to help", async () => {
  const wrong: readonly (readonly [string, string])[] = [
    ["tune matmul --dtype f64", '--dtype must be f32 or i8, found "f64"'],
    ["tune", 'tune needs to know what: matmul; found ""'],
    ["tune conv", 'found "conv"'],
    ["tune matmul --evaluations 0", "--evaluations"],
    ["tune matmul --threads 0", "--threads"],
    ["operators CONV_2D", "operators takes no CONV_2D"],
    ["matmul 8x8", 'matmul takes no argument "8x8"'],
    ["conv 8x8", 'conv takes no argument "8x8"'],
    ["explain zoo:mlperf-tiny-ad", "explain"],
    ["compare a", "compare"],
    ["run zoo:mlperf-tiny-ad", "run needs at least one --input FILE, or --random N"],
    ["search --device stm32f746 --space nothing", "--space"],
    ["plan zoo:mlperf-tiny-kws --ladder", "plan has no flag --ladder"],
    ["init x --bad", "init has no flag --bad; there are none"],
    ["plna", 'There is no command "plna", did you mean "plan"?'],
  ];
  for (const [line, message] of wrong) {
    const { code, printed, notes } = await said(line.split(" "), { width: 1000 });
    assertEquals([code, printed], [2, ""], line);
    assertStringIncludes(notes[0], message, line);
    const hasCommand = !line.startsWith("plna");
    assertEquals(notes.at(-1) === `Try: tinyloom ${line.split(" ")[0]} --help`, hasCommand, line);
  }
  const missing = await said(["compare", "a.arrow", "b.arrow"], { folder: "/no/such/folder" });
  assertEquals([missing.code, missing.notes], [2, [
    "tinyloom: There is no /no/such/folder/a.arrow",
  ]]);
  const folder = await said(["model", "/tmp"]);
  assertEquals([folder.code, folder.notes[0]], [2, "tinyloom: /tmp is a folder"]);
});

Deno.test("a new folder is told what was written, and what comes next", () =>
  inFolder(async (folder) => {
    const { code, printed } = await said(["init", "demo"], { folder, width: 1000 });
    assertEquals(code, 0);
    const [first, ...rest] = printed.split("\n");
    assert(first.startsWith('wrote demo/deno.json: "tinyloom" is '));
    assertEquals(rest, [
      "wrote demo/first.ts",
      "wrote demo/first.ipynb",
      "Next: cd demo && deno run -A first.ts, or open first.ipynb in Jupyter.",
      "`deno task tinyloom --help` is the program; `deno task tinyloom doctor` looks around.",
    ]);
    const settings = JSON.parse(await Deno.readTextFile(`${folder}/demo/deno.json`));
    assertEquals(settings.tasks.tinyloom, "deno run -A tinyloom/cli");
    const notebook = JSON.parse(await Deno.readTextFile(`${folder}/demo/first.ipynb`));
    assertEquals([notebook.nbformat, notebook.cells[0].cell_type], [4, "markdown"]);
  }));

Deno.test("a deployment that was not run says that it is an estimate", () =>
  inFolder(async (folder) => {
    const { code, printed, notes, progress } = await said(
      ["deploy", "zoo:mlperf-tiny-ad", "--out", "project", "--device", "stm32f746"],
      { folder, width: 1000 },
    );
    assertEquals(code, 0);
    const lines = printed.split("\n");
    assertEquals(lines.slice(0, 2), [
      "Nothing was run: instructions, time and code are estimates.",
      "RAM 1,024 B: arena 768 B, scratch 256 B; plan layer by layer, multiply-accumulates x 1.0000.",
    ]);
    assert(
      lines[2].startsWith("Flash about 290,731 B: weights 270,880 B, tables 13,376 B, code about"),
    );
    assertStringIncludes(
      lines[3],
      "cycles (30.0 % either way): 1.30 ms on stm32f746 at 216 MHz, 0.437 mJ.",
    );
    assert(lines[4].startsWith("fits: peak 768 B of 327,680 B SRAM"));
    assertEquals(notes, ["wrote 10 files to project"]);
    assertEquals(progress, ["planning and printing", ""]);
  }));

Deno.test("commands that can end by themselves have a quarter of a second for it, search nearly two", () => {
  const graces = ["ablate", "bench", "conv", "deploy", "matmul", "profile", "run", "tune"].map((
    name,
  ) => graceOf([name]));
  assertEquals(new Set(graces), new Set([200]));
  // Workers elsewhere are told, too.
  assertEquals(
    [["--nats", "nats://a"], ["--nats=nats://a"], ["--natsy"]].map((more) =>
      graceOf(["tune", "matmul", ...more])
    ),
    [1700, 1700, 200],
  );
  assertEquals([graceOf(["search"]), graceOf(["doctor"]), graceOf([]), graceOf(["toString"])], [
    1700,
    null,
    null,
    null,
  ]);
});

Deno.test("images are counted by their class, with the interval of Wilson", () => {
  const pairs = [[0, 0], [0, 0], [0, 1], [1, 1], [1, 1], [1, 1], [1, 0], [1, 1]].map((
    [truth, found],
  ) => ({ truth, found }));
  const confusion = confusionOf(pairs, ["cat", "dog", "emu"]);
  assertEquals(confusion.counts, [[2, 1, 0], [1, 4, 0], [0, 0, 0]]);
  assertEquals([confusion.images, confusion.right, confusion.accuracy], [8, 6, 0.75]);
  // 6 of 8: the ends solve (p - 0.75)^2 = z^2 p (1 - p) / 8.
  for (const end of [confusion.low, confusion.high]) {
    assertAlmostEquals((end - 0.75) ** 2, 1.959964 ** 2 * end * (1 - end) / 8, 1e-6);
  }
  assert(confusion.low < 0.5 && confusion.high > 0.9);
  const perfect = confusionOf([{ truth: 0, found: 0 }], ["cat"]);
  assertEquals(perfect.high, 1);
  assertAlmostEquals(confusionOf([{ truth: 0, found: 1 }], ["cat", "dog"]).low, 0, 1e-12);
  const text = confusionText(confusion).split("\n");
  assertEquals(text.slice(0, 3).map((line) => line.trim().split(/ {2,}/)), [
    ["class", "cat", "dog", "right share"],
    ["cat", "2", "1", "66.7 %"],
    ["dog", "1", "4", "80.0 %"],
  ]);
  assertStringIncludes(text.at(-1)!, "75.0 % right: 6 of 8 images (95 % interval 40.9 %–92.9 %)");
});

Deno.test("of more than eight classes the table says what each is mostly taken for", () => {
  const classes = Array.from({ length: 9 }, (_, i) => `c${i}`);
  const pairs = classes.flatMap((_, truth) => [
    { truth, found: truth },
    { truth, found: truth === 3 ? 5 : truth },
  ]);
  const lines = (count: number) =>
    confusionText(confusionOf(pairs.filter(({ truth }) => truth < count), classes)).split("\n");
  const nine = lines(9).map((line) => line.trim().split(/ {2,}/));
  assertEquals(nine[0], ["class", "images", "right share", "taken for"]);
  assertEquals(nine[4], ["c3", "2", "50.0 %", "c5 (1)"]);
  assertEquals(lines(8)[0].trim().split(/ {2,}/), ["class", ...classes.slice(0, 8), "right share"]);
});

Deno.test("folders are classes by label, by number, or in their order", () => {
  const labels = ["Cat", "wild_dog"];
  const by = (folders: readonly string[], known: readonly string[] | null, outputs = 2) =>
    positionsOf(folders, { labels: known, outputs });
  const named = by(["wild dog", "cat"], labels);
  assertEquals([named.names, named.position("wild-dog"), named.position("CAT")], [labels, 1, 0]);
  const numbers = by(["1", "0"], null);
  assertEquals([numbers.names, numbers.position("1")], [["0", "1"], 1]);
  assertEquals(by(["0"], labels).names, labels);
  const order = by(["b", "a"], null);
  assertEquals([order.names, order.position("a")], [["b", "a"], 1]);
  assertThrows(() => by(["0", "2"], null, 3 - 2), Error, "2 folders for 1 outputs");
  const many = Array.from({ length: 13 }, (_, i) => `l${i}`);
  assertThrows(() => by(["x"], many), Error, 'folder "x" is no label; there are l0, l1');
  assertThrows(() => by(["x"], many), Error, "l11 and 1 more");
  const twelve = assertThrows(() => by(["x"], many.slice(0, 12)), Error);
  assert(twelve.message.endsWith("l11"));
});

Deno.test("accuracy has two digits, and words are broken at the width", () => {
  const class_ = (name: string, train: number) => ({ name, train, validation: 1, test: 1 });
  const classes = [class_("cat", 20), class_("dog", 30)];
  assertEquals(
    accuracyInWords({
      accuracy: { float32: 0.98765, int8: 0.5, images: 2000 },
      data: { shape: [8, 8, 1], classes, chance: 0.5, linear: 0.625, source: "photos" },
    }),
    [
      "Trained on alone and quantized, it classes 50.00 % of 2,000 new examples right in int8, " +
      "98.77 % in float32.",
      "2 classes, 20 to 30 of one to learn from. Guessing is right in 50.0 %, a linear model of " +
      "the pixels in 62.5 %.",
      "Data: photos.",
    ],
  );
  assertEquals(wrap("one two three", 9), "one two\n  three");
  assertEquals(wrap("one two three", 13), "one two three");
  assertEquals(wrap("one two three", 12), "one two\n  three");
});
