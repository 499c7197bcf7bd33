import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
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
    const ten = await tinyloom([...supernet, "--classes", "10"], folder);
    assertEquals(ten.code, 2);
    assertStringIncludes(ten.stderr, "--classes must be 2 with --fitness supernet, found 10");
  });
});
