import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { writeModel, zoo } from "tinyloom";
import { inFolder, tinyloom } from "./program.ts";

const brief = ["--budget", "0.2"];

Deno.test("profile prints each layer and the whole run", async () => {
  const { code, stdout } = await tinyloom(["profile", "zoo:mlperf-tiny-kws", ...brief, "--wide"]);
  assertEquals(code, 0);
  const [heading, first] = stdout.split("\n");
  assertMatch(heading, /^index +operator +shape +kernel +form +threads +min +median +of time/);
  assertMatch(first, /^ +0 +CONV_2D +1x25x5x64 +conv int8/);
  assertMatch(stdout, /A run takes .* 2,656,768 MACs, .* GMAC\/s\./);
  assertMatch(stdout, /Its 12 layers take .* %/);
});

Deno.test("profile --json prints one object, and --out writes it in every format", async () => {
  await inFolder(async (folder) => {
    const formats = ["arrow", "csv", "json", "svg", "png", "html", "md"];
    const out = formats.flatMap((format) => ["--out", `p.${format}`]);
    const { code, stdout, stderr } = await tinyloom(
      ["profile", "zoo:mlperf-tiny-ad", ...brief, "--json", ...out],
      folder,
    );
    assertEquals([code, stderr], [0, formats.map((format) => `wrote p.${format}\n`).join("")]);
    const { schemaVersion, totals, environment, layers } = JSON.parse(stdout);
    assertEquals([schemaVersion, totals.layers, totals.macs, environment.seed], [1, 10, 264192, 1]);
    assertEquals(layers.length, 10);
    assert(Array.isArray(layers[0].schedule) && layers[0].movedBytes === 83_200);
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    assertEquals(JSON.parse(await read("p.json")), JSON.parse(stdout));
    assertStringIncludes(await read("p.svg"), "0 FULLY_CONNECTED 1x128");
    const page = await read("p.html");
    for (const text of ["Profile of mlperf-tiny-ad", "operations per byte", "GMAC/s"]) {
      assertStringIncludes(page, text);
    }
  });
});

Deno.test("profile --roofline draws the layers below the machine's roof", async () => {
  await inFolder(async (folder) => {
    const args = ["profile", "zoo:mlperf-tiny-ad", ...brief, "--roofline", "--out", "r.svg"];
    assertEquals((await tinyloom(args, folder)).code, 0);
    assertStringIncludes(await Deno.readTextFile(`${folder}/r.svg`), "operations per byte");
  });
});

Deno.test("bench prints a row for each model, on several threads, too", async () => {
  await inFolder(async (folder) => {
    const models = ["zoo:mlperf-tiny-ad", "zoo:mlperf-tiny-kws"];
    const out = ["--out", "b.svg", "--out", "b.html"];
    const { code, stdout } = await tinyloom(
      ["bench", ...models, ...brief, "--threads", "2", "--json", ...out],
      folder,
    );
    assertEquals(code, 0);
    const { schemaVersion, environment, models: rows } = JSON.parse(stdout);
    assertEquals([schemaVersion, environment.threads], [1, 2]);
    assertEquals(rows.map((row: { model: string }) => row.model), models);
    for (const row of rows) {
      assertEquals(row.threads, 2);
      assert(row.coldCreateNs > 0 && row.createNs > 0 && row.minNs > 0 && row.arenaBytes > 0);
    }
    assertStringIncludes(await Deno.readTextFile(`${folder}/b.svg`), "Time of a run, 2 threads");
    const table = await tinyloom(["bench", models[0], ...brief, "--wide"]);
    assertMatch(table.stdout, /^model +dtype +threads +create first +create again +min +median/);
  });
});

Deno.test("explain prints a layer, and its WebAssembly text if asked", async () => {
  const { code, stdout } = await tinyloom(["explain", "zoo:mlperf-tiny-ad", "4"]);
  assertEquals(code, 0);
  for (const text of ["Layer 4 of 10", "Plain nest", "* W[o][k]", "Nest as scheduled"]) {
    assertStringIncludes(stdout, text);
  }
  assert(!stdout.includes("(module"));
  const wat = await tinyloom(["explain", "zoo:mlperf-tiny-ad", "4", "--wat", "--checked"]);
  assertMatch(wat.stdout, /\(module[\s\S]*"checkRead"/);
});

Deno.test("ablate prints a row for each rung, and one object with --json", async () => {
  const args = ["ablate", "zoo:mlperf-tiny-ad", "--budget", "0.5"];
  const text = await tinyloom(args);
  assertEquals(text.code, 0, text.stderr);
  for (const rung of ["none", "code-generation", "simd", "threads"]) {
    assertStringIncludes(text.stdout, rung);
  }
  const json = await tinyloom([...args, "--json"]);
  assertEquals(JSON.parse(json.stdout).rungs.length, 8);
});

Deno.test("profile --tune measures once and remembers it in the file", async () => {
  await inFolder(async (folder) => {
    const args = ["profile", "zoo:mlperf-tiny-ad", "--tune", "kernels.json", "--budget", "0.2"];
    const first = await tinyloom(args, folder);
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(first.stderr, "wrote kernels.json");
    const written = await Deno.readTextFile(`${folder}/kernels.json`);
    assertEquals(JSON.parse(written).schemaVersion, 2);
    const second = await tinyloom(args, folder);
    assertEquals(second.code, 0, second.stderr);
    assert(!second.stderr.includes("wrote"));
    assertEquals(await Deno.readTextFile(`${folder}/kernels.json`), written);
    await Deno.writeTextFile(`${folder}/kernels.json`, "[]");
    const third = await tinyloom(args, folder);
    assertEquals(third.code, 2);
    assertStringIncludes(
      third.stderr,
      "kernels.json: this is not a file of kernel choices: $ is [], needed",
    );
  });
});

Deno.test("wrong usage of profile, bench and explain: exit code 2 and one clear line", async () => {
  await inFolder(async (folder) => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["profile"], /profile needs one model/],
      [["profile", "zoo:mlperf-tiny-ad", "--out", "p.docx"], /the extension must be one of/],
      [["profile", "zoo:nothing"], /nothing/],
      [["bench"], /bench needs models/],
      [["bench", "zoo:mlperf-tiny-ad", "zoo:mlperf-tiny-ad"], /is given twice/],
      [["bench", "zoo:mlperf-tiny-ad", "--threads", "0"], /--threads must be an integer/],
      [["explain", "zoo:mlperf-tiny-ad"], /explain needs one model, .* found 1 arguments/],
      [["explain", "zoo:mlperf-tiny-ad", "10"], /layer is 10, needs an integer from 0 to 9/],
      [["explain", "zoo:mlperf-tiny-ad", "two"], /layer is NaN, needs an integer from 0 to 9/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await tinyloom(args, folder);
      assertEquals([args, code, stdout], [args, 2, ""]);
      assertMatch(stderr, message);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a model that has no name, or every graph's, is called as its file", async () => {
  await inFolder(async (folder) => {
    for (const name of ["", "main"]) {
      const bytes = writeModel({ ...zoo("mlperf-tiny-ad"), name });
      await Deno.writeFile(`${folder}/anomaly.v2.tflite`, bytes);
      const args = ["plan", "anomaly.v2.tflite", "--out", "p.svg"];
      assertEquals((await tinyloom(args, folder)).code, 0);
      assertMatch(await Deno.readTextFile(`${folder}/p.svg`), />anomaly\.v2: [\d,]+ B</);
    }
  });
});
