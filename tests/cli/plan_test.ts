import { remedyInWords } from "../../lib/cli/plan_answer.ts";
import { runCli } from "../../lib/cli/run_cli.ts";
import { devices, planMemory, zoo } from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { inFolder } from "./program.ts";

const KWS = "zoo:mlperf-tiny-kws";
const VWW = "zoo:mcunet-vww1";

Deno.test("plan answers first, then draws the arena against the device", async () => {
  const { code, out } = await run(["plan", KWS, "--device", "nano33iot"]);
  assertEquals(code, 0);
  const [verdict, sram, flash] = out.split("\n");
  assertMatch(verdict, /^Fits Arduino Nano 33 IoT .*: arena 8,063 B, Flash 39,406 B$/);
  assertMatch(sram, /^SRAM +█+░+ +[\d,]+ B of 32,768 B \(\d\d\.\d %\), nano33iot$/);
  assertMatch(flash, /^Flash +█+░+ +39,406 B of 262,144 B \(15\.0 %\), nano33iot$/);
  assertEquals(sram.indexOf(" B of") > 0, flash.indexOf(" B of") > 0);
  assertMatch(out, /\ndevice +core +sram +layer wise +fused\n/);
  assertMatch(out, /\nnano33iot +Cortex-M0\+ +32,768 B +yes, .* of SRAM +yes, .* of SRAM\n/);
});

Deno.test("plan says what would make a model fit, and what none would", async () => {
  const tight = ["plan", VWW, "--sram", "64k", "--flash", "1M"];
  const { code, out } = await run(tight);
  assertEquals(code, 1);
  assertMatch(out, /^DOES NOT FIT your device: arena 76,807 B/);
  assertMatch(out, /\nSRAM +█+▶ .* of 65,536 B \(1\d\d\.\d %\), your device\n/);
  const fused = planMemory(zoo("mcunet-vww1"), { fusion: "best" }).peakBytes.toLocaleString("en");
  assertStringIncludes(out, `What makes it fit: --fusion best needs ${fused} B, at no further`);
  assertMatch(out, /\nyour device +65,536 B +no, 1\d\d\.\d % of SRAM +yes, /);
  assertEquals((await run([...tight, "--fusion", "best"])).code, 0);
  const { remedies } = JSON.parse((await run([...tight, "--json"])).out);
  assertEquals(remedies.length, 1);
  assertEquals([remedies[0].flags, remedies[0].fits], ["--fusion best", true]);

  const small = await run(["plan", VWW, "--sram", "8k", "--flash", "1M"]);
  assertMatch(small.out, /Nothing tried makes it fit; the least is .* with\s+[\d,]+ B/s);
  const flash = await run(["plan", VWW, "--sram", "1M", "--flash", "64k"]);
  assertMatch(flash.out, /exceed the Flash by [\d,]+ B: no\s+plan\s+changes that/);
});

Deno.test("constants that fill the Flash to the last byte do not exceed it", () => {
  const model = zoo("mlperf-tiny-kws");
  const { flashBytes } = planMemory(model);
  const remedy = { flags: "--x", peakBytes: 7, macFactor: 1, fits: true };
  const said = (flash: number) => {
    const device = { name: "a", title: "A", core: "", sramBytes: 1000, flashBytes: flash };
    const sizes = { sramBytes: 1000, flashBytes: flash };
    return remedyInWords([remedy], {
      plan: planMemory(model, { device: { ...devices.nano33iot, ...device, ...sizes } }),
      device: { ...devices.nano33iot, ...device },
    });
  };
  assertEquals(said(flashBytes), [
    "What makes it fit: --x needs 7 B, at no further multiply-accumulates.",
  ]);
  assertMatch(said(flashBytes - 1)[0], /^Its constants and code exceed the Flash by 1 B: /);
});

Deno.test("a device of one's own is a file or two sizes", async () => {
  await inFolder(async (folder) => {
    const plan = async (device: unknown, ...flags: string[]) => {
      await Deno.writeTextFile(`${folder}/mine.json`, JSON.stringify(device));
      return await run(["plan", KWS, "--device", "mine.json", ...flags], { folder });
    };
    const fits = await plan({ sramBytes: 16384, flashBytes: 65536, core: "Cortex-M4F" });
    assertEquals(fits.code, 0);
    assertMatch(fits.out, /^Fits mine: /);
    const less = await plan({ sramBytes: 16384, flashBytes: 65536 }, "--sram", "4 KiB");
    assertMatch(less.out, /^DOES NOT FIT mine: /);
    const least = await plan({ sramBytes: 1, flashBytes: 1 });
    assertMatch(least.out, /^DOES NOT FIT mine: /);
    const none = await plan({ sramBytes: 1, flashBytes: 0 });
    assertStringIncludes(none.err, "$.flashBytes is 0, needed a whole number of at least 1");
    const misspelt = await plan({ sramBites: 1, flashBytes: 1 });
    assertEquals(misspelt.code, 2);
    assertStringIncludes(misspelt.err, 'no option "sramBites", did you mean "sramBytes"?');
    assertStringIncludes(
      (await plan({ sramBytes: 1 })).err,
      "$.flashBytes is missing, needed a whole number",
    );
    const alone = await run(["plan", KWS, "--sram", "64k"]);
    assertStringIncludes(alone.err, "--sram needs the other, or --device");
    const odd = await run(["plan", KWS, "--sram", "64q", "--flash", "1M"]);
    assertStringIncludes(
      odd.err,
      '--sram must be a number of bytes, as 65536, 64k or 1M, found "64q"',
    );
    const near = await run(["plan", KWS, "--device", "stm32f476"]);
    assertStringIncludes(near.err, 'did you mean "stm32f746"?');
  });
});

Deno.test("two plans or models are shown side by side, with what changed", async () => {
  await inFolder(async (folder) => {
    await run(["plan", VWW, "--fusion", "best", "--out", "fused.json"], { folder });
    const { out } = await run(["plan", VWW, "fused.json"], { folder });
    assertMatch(out, /\narena B +76,807 +21,760 +-55,047 \(-71\.7 %\)\n/);
    assertMatch(out, /\nfusion +none +best +differs\n/);
    assertMatch(out, /\nweights B +420,528 +420,528 +same\n/);
    const json = JSON.parse((await run(["plan", VWW, KWS, "--json"])).out);
    assertEquals(json.differences[0], { figure: "arena B", a: 76807, b: 8063 });
    const device = ["--sram", "64k", "--flash", "1M"];
    assertEquals((await run(["plan", VWW, KWS, ...device])).code, 1);
    const board = ["--device", "nano33ble", "--json"];
    const pair = JSON.parse((await run(["plan", KWS, "zoo:mlperf-tiny-ad", ...board])).out);
    const alone = JSON.parse((await run(["plan", KWS, ...board])).out);
    assertEquals(pair.fits[0], { fits: true, reason: alone.reason });
    const models = await run(["model", KWS, "zoo:mlperf-tiny-ic"]);
    assertMatch(models.out, /\nDEPTHWISE_CONV_2D +4 +0 +-4 \(-100\.0 %\)\n/);
    assertMatch(models.out, /\ninputs +int8 1x49x10x1 +int8 1x32x32x3 +differs\n/);
  });
});

Deno.test("plan says by how much run and profile differ, and profile that it does", async () => {
  const { out } = await run(["plan", KWS]);
  const [, bytes] = /run and profile need ([\d,]+) B/.exec(out)!;
  const profile = await run(["profile", KWS, "--budget", "0.1"]);
  assertStringIncludes(profile.out, `Arena ${bytes} B (tinyloom plan: 8,063 B; kernels here`);
});

Deno.test("a frontier tells how far it is, and ends at an interrupt with what it has", async () => {
  const seen: string[] = [];
  const args = ["plan", VWW, "--input", "external", "--frontier"];
  const whole = await run(args, { progress: (text) => seen.push(text) });
  const steps = seen.filter((text) => /^trade-off \d+ of \d+$/.test(text));
  assert(steps.length > 1, seen.join());
  const interrupt = new AbortController();
  const part = await run(args, {
    signal: interrupt.signal,
    progress: (text) => text.startsWith("trade-off 1 ") && interrupt.abort(),
  });
  assertEquals(part.code, 130);
  assertMatch(part.err, /interrupted: trade-offs may be missing/);
  const rows = (text: string) => text.split("\n").filter((line) => /^ *[\d,]+ B +\d/.test(line));
  assert(rows(part.out).length < rows(whole.out).length && rows(part.out).length > 0);
});

Deno.test("devices are listed, and with a model whether they hold it", async () => {
  const { out } = await run(["devices"]);
  assertMatch(
    out,
    /\nnano33ble +Arduino Nano 33 BLE .*… +Cortex-M4F +64 +262,144 B +1,048,576 B\n/,
  );
  const held = await run(["devices", VWW, "--columns", "name,fits"]);
  assertMatch(held.out, /\nnano33iot +no\n/);
  assertMatch(held.out, /\nnrf5340 +yes\n/);
});

Deno.test("tune tells what its best gains over the plain loops", async () => {
  const { out } = await run([
    ...["tune", "matmul", "--m", "32", "--k", "32", "--n", "32", "--budget", "1"],
    ...["--evaluations", "5"],
  ]);
  assertMatch(out, /\nnaive .* 1\.00x/);
  assertMatch(out, /\nbest: .* naive/);
});

interface World {
  readonly folder?: string;
  readonly progress?: (text: string) => unknown;
  readonly signal?: AbortSignal;
}

async function run(
  args: readonly string[],
  { folder = "/", progress = () => {}, signal = new AbortController().signal }: World = {},
) {
  const [out, err]: string[][] = [[], []];
  const code = await runCli(args, {
    print: (text) => void out.push(text),
    note: (text) => void err.push(text),
    progress: (text) => void progress(text),
    width: 80,
    resolve: (path) => path.startsWith("/") ? path : `${folder}/${path}`,
    signal,
    env: () => undefined,
  });
  return { code, out: out.join("\n"), err: err.join("\n").replaceAll(/\s+/g, " ") };
}
