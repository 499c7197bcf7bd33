import { loadTable, saveTable, tableFromRows, tableMetadata, writeModel, zoo } from "tinyloom";
import { compareRuns } from "../../lib/cli/rerun.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { inFolder, tinyloom } from "./program.ts";

const lenient = ["--tolerance", "1e9", "--budget", "0.3"];

Deno.test("reproduce runs the schedules of matmul, conv and tune again, and says what it finds", async () => {
  await inFolder(async (folder) => {
    const commands = [
      ["matmul", "--m", "9", "--k", "8", "--n", "7", "--variants", "naive,simd", "--budget", "0.3"],
      ["conv", "--shape", "1x6x6x4,3x3x4", "--variants", "implicit,im2col", "--budget", "0.3"],
      [
        "tune",
        "matmul",
        "--m",
        "8",
        "--k",
        "8",
        "--n",
        "8",
        "--budget",
        "0.5",
        "--evaluations",
        "4",
      ],
    ];
    for (const command of commands) {
      assertEquals((await tinyloom([...command, "--out", "t.arrow"], folder)).code, 0);
      const { code, stdout } = await tinyloom(["reproduce", "t.arrow", ...lenient], folder);
      assertEquals([command[0], code], [command[0], 0]);
      assertMatch(stdout, /^Ran again: \d+ schedules? of .*, seed 1\n/);
      assertMatch(stdout, /\nReproduced: (all \d+ speed-ups agree|the only speed-up agrees)\.\n/);
      assertMatch(stdout, /\nTimes by minima are .*x to .*x those of then\.\n/);
    }
    const json = await tinyloom(["reproduce", "t.arrow", "--json", ...lenient], folder);
    assertEquals(JSON.parse(json.stdout).reproduced, true);
  });
});

Deno.test("reproduce runs the command line of other tables again, on the same files", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/m.tflite`, writeModel(zoo("mlperf-tiny-ad")));
    const planned = await tinyloom(["plan", "m.tflite", "--out", "plan.arrow", "--json"], folder);
    assertEquals(planned.code, 0);
    const { command } = tableMetadata(await loadTable(`${folder}/plan.arrow`)) as {
      command: { name: string; args: string[]; files: Record<string, string> };
    };
    assertEquals([command.name, command.args], ["plan", ["m.tflite"]]);
    assertEquals(Object.keys(command.files), ["m.tflite"]);
    const again = await tinyloom(["reproduce", "plan.arrow"], folder);
    assertEquals(again.code, 0);
    assertEquals(
      again.stdout,
      "Ran again: tinyloom plan m.tflite\nReproduced: all that does not depend on time is the same.\n",
    );

    const profiled = ["profile", "m.tflite", "--budget", "0.3", "--out=p.arrow", "--out", "p.csv"];
    assertEquals((await tinyloom(profiled, folder)).code, 0);
    await Deno.remove(`${folder}/p.csv`);
    const timed = await tinyloom(["reproduce", "p.arrow", ...lenient], folder);
    assertEquals(timed.code, 0);
    assertStringIncludes(timed.stdout, "Ran again: tinyloom profile m.tflite --budget 0.3\n");
    assertStringIncludes(timed.stdout, "Times by minima are");
    // What the command line wrote beside the table is not written again.
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "m.tflite",
      "p.arrow",
      "plan.arrow",
    ]);

    await Deno.writeFile(`${folder}/m.tflite`, writeModel(zoo("mlperf-tiny-ad", { seed: 2 })));
    const other = await tinyloom(["reproduce", "plan.arrow"], folder);
    assertEquals(other.code, 2);
    assertStringIncludes(other.stderr, "m.tflite is another file than the record was made from");
    await Deno.remove(`${folder}/m.tflite`);
    const gone = await tinyloom(["reproduce", "plan.arrow"], folder);
    assertStringIncludes(gone.stderr, "which the record was made from, is not here");
  });
});

Deno.test("reproduce refuses what carries nothing to repeat", async () => {
  await inFolder(async (folder) => {
    await saveTable(`${folder}/t.arrow`, tableFromRows([{ op: "ADD" }]));
    const { code, stderr } = await tinyloom(["reproduce", "t.arrow"], folder);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "t.arrow does not carry what a repeat needs");
    assertEquals((await tinyloom(["reproduce"], folder)).code, 2);
  });
});

Deno.test("tables of one command must have the same but for times, and these on the same processor", () => {
  const record = (rows: readonly object[], cpuModel = "A") =>
    tableFromRows(rows, { metadata: { cpuModel } });
  const then = record([{ model: "kws", arenaBytes: 100, minNs: 100, samples: 3 }]);
  const judged = (row: object, cpuModel?: string) =>
    compareRuns(
      then,
      record([{ model: "kws", arenaBytes: 100, minNs: 100, samples: 3, ...row }], cpuModel),
      {
        tolerance: 0.25,
      },
    );
  assertEquals(judged({ minNs: 124, samples: 9 }).reproduced, true);
  assertEquals(judged({ minNs: 126 }).reproduced, false);
  assertEquals(judged({ minNs: 79 }).reproduced, false);
  assertEquals(judged({ minNs: 300 }, "B").reproduced, true);
  const larger = judged({ arenaBytes: 104 });
  assertEquals([larger.reproduced, larger.differences], [false, [
    "row 0, kws: arenaBytes 100 then, 104 now",
  ]]);
  assertEquals(compareRuns(then, record([]), { tolerance: 1 }).differences.slice(0, 1), [
    "1 rows then, 0 now",
  ]);
});

Deno.test("matmul --ladder times each technique on top of the ones before, and says what each brings", async () => {
  const sizes = ["--m", "16", "--k", "16", "--n", "16", "--budget", "0.5", "--threads", "2"];
  const { code, stdout } = await tinyloom(["matmul", "--ladder", ...sizes]);
  assertEquals(code, 0);
  const names = ["naive", "reorder", "vectorize", "tile", "registers", "pack", "threads"];
  const lines = stdout.split("\n");
  assertEquals(lines.slice(1, 8).map((line) => line.split(" ")[0]), names);
  // What is said of a step may go on in further lines.
  const steps = lines.slice(lines.indexOf("Each step on top of the one before:") + 1, -1)
    .filter((line) => /^ *\w+: /.test(line));
  assertEquals(steps.map((line) => line.trim().split(":")[0]), names);
  assertMatch(steps[6], / pack[ ,(]/);
});
