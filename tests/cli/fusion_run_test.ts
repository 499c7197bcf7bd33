import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { inFolder, tinyloom } from "./program.ts";

const network = "zoo:mobilenet_v1,width=0.25,resolution=32,classes=10";
const fused = ["--fusion", "rolling"];

Deno.test("run --fusion gives the same outputs in a smaller arena, every access checked", async () => {
  await inFolder(async (folder) => {
    const image = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => i * 7);
    await Deno.writeFile(`${folder}/in.bin`, image);
    const run = async (...flags: string[]) => {
      const args = ["run", network, "--input", "in.bin", "--json", ...flags];
      const { code, stdout, stderr } = await tinyloom(args, folder);
      assertEquals([code, stderr], [0, ""]);
      return JSON.parse(stdout);
    };
    const layers = await run();
    const segments = await run(...fused, "--checked");
    const outside = await run(...fused, "--external-input", "--granularity", "pixel", "--checked");
    assertEquals([segments.sha256, outside.sha256], [layers.sha256, layers.sha256]);
    assert(outside.peakBytes < segments.peakBytes && segments.peakBytes < layers.peakBytes);
  });
});

Deno.test("profile --fusion has a row for each segment with what it computes again", async () => {
  const flags = ["--fusion", "patch", "--external-input", "--budget", "0.2", "--wide"];
  const { code, stdout } = await tinyloom(["profile", network, ...flags]);
  assertEquals(code, 0);
  const [heading, ...lines] = stdout.split("\n");
  assertMatch(heading, / MACs +mac factor +GMAC\/s/);
  assert(lines.some((line) => /SEGMENT .* segment \d x \d patches +fused/.test(line)), stdout);
  assertMatch(stdout, / MACs, 1\.\d{4} times the model's, /);
});

Deno.test("bench --fusion times models in such plans", async () => {
  const { code, stdout } = await tinyloom([
    "bench",
    network,
    ...fused,
    "--budget",
    "0.3",
    "--wide",
  ]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, network);
});

Deno.test("run refuses budgets without --fusion, and those that no plan is within", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/in.bin`, new Uint8Array(32 * 32 * 3));
    const run = (...flags: string[]) =>
      tinyloom(["run", network, "--input", "in.bin", ...flags], folder);
    const alone = await run("--mac-budget", "1.1");
    assertEquals(alone.code, 2);
    assertStringIncludes(alone.stderr, "--mac-budget needs --fusion");
    const small = await run(...fused, "--memory-budget", "100");
    assertEquals(small.code, 2);
    assertStringIncludes(small.stderr, "no plan found needs 100 bytes or less");
    const both = await run(...fused, "--reference");
    assertStringIncludes(both.stderr, "--reference takes no --plan, --fusion");
  });
});
