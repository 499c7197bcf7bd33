// What commands that measure say, whatever the times: each is called in this process.
import { hasExactRelaxedDot } from "tinyloom/lab";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { said } from "./in_process.ts";
import { inFolder } from "./program.ts";

const wide = { width: 1000 };

Deno.test("random inputs are run frame by frame, and the arena and digest are told", async () => {
  const { code, printed, notes, progress } = await said(
    ["run", "zoo:mlperf-tiny-kws", "--random", "2"],
    wide,
  );
  const lines = printed.split("\n");
  assertEquals([code, notes], [0, []]);
  assertEquals(lines[0].split(/ {2,}/), [
    "frame",
    "input",
    "output",
    "dtype",
    "shape",
    "elements",
    "argmax",
    "value",
    "time",
  ]);
  assertMatch(
    lines[1],
    / 0 {2}random, seed 1 {2}softmax {2}int8 {3}\[1,12\] {2}59 -127 -118 -121 \.\.\. +0 {2}0\.730/,
  );
  assertMatch(lines[2], / 1 {2}random, seed 2 {2}softmax /);
  assertStringIncludes(
    lines[3],
    "The weights of zoo:mlperf-tiny-kws are random: its outputs mean nothing",
  );
  assertMatch(lines[4], /^2 of 2 frames; arena 8,255 B; sha256 of the outputs [0-9a-f]{64}$/);
  assertEquals(progress, ["frame 1 of 2", "frame 2 of 2", ""]);
  const json = JSON.parse(
    (await said(["run", "zoo:mlperf-tiny-kws", "--random", "2", "--json"])).printed,
  );
  assertEquals(
    [json.schemaVersion, json.random, json.seed, json.frames, json.peakBytes, json.threads],
    [1, 2, 1, 2, 8255, 1],
  );
  assertEquals([json.checked, json.randomWeights, json.output, json.engine], [
    false,
    true,
    null,
    "wasm",
  ]);
  assertStringIncludes(lines[4], json.sha256);
  const [, second] = json.results;
  assertEquals([second.frame, second.input, second.outputs[0].top.length], [
    1,
    "random, seed 2",
    5,
  ]);
  assertEquals(second.outputs[0].top[0], { index: 0, value: 0.734375 });
});

Deno.test("a profile has a row for each layer, and progress goes through its phases", async () => {
  const { code, printed, notes, progress } = await said(
    ["profile", "zoo:mlperf-tiny-ad", "--budget", "0.1"],
  );
  assertEquals(code, 0);
  const rows = printed.split("\n").slice(1, 11).map((line) => line.trim().split(/ {2,}/));
  assertEquals(rows.map(([index]) => Number(index)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert(rows.every(([, operator]) => operator === "FULLY_CONNECTED"));
  assertMatch(printed, /\nA run takes /);
  assertMatch(notes[0], /^Not shown: .*\(--wide,\s+--columns\)$/s);
  assert(
    progress.some((line) => /^time mlperf-tiny-ad \(\d+\.\d of 0 s\)$/.test(line)),
    `${progress}`,
  );
  assertEquals(progress.at(-1), "");
});

Deno.test("a tuned product is shown, timed against the plain one, and written as steps", () =>
  inFolder(async (folder) => {
    const { code, printed, notes, progress } = await said(
      "tune matmul --m 4 --k 4 --n 4 --budget 0.4 --evaluations 1 --out best.json".split(" "),
      { folder, ...wide },
    );
    assertEquals([code, notes[0]], [0, "wrote best.json"]);
    assertMatch(
      printed,
      /\n\d+ candidates; ended by (evaluations|budget)\. The best schedule:\n\[/,
    );
    assertMatch(printed, /\nnaive +4x4x4 +1 /);
    const steps = JSON.parse(await Deno.readTextFile(`${folder}/best.json`));
    assert(Array.isArray(steps));
    assertStringIncludes(printed.replaceAll("}, {", "},{"), JSON.stringify(steps));
    assert(
      progress.some((line) => /^search: \d+ candidates(, best .*s)?$/.test(line)),
      `${progress}`,
    );
    const json = JSON.parse(
      (await said(
        "tune matmul --m 4 --k 4 --n 4 --budget 0.3 --evaluations 1 --json --dtype i8".split(" "),
      )).printed,
    );
    assertEquals(json.schemaVersion, 1);
  }));

Deno.test("a ladder of products is written, compared with itself, and run again", () =>
  inFolder(async (folder) => {
    const call = (line: string) => said(line.split(" "), { folder, ...wide });
    const first = await call("matmul --m 8 --k 8 --n 8 --budget 0.3 --out t.arrow");
    assertEquals(first.code, 0);
    assertEquals(first.notes[0], "wrote t.arrow");
    const names = ["naive", "reorder", "tile", "unroll", "simd", "threads", "best"];
    const rows = first.printed.split("\n").slice(1, 8).map((line) => line.split(/ +/)[0]);
    assertEquals(rows, names);
    assertStringIncludes(first.printed, "\nnaive: the baseline\nreorder: ");
    const same = await call("compare t.arrow t.arrow");
    assertEquals(same.code, 0);
    assertEquals(
      same.printed.split("\n").slice(0, 7).map((line) => line.split(/[ :]+/).slice(0, 2)),
      names.map((name) => ["same", name]),
    );
    assertStringIncludes(same.printed, "Reproduced: all 7 speed-ups agree.");
    const again = await call("reproduce t.arrow --budget 0.2");
    assertMatch(again.printed, /^Ran again: 7 schedules of 8x8x8, seed 1\n/);
    assertEquals(again.code, /\nNot reproduced: /.test(again.printed) ? 1 : 0);
  }));

Deno.test("optimizations are added one by one, models measured whole", async () => {
  const ablated = await said("ablate zoo:mlperf-tiny-ad --budget 0.1".split(" "), wide);
  assertEquals(ablated.code, 0);
  assertEquals(
    ablated.printed.split("\n").slice(1, 9).map((line) => line.split(/ +/).slice(0, 2)),
    [
      ["none", "1"],
      ["code-generation", "1"],
      ["specialised-im2col", "1"],
      ["operator-fusion", "1"],
      ["loop-unrolling", "1"],
      ["tiling", "1"],
      ["simd", "1"],
      ["threads", "2"],
    ],
  );
  const benched = await said("bench zoo:mlperf-tiny-ad --budget 0.2".split(" "), wide);
  assertEquals(benched.code, 0);
  // Weights are laid out for the fours that a machine multiplies at once, or for pairs.
  assertMatch(
    benched.printed.split("\n")[1],
    hasExactRelaxedDot()
      ? /^zoo:mlperf-tiny-ad .* 264,192 .* 768 B {2}290,352 B {2}/
      : /^zoo:mlperf-tiny-ad .* 264,192 .* 768 B {2}290,336 B {2}/,
  );
});

Deno.test("a plan for memory of one's own says that it does not fit, and what comes nearest", async () => {
  const { code, printed } = await said(
    "plan zoo:mlperf-tiny-kws --sram 4000 --flash 100000".split(" "),
    wide,
  );
  assertEquals(code, 1);
  assertEquals(printed.split("\n").slice(0, 4), [
    "DOES NOT FIT your device: arena 8,063 B, Flash 39,406 B",
    "SRAM  ██████████████████████████████▶ 8,223 B of 4,000 B (205.6 %), your device",
    "Flash ████████████░░░░░░░░░░░░░░░░░░  39,406 B of 100,000 B (39.4 %), your device",
    "Nothing tried makes it fit; the least is --input external --fusion best with 4,800 B, at no " +
    "further multiply-accumulates.",
  ]);
  assertStringIncludes(
    printed,
    "\nyour device                    4,000 B    100,000 B  no, 205.6 % of SRAM  no, 132.3 % of SRAM",
  );
  const frontier = await said("plan zoo:mlperf-tiny-kws --frontier".split(" "), wide);
  assertEquals(frontier.code, 0);
  assertEquals(frontier.progress.slice(0, 3), [
    "searching segments",
    "trade-off 1 of 4",
    "trade-off 2 of 4",
  ]);
});

Deno.test("operators, layers, completions and versions", async () => {
  const { printed } = await said(["operators"]);
  const rows = new Map(
    printed.split("\n").map((line) => [line.split(" ")[0], line.split(/ {2,}/).slice(1)]),
  );
  assertEquals(rows.get("ADD"), ["f32 i8 u8 i16 i32", "rolling", "v d"]);
  assertEquals(rows.get("ARG_MAX"), ["f32 i8", "–"]);
  assertEquals(rows.get("CALL_ONCE"), ["–", "–"]);
  const [abs] = JSON.parse((await said(["operators", "--json"])).printed).operators;
  assertEquals([abs.operator, abs.planned, abs.vectors, abs.dsp], [
    "ABS",
    "in place, rolling",
    true,
    false,
  ]);
  const far = await said("explain zoo:mlperf-tiny-ad 99".split(" "));
  assertEquals([far.code, far.notes[0]], [
    2,
    "tinyloom: layer is 99, needs an integer from 0 to 9",
  ]);
  const layer = await said("explain zoo:mlperf-tiny-ad 0".split(" "));
  assertMatch(
    layer.printed,
    /^Layer 0 of 10: FULLY_CONNECTED, operator 0 of the model, 81,920 MACs\n/,
  );
  assertStringIncludes(
    layer.printed,
    "\nreads   t0      input           int8   [1,640]       640 B  arena 0 to 639\n",
  );
  assertEquals(
    (await said(["completion"])).notes[0],
    'tinyloom: completion needs bash, zsh, fish, pwsh, found ""',
  );
  for (const shell of ["bash", "zsh", "fish", "pwsh"]) {
    assertStringIncludes((await said(["completion", shell])).printed, "tinyloom");
  }
  for (const flag of ["--version", "-V"]) {
    assertMatch((await said([flag])).printed, /^tinyloom \d+\.\d+\.\d+$/);
  }
  const none = await said([]);
  assertEquals([none.code, (await said(["--help"])).code], [2, 0]);
  assertEquals(none.printed, (await said(["help"])).printed);
  assertEquals((await said(["plan", "-h"])).printed, (await said(["help", "plan"])).printed);
});
