import { assert, assertEquals, assertRejects } from "../assert.ts";
import { FileInUseError, lockFile, matmul, tableToRows, type TuneRow } from "tinyloom";
import { FakeEvaluator, judged } from "./fake_evaluator.ts";

const nest = matmul({ m: 6, k: 10, n: 14 });

async function withFile(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/tuning.jsonl`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a second search takes known times from the file and goes on", () =>
  withFile(async (cacheFile) => {
    const search = async (evaluations: number) => {
      const evaluator = new FakeEvaluator();
      const tuned = await judged(nest, { evaluator, evaluations, population: 5, cacheFile });
      const rows = tableToRows(tuned.table) as unknown as readonly TuneRow[];
      return { tuned, rows, asked: evaluator.asked };
    };
    const first = await search(20);
    assertEquals(first.asked.length, 20);
    const again = await search(20);
    assertEquals(again.asked, []);
    assertEquals(again.tuned.best, first.tuned.best);
    const schedules = (rows: readonly TuneRow[]) => rows.map((row) => row.schedule);
    assertEquals(schedules(again.rows), schedules(first.rows));
    assert(again.rows.every((row) => row.outcome !== "timed"));
    const further = await search(30);
    assertEquals(further.asked.length, 10);
    assertEquals(schedules(further.rows).slice(0, first.rows.length), schedules(first.rows));
    const lines = (await Deno.readTextFile(cacheFile)).trimEnd().split("\n");
    assertEquals(lines.length, 2 + 30);
    assertEquals(JSON.parse(lines[0]), { format: "tinyloom tuning cache", schemaVersion: 1 });
    assertEquals(JSON.parse(lines[1]).is.nest.shape, "6x10x14");
    assert(lines.slice(2).every((line) => JSON.parse(line).minNs > 0));
  }));

Deno.test("one file serves many nests, judges and settings without mixing them", () =>
  withFile(async (cacheFile) => {
    const options = { evaluations: 4, cacheFile };
    const others = [
      { nest, evaluator: new FakeEvaluator() },
      { nest: matmul({ m: 6, k: 10, n: 15 }), evaluator: new FakeEvaluator() },
      { nest: matmul({ m: 6, k: 10, n: 14, dtype: "i8" }), evaluator: new FakeEvaluator() },
      { nest, evaluator: new FakeEvaluator("another") },
      { nest, evaluator: new FakeEvaluator(), fma: false },
      { nest, evaluator: new FakeEvaluator(), threads: 2 },
    ];
    for (const { nest: each, ...more } of others) {
      await judged(each, { ...options, ...more });
      assertEquals(more.evaluator.asked.length, 4);
    }
    const evaluator = new FakeEvaluator();
    await judged(nest, { ...options, evaluator });
    assertEquals(evaluator.asked, []);
  }));

Deno.test("a file that is no tuning cache is refused and left as it is", () =>
  withFile(async (cacheFile) => {
    for (const text of ["my notes\n", '{"format":"other"}\n', "\n", "{"]) {
      await Deno.writeTextFile(cacheFile, text);
      await assertRejects(
        () => judged(nest, { evaluator: new FakeEvaluator(), cacheFile }),
        TypeError,
        "is no tuning cache: its first line must be",
      );
      assertEquals(await Deno.readTextFile(cacheFile), text);
    }
  }));

Deno.test("a damaged line is named and the file left as it is", () =>
  withFile(async (cacheFile) => {
    await judged(nest, { evaluator: new FakeEvaluator(), evaluations: 2, cacheFile });
    const sound = await Deno.readTextFile(cacheFile);
    const damages = {
      '{"problem":"a","schedule":[],"min\n': "it is not JSON: Unterminated",
      '{"problem":"a","schedule":[],"minNs":-1}\n': "$.minNs is -1, needed a number above 0",
      '{"problem":"a","schedule":"tile","minNs":1}\n': '$.schedule is "tile", needed a list',
      '{"problem":"a","schedule":[{"op":"tile"}],"minNs":1}\n': "$.schedule[0].sizes is missing",
      "null\n": "$ is null, needed an object",
      "\n": "it is not JSON: Unexpected end",
    };
    for (const [line, why] of Object.entries(damages)) {
      await Deno.writeTextFile(cacheFile, sound + line);
      await assertRejects(
        () => judged(nest, { evaluator: new FakeEvaluator(), cacheFile }),
        TypeError,
        `Line 5 of the tuning cache "${cacheFile}" is damaged: this is not a problem or a time: ${why}`,
      );
      assertEquals(await Deno.readTextFile(cacheFile), sound + line);
    }
  }));

Deno.test("a cache file that cannot be written fails before anything is tried", () =>
  withFile(async (path) => {
    const evaluator = new FakeEvaluator();
    await assertRejects(
      () => judged(nest, { evaluator, cacheFile: `${path}/missing/tuning.jsonl` }),
      Deno.errors.NotFound,
    );
    assertEquals(evaluator.asked, []);
  }));

Deno.test("half a line at the end is dropped and told, and a file that only began is begun anew", () =>
  withFile(async (cacheFile) => {
    const search = () =>
      judged(nest, { evaluator: new FakeEvaluator(), evaluations: 2, population: 2, cacheFile });
    assertEquals((await search()).notes, []);
    const sound = await Deno.readTextFile(cacheFile);
    const half = sound.trimEnd().split("\n").at(-1)!.slice(0, 30);
    await Deno.writeTextFile(cacheFile, sound + half);
    const { notes: [note, ...others] } = await search();
    assertEquals(
      [note, others],
      [`the last line of "${cacheFile}" was cut off after 30 characters and is dropped`, []],
    );
    assertEquals(await Deno.readTextFile(cacheFile), sound);
    await Deno.writeTextFile(cacheFile, sound.slice(0, 25));
    await search();
    assertEquals(await Deno.readTextFile(cacheFile), sound);
  }));

Deno.test("who else writes the file is refused until its owner is done", () =>
  withFile(async (cacheFile) => {
    const search = () =>
      judged(nest, { evaluator: new FakeEvaluator(), evaluations: 2, cacheFile });
    {
      using _lock = await lockFile(cacheFile);
      await assertRejects(search, FileInUseError, "is being written by another process");
    }
    await search();
    await assertRejects(() => Deno.stat(`${cacheFile}.lock`), Deno.errors.NotFound);
  }));
