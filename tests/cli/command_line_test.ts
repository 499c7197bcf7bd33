import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { supportedOperators } from "../../mod.ts";
import { inFolder, tinyloom } from "./program.ts";

const small = ["--m", "32", "--k", "32", "--n", "32", "--budget", "0.5"];

Deno.test("without a command the help is printed, and the exit code is that of wrong usage", async () => {
  const { code, stdout } = await tinyloom([]);
  assertEquals(code, 2);
  const names =
    "matmul conv compare tune model plan deploy run profile explain bench ablate search operators allocate kernel";
  for (const name of names.split(" ")) {
    assertStringIncludes(stdout, name);
  }
});

Deno.test("each command has help with examples", async () => {
  const { code, stdout } = await tinyloom(["plan", "--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Examples:");
  assertStringIncludes(stdout, "--device");
});

Deno.test("wrong usage ends with one clear line and exit code 2", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["matmull"], /There is no command "matmull"/],
    [["matmul", "--size", "4"], /matmul has no flag --size/],
    [["matmul", "--m", "4.5"], /--m must be an integer of at least 1, found "4.5"/],
    [["matmul", "--m", "0"], /--m must be an integer of at least 1/],
    [["matmul", "--variants", "naive,fast"], /there is no "fast"/],
    [["matmul", "--out", "x.docx"], /the extension must be one of/],
    [["conv", "--shape", "28x28x64,3x3x64"], /A layer is written as/],
    [["conv", "--shape", "1x2x2x4,3x3x4"], /A kernel of 3 does not fit a valid input of 2/],
    [["conv", "--shape", "1x8x8x4,3x3x8,dw"], /A depthwise convolution keeps its 4 channels/],
    [["conv", "--variants", "fft"], /there is no "fft"/],
    [["conv", "--variants", "channels"], /"channels" does not fit the layer/],
    [["conv", "--dtype", "i4"], /--dtype must be f32 or i8, found "i4"/],
    [["compare", "one.arrow"], /compare needs two records, found 1/],
    [["search", "--device", "cray"], /there is no "cray"; there are nano33ble/],
    [
      ["search", "--fitness", "luck"],
      /--fitness must be one of macs, score, supernet, found "luck"/,
    ],
    [["plan", "no_such_file.tflite"], /no_such_file/],
    [["plan", "zoo:nothing"], /nothing/],
    [["plan", "zoo:mlperf-tiny-kws", "--device", "cray"], /there is no "cray"/],
    [["plan", "zoo:mlperf-tiny-kws", "--technique", "magic"], /There is no technique "magic"/],
    [["plan", "zoo:mlperf-tiny-kws", "--fusion", "all"], /fusion "all", needed one of none/],
    [["plan", "zoo:mlperf-tiny-kws", "--mac-budget", "0.5"], /--mac-budget must be a number of at/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await tinyloom(args);
    assertEquals([args, code, stdout], [args, 2, ""]);
    assertMatch(stderr, message);
  }
});

Deno.test("matmul prints one JSON object, and writes what compare reads", async () => {
  await inFolder(async (folder) => {
    const { code, stdout } = await tinyloom(
      ["matmul", ...small, "--variants", "naive,best", "--json", "--out", "a.arrow"],
      folder,
    );
    assertEquals(code, 0);
    const { schemaVersion, environment, rows } = JSON.parse(stdout);
    assertEquals(schemaVersion, 1);
    assertEquals(environment.seed, 1);
    assertEquals(rows.map((row: { variant: string }) => row.variant), ["naive", "best"]);
    for (const row of rows) {
      assert(row.verified && row.medianNs >= row.minNs && row.gflops > 0);
      assert(Array.isArray(row.schedule));
    }
    const same = await tinyloom(["compare", "a.arrow", "a.arrow"], folder);
    assertEquals(same.code, 0);
    assertStringIncludes(same.stdout, "Reproduced");
  });
});

Deno.test("conv prints rows as matmul does, with scratch and multiplications", async () => {
  await inFolder(async (folder) => {
    const layer = ["--shape", "1x8x8x8,3x3x8,same", "--dtype", "i8", "--budget", "0.3"];
    const { code, stdout } = await tinyloom(
      ["conv", ...layer, "--variants", "im2col,winograd2", "--json", "--out", "a.html"],
      folder,
    );
    assertEquals(code, 0);
    const { rows } = JSON.parse(stdout);
    assertEquals(rows.map((row: { variant: string }) => row.variant), ["im2col", "winograd2"]);
    assertEquals(rows.map((row: { multiplications: number }) => row.multiplications), [
      8 * 8 * 8 * 9 * 8,
      16 * 16 * 8 * 8,
    ]);
    assert(rows.every((row: { scratchBytes: number }) => row.scratchBytes > 0));
    assertStringIncludes(await Deno.readTextFile(`${folder}/a.html`), "16 matrix products");
  });
});

Deno.test("a schedule that --json printed replays as a variant of its own", async () => {
  await inFolder(async (folder) => {
    const steps = [{ op: "reorder", order: ["i", "k", "j"] }, { op: "vectorize", axis: "j" }];
    await Deno.writeTextFile(`${folder}/mine.json`, JSON.stringify(steps));
    const { code, stdout } = await tinyloom(
      ["matmul", ...small, "--variants", "naive", "--schedule", "mine.json", "--json"],
      folder,
    );
    assertEquals(code, 0);
    assertEquals(JSON.parse(stdout).rows[1].schedule, steps);
    await Deno.writeTextFile(
      `${folder}/bad.json`,
      JSON.stringify([{ op: "tile", sizes: { i: 0 } }]),
    );
    const bad = await tinyloom(["matmul", ...small, "--schedule", "bad.json"], folder);
    assertEquals(bad.code, 2);
    assertMatch(bad.stderr, /tile size must be an integer from 1 to 2147483647, found 0/);
  });
});

Deno.test("plan says whether a device holds the model, by words and exit code", async () => {
  const fits = await tinyloom(["plan", "zoo:mlperf-tiny-kws", "--device", "stm32f746"]);
  assertEquals(fits.code, 0);
  const not = await tinyloom(["plan", "zoo:mobilenet_v2", "--device", "stm32f746", "--json"]);
  assertEquals(not.code, 1);
  const plan = JSON.parse(not.stdout);
  assertEquals(plan.fits, false);
  assertMatch(
    plan.reason,
    /does not fit: peak [\d,]+ B > 327,680 B SRAM \(stm32f746\) at operator/,
  );
  assertEquals(plan.optimal, true);
  assert(plan.peakBytes === plan.lowerBoundBytes && plan.buffers.length > 0);
});

Deno.test("plan fuses when it is asked to, within a budget, and shows the frontier", async () => {
  const layers = await tinyloom(["plan", "zoo:mlperf-tiny-kws", "--json"]);
  assertEquals(JSON.parse(layers.stdout).segments, []);
  const asked = ["plan", "zoo:mcunet-vww1", "--fusion", "best", "--input", "external"];
  const { code, stdout } = await tinyloom([
    ...[...asked, "--mac-budget", "1.02", "--frontier", "--wide"],
  ]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "rolling rows in 2 strips");
  assertStringIncludes(stdout, "13,200 B");
  assertMatch(stdout, /Segment operators 0 CONV_2D to \d+ \w+: rolling rows/);
  const json = await tinyloom([...asked, "--mac-budget", "1.02", "--frontier", "--json"]);
  const plan = JSON.parse(json.stdout);
  assertEquals([plan.peakBytes, plan.frontier.length], [13_200, 2]);
  assert(plan.segments[0].passes[0].microSteps.length > 0);
  const none = await tinyloom([...asked, "--memory-budget", "5000"]);
  assertEquals(none.code, 1);
  assertMatch(none.stderr, /no plan found needs 5000 bytes or less; the least needs \d+/);
});

Deno.test("operators prints a line for each operator, and what it writes has a row for each type", async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await tinyloom(["operators", "--out", "all.csv"], folder);
    assertEquals([code, stderr], [0, "wrote all.csv\n"]);
    const lines = stdout.trimEnd().split("\n");
    assertEquals(lines.filter((line) => line.length > 80), []);
    assertMatch(stdout, /^CONV_2D +f32 i8 u8 i16 +rolling +v d h$/m);
    assertMatch(stdout, /^RESHAPE +any +view +v$/m);
    assertMatch(stdout, /^PAD +any but i64 u64 f64 +in place\+ +v$/m);
    const csv = await Deno.readTextFile(`${folder}/all.csv`);
    assertMatch(csv, /^operator,dtype,read,planned,reference,engine,vectors,c,dsp,helium,/);
    assertMatch(csv, /^SVDF,int8,true,,true,true,false,true,false,false,/m);
    assertMatch(csv, /^SOFTMAX,int16,true,in place,true,true,true,true,false,false,/m);
    const json = JSON.parse((await tinyloom(["operators", "--json"])).stdout);
    const names = json.operators.map(({ operator }: { operator: string }) => operator);
    assertEquals(names, [...supportedOperators]);
    const chart = await tinyloom(["operators", "--out", "all.svg"], folder);
    assertEquals(chart.code, 2);
  });
});

Deno.test("allocate reads and writes minimalloc's format", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/buffers.csv`,
      "id,lower,upper,size\na,0,2,3\nb,1,3,2\nc,2,4,3\n",
    );
    const args = ["allocate", "buffers.csv", "--out", "placed.csv"];
    const fits = await tinyloom([...args, "--capacity", "5"], folder);
    assertEquals(fits.code, 0);
    assertMatch(await Deno.readTextFile(`${folder}/placed.csv`), /^id,lower,upper,size,offset/);
    const tight = await tinyloom([...args, "--capacity", "4"], folder);
    assertEquals(tight.code, 1);
    assertStringIncludes(tight.stdout, "does not fit: at least 5 B > 4 B");
  });
});

Deno.test("files are the caller's, also where a task has started the program or changed the folder", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/below`);
    const buffers = (size: number) => `id,lower,upper,size\na,0,2,${size}\n`;
    await Deno.writeTextFile(`${folder}/a.csv`, buffers(3));
    await Deno.writeTextFile(`${folder}/below/a.csv`, buffers(5));
    const root = new URL("../../", import.meta.url).pathname;
    const below = `${folder}/below`;
    for (
      const [cwd, caller, bytes] of [
        // A task of the folder's own settings, called from below; one that went there; another's task.
        [folder, below, 5],
        [below, folder, 5],
        [folder, root, 3],
        // This project's own task stands in its folder.
        [root, below, 5],
      ] as const
    ) {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", `${root}lib/cli/main.ts`, "allocate", "a.csv"],
        cwd,
        env: { NO_COLOR: "1", INIT_CWD: caller },
      }).output();
      const [line] = new TextDecoder().decode(stdout).split("\n");
      assertStringIncludes(line, `1 buffers in ${bytes} B`, `${cwd} for ${caller}`);
    }
    // So it is for commands that run without a thread.
    for (const [cwd, caller] of [[folder, below], [below, root]]) {
      const { code } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", `${root}lib/cli/main.ts`, "operators", "--out", "o.csv"],
        cwd,
        env: { INIT_CWD: caller },
      }).output();
      assertEquals([code, (await Deno.stat(`${below}/o.csv`)).isFile], [0, true]);
      await Deno.remove(`${below}/o.csv`);
    }
  });
});
