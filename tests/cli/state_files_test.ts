// Files that outlive a run: torn, locked, linked, or on a disk that is full.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { hasTool } from "../../lib/deploy/tools.ts";
import { inFolder, tinyloom } from "./program.ts";

const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
const tune = ["tune", "matmul", "--m", "16", "--k", "16", "--n", "16", "--resume", "t.jsonl"];

Deno.test("half a line at the end of a state is dropped with a word, and the search goes on", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/t.jsonl`;
    const few = [...tune, "--evaluations", "3", "--budget", "2"];
    assertEquals((await tinyloom(few, folder)).code, 0);
    const sound = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, sound + '{"problem":"ab","sched');
    const { code, stderr } = await tinyloom(few, folder);
    assertEquals(code, 0);
    assertMatch(
      stderr,
      /the last line of ".*t\.jsonl" was cut off after 22 characters and is drop/,
    );
    const now = await Deno.readTextFile(path);
    assertEquals(now.slice(0, sound.length), sound);
    for (const line of now.trimEnd().split("\n")) JSON.parse(line);
    assertEquals((await tinyloom(few, folder)).stderr.includes("cut off"), false);
  });
});

Deno.test("of two that write one state the second is refused, and a killed one is in nobody's way", async () => {
  await inFolder(async (folder) => {
    const first = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", main, ...tune, "--budget", "600"],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const limitMs = performance.now() + 60_000;
      while (!(await has(`${folder}/t.jsonl`))) {
        assert(performance.now() < limitMs, "the first has no state after a minute");
        await new Promise((done) => setTimeout(done, 100));
      }
      const second = await tinyloom([...tune, "--budget", "1"], folder);
      assertEquals([second.code, second.stdout], [2, ""]);
      assertStringIncludes(second.stderr, "is being written by another process");
    } finally {
      first.kill("SIGKILL");
      await first.status;
    }
    const third = await tinyloom([...tune, "--evaluations", "1", "--budget", "2"], folder);
    assertEquals(third.code, 0);
    assertEquals(await has(`${folder}/t.jsonl.lock`), false);
  });
});

Deno.test("what is read is written over with --force alone, whatever it is called", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await Deno.writeTextFile(at("a.csv"), "id,lower,upper,size\na,0,2,3\n");
    await Deno.symlink("a.csv", at("link.csv"));
    await Deno.link(at("a.csv"), at("hard.csv"));
    await Deno.writeTextFile(at("d.json"), '{"sramBytes":65536,"flashBytes":1048576}');
    const AD = "zoo:mlperf-tiny-ad";
    const sources = ["a.csv", "d.json"].map((name) => Deno.readTextFileSync(at(name)));
    const refused: readonly (readonly [readonly string[], RegExp])[] = [
      [["allocate", "a.csv", "--out", "a.csv"], /--out a\.csv would replace what is read, a\.csv/],
      [["allocate", "a.csv", "--out", "./link.csv"], /would replace what is read/],
      [["allocate", "link.csv", "--out", "hard.csv"], /would replace what is read/],
      [
        ["plan", AD, "--device", "d.json", "--out", "d.json"],
        /would replace what is read, d\.json/,
      ],
      [["model", AD, "--out", "m.csv", "--out", "m.csv"], /--out m\.csv is what --out writes/],
    ];
    for (const [args, message] of refused) {
      const { code, stdout, stderr } = await tinyloom(args, folder);
      assertEquals([args, code, stdout], [args, 2, ""]);
      assertMatch(stderr, message);
    }
    assertEquals(["a.csv", "d.json"].map((name) => Deno.readTextFileSync(at(name))), sources);
    const forced = await tinyloom(["allocate", "a.csv", "--out", "link.csv", "--force"], folder);
    assertEquals(forced.code, 0);
    assertEquals((await Deno.lstat(at("link.csv"))).isSymlink, true);
    assertStringIncludes(await Deno.readTextFile(at("a.csv")), "offset");
  });
});

Deno.test("links are written through, there or not, and files keep who may read them", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/far`);
    await Deno.writeTextFile(`${folder}/far/old.csv`, "old", { mode: 0o600 });
    await Deno.symlink("far/old.csv", `${folder}/link.csv`);
    await Deno.symlink("far/new.csv", `${folder}/loose.csv`);
    await Deno.symlink("self.csv", `${folder}/self.csv`);
    for (const name of ["link.csv", "loose.csv"]) {
      assertEquals((await tinyloom(["operators", "--out", name], folder)).code, 0);
      assertEquals((await Deno.lstat(`${folder}/${name}`)).isSymlink, true);
    }
    assertEquals((await Deno.stat(`${folder}/far/old.csv`)).mode! & 0o777, 0o600);
    assertMatch(await Deno.readTextFile(`${folder}/far/new.csv`), /^operator,/);
    const circle = await tinyloom(["operators", "--out", "self.csv"], folder);
    assertEquals(circle.code === 0, false);
    assertEquals((await Deno.lstat(`${folder}/self.csv`)).isSymlink, true);
    assertEquals([...Deno.readDirSync(`${folder}/far`)].map(({ name }) => name).sort(), [
      "new.csv",
      "old.csv",
    ]);
  });
});

Deno.test({
  name: "a disk that is full leaves the old file, and nothing else",
  ignore: !(await hasTool("bash")),
  fn: async () => {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/plan.json`, "the old one");
      // Files may not grow beyond 4 KiB: an error, where a signal is ignored.
      const script = `trap '' XFSZ; ulimit -f 4; exec "$0" "$@"`;
      const program = ["run", "-A", "--no-check", "--no-code-cache", main];
      const { code, stderr } = await new Deno.Command("bash", {
        args: ["-c", script, Deno.execPath(), ...program, "plan", "zoo:mlperf-tiny-kws"]
          .concat(["--out", "plan.json"]),
        cwd: folder,
        env: { NO_COLOR: "1" },
      }).output();
      assertEquals(code, 1);
      assertMatch(new TextDecoder().decode(stderr), /^tinyloom: .*too large/im);
      assertEquals(await Deno.readTextFile(`${folder}/plan.json`), "the old one");
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["plan.json"]);
    });
  },
});

async function has(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
