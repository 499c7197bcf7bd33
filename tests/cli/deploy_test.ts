import { assert, assertEquals, assertMatch } from "../assert.ts";
import { hasCommand } from "../deploy/c_programs.ts";
import { inFolder, tinyloom } from "./program.ts";

const hasGcc = hasCommand("gcc");
const hasQemu = hasCommand("arm-none-eabi-gcc") && hasCommand("qemu-system-arm");
const jsonKeys = [
  "schemaVersion",
  "model",
  "target",
  "plan",
  "files",
  "exact",
  "frames",
  "instructions",
  "cyclesEstimate",
  "flashBytes",
  "ramBytes",
  "stackBytes",
  "layers",
];

Deno.test("deploy writes a project, named after the model, and says its sizes", async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await tinyloom(
      ["deploy", "zoo:mlperf-tiny-ad", "--device", "stm32f746", "--wide"],
      folder,
    );
    assertEquals([code, stderr], [0, "wrote 10 files to mlperf_tiny_ad\n"]);
    assertMatch(stdout, /Nothing was run: .*estimates/);
    assertMatch(stdout, /Instructions about .* cycles .* ms on stm32f746 at 216 MHz/);
    assertMatch(stdout, /^fits: peak/m);
    const { size } = await Deno.stat(`${folder}/mlperf_tiny_ad/mlperf_tiny_ad_weights.c`);
    assert(size > 264_192);
  });
});

Deno.test({
  name: "deploy --json has every key, null where nothing was measured (needs gcc)",
  ignore: !hasGcc,
  fn: async () => {
    await inFolder(async (folder) => {
      const { code, stdout } = await tinyloom(
        "deploy zoo:mlperf-tiny-kws --target portable --prefix kws --verify host --json".split(" "),
        folder,
      );
      const found = JSON.parse(stdout);
      assertEquals([code, Object.keys(found)], [0, jsonKeys]);
      assertEquals([found.exact, found.frames, found.target], [true, 2, "portable"]);
      assertEquals([found.instructions, found.flashBytes, found.stackBytes], [null, null, null]);
      assertEquals(Object.keys(found.plan), ["peakBytes", "fusion", "macFactor", "scratch"]);
      const { peakBytes, scratch } = found.plan;
      assertEquals([found.ramBytes, scratch.kernels], [
        peakBytes + scratch.besideBytes,
        "portable",
      ]);
      assert(found.files.includes("kws.c"));
    });
  },
});

Deno.test({
  name: "deploy --verify qemu measures (needs arm-none-eabi-gcc and qemu-system-arm)",
  ignore: !hasQemu,
  fn: async () => {
    await inFolder(async (folder) => {
      const { code, stdout } = await tinyloom(
        "deploy zoo:mlperf-tiny-ad --device nano33ble --prefix ad --verify qemu --json".split(" "),
        folder,
      );
      const { exact, instructions, cyclesEstimate, flashBytes, stackBytes, layers } = JSON.parse(
        stdout,
      );
      assertEquals([code, exact], [0, true]);
      assert(instructions > 264_192 && cyclesEstimate > instructions, `${instructions}`);
      assert(flashBytes.total > 264_192 && stackBytes > 0);
      assertEquals(layers.length, 10);
      assert(layers.every((layer: { instructions: number }) => layer.instructions > 0));
    });
  },
});

Deno.test("a model that does not fit writes nothing, unless it is forced", async () => {
  await inFolder(async (folder) => {
    const args = ["deploy", "zoo:mlperf-tiny-ad", "--device", "nano33iot", "--out", "ad"];
    const refused = await tinyloom(args, folder);
    assertEquals([refused.code, refused.stdout], [1, ""]);
    assertMatch(refused.stderr, /does not fit: .* Flash \(nano33iot\); nothing was written/);
    assertEquals([...Deno.readDirSync(folder)], []);
    const forced = await tinyloom([...args, "--force"], folder);
    assertEquals(forced.code, 1);
    assert((await Deno.stat(`${folder}/ad/mlperf_tiny_ad.c`)).isFile);
  });
});

Deno.test("deploy refuses bad input with exit code 2, and writes nothing", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/full`);
    await Deno.writeTextFile(`${folder}/full/mine.txt`, "");
    await tinyloom(["plan", "zoo:mlperf-tiny-kws", "--out", "kws.json"], folder);
    const model = "zoo:mlperf-tiny-ad";
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[model, "--device", "cray"], /there is no "cray"; there are nano33ble/],
      [[model, "--target", "z80"], /--target must be one of portable, cortex-m4.*found "z80"/],
      [[model, "--prefix", "2d"], /prefix "2d", needed a C identifier/],
      [[model, "--prefix", "int"], /prefix "int" is a keyword/],
      [[model, "--plan", "kws.json"], /plan/],
      [[model, "--arduino", "--zephyr"], /needed one of --arduino, --zephyr/],
      [[model, "--verify", "board"], /--verify must be one of host, qemu/],
      [[model, "--mac-budget", "2"], /--mac-budget needs --fusion/],
      [[model, "--out", "full"], /not empty/],
      [[model, "--read-log", "full/mine.txt"], /the log has no line/],
      [["missing.tflite"], /missing.tflite/],
      [[], /deploy needs one model/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await tinyloom(["deploy", ...args], folder);
      assertEquals([args, code, stdout], [args, 2, ""]);
      assertMatch(stderr, message);
    }
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(names, ["full", "kws.json"]);
  });
});

Deno.test({
  name: "missing tools are named with the package to install (needs env)",
  ignore: !hasCommand("env"),
  fn: async () => {
    await inFolder(async (folder) => {
      const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
      for (
        const [verify, message] of [["host", /apt-get install gcc/], ["qemu", /gcc-arm-none-eabi/]]
      ) {
        const { code, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            "-A",
            main,
            ..."deploy zoo:mlperf-tiny-ad --target cortex-m4 --verify".split(" "),
            verify as string,
          ],
          cwd: folder,
          env: { PATH: folder, INIT_CWD: folder },
        }).output();
        assertEquals(code, 2);
        assertMatch(new TextDecoder().decode(stderr), message as RegExp);
      }
      assertEquals([...Deno.readDirSync(folder)], []);
    });
  },
});

Deno.test("a board's log is a table beside the estimate", async () => {
  await inFolder(async (folder) => {
    const lines = Array.from(
      { length: 10 },
      (_, i) => `tinyloom layer ${i} cycles ${1000 * (i + 1)}`,
    );
    await Deno.writeTextFile(`${folder}/log.txt`, lines.join("\n"));
    const args = "deploy zoo:mlperf-tiny-ad --device nano33ble --read-log log.txt".split(" ");
    const { code, stdout } = await tinyloom(args, folder);
    assertEquals(code, 0);
    assertMatch(stdout, /^55,000 cycles, 0\.859 ms, medians of 1 runs; the estimate was /m);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});
