// What `--nats` measures and trains: printed as here, and told by machine.
import { Ajv2020 } from "ajv";
import bench from "../../lib/cli/schemas/bench.json" with { type: "json" };
import tune from "../../lib/cli/schemas/tune.json" with { type: "json" };
import { loadTable, tableFromRows, tableToRows } from "tinyloom";
import { modelsByMachine, timingCautions } from "../../lib/cli/machines.ts";
import type { Table } from "../../lib/npm/arrow.ts";
import { connect, jetstreamManager } from "../../lib/npm/nats.ts";
import { DATA, TASKS } from "../../lib/workers/nats_link.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { hasServer, startServer, startWorker } from "../workers/nats_server.ts";
import { files } from "../tasks/schemas/samples.ts";
import { inFolder, tinyloom } from "./program.ts";

const ignore = !hasServer;
const models = ["zoo:mlperf-tiny-ad", "zoo:mlperf-tiny-kws"];
const ajv = new Ajv2020({ allowUnionTypes: true });

Deno.test({
  name: "models are timed each by itself or together, and rows tell the machine",
  ignore,
  fn: async () => {
    await inFolder(async (folder) => {
      await using server = await startServer();
      await using _worker = startWorker(server.url, { own: false });
      const flags = ["--budget", "0.4", "--runs", "5", "--nats", server.url];
      const apart = await tinyloom(["bench", ...models, ...flags, "--json"], folder);
      assertEquals(apart.code, 0, apart.stderr);
      const printed = JSON.parse(apart.stdout);
      assert(ajv.validate(bench, printed), ajv.errorsText());
      const rows: Record<string, string>[] = printed.models;
      assertEquals(rows.map(({ model }) => model), models);
      const [first, second] = rows.map(({ environment }) => JSON.parse(environment));
      assertEquals([first.cpuModel, second.cpuModel], Array(2).fill(printed.environment.cpuModel));
      assert(first.startedUtc !== second.startedUtc);
      const together = [...flags, "--together", "--out", "models.svg"];
      const once = await tinyloom(["bench", ...models, ...together], folder);
      assertEquals(once.code, 0, once.stderr);
      assertStringIncludes(once.stdout, `Measured on ${rows[0].machine}.`);
      const refused = await tinyloom(["bench", models[0], "--together"], folder);
      assertEquals(refused.code, 2);
      assertStringIncludes(refused.stderr, "--together is about --nats");
    });
  },
});

Deno.test({
  name: "sizes and seeds are tuned by workers and compared on one machine each",
  ignore,
  fn: async () => {
    await inFolder(async (folder) => {
      await using server = await startServer();
      await using _first = startWorker(server.url, { own: false });
      await using _second = startWorker(server.url, { own: false });
      const sweep = ["tune", "matmul", "--sizes", "8x8x8,16x8x4", "--seeds", "2"];
      const flags = ["--budget", "0.3", "--nats", server.url];
      const there = await tinyloom([...sweep, ...flags, "--json", "--out", "log.arrow"], folder);
      assertEquals(there.code, 0, there.stderr);
      const printed = JSON.parse(there.stdout);
      assert(ajv.validate(tune, printed), ajv.errorsText());
      for (const { gain, rows, seed, evaluations } of printed.nests) {
        assertEquals(gain.map(({ kernel }: { kernel: string }) => kernel), [
          ...["naive", "seed 1", "seed 2"],
        ]);
        assertEquals(new Set(gain.map((row: { environment: string }) => row.environment)).size, 1);
        assert(rows.length > 0 && [1, 2].includes(seed) && evaluations >= 2);
        assert([...rows, ...gain].every(({ machine }) => machine === gain[0].machine));
      }
      const log = tableToRows(await loadTable(`${folder}/log.arrow`));
      assertEquals([...new Set(log.map(({ size, seed }) => `${size} ${seed}`))], [
        ...["8x8x8 1", "8x8x8 2", "16x8x4 1", "16x8x4 2"],
      ]);
      const one = await tinyloom(
        ["tune", "matmul", "--m", "8", "--k", "8", "--n", "8", ...flags, "--json"],
        folder,
      );
      assertEquals(one.code, 0, one.stderr);
      assert(ajv.validate(tune, JSON.parse(one.stdout)), ajv.errorsText());
      const { gain, seed } = JSON.parse(one.stdout);
      assertEquals([seed, gain.map(({ kernel }: { kernel: string }) => kernel)], [
        ...[1, ["naive", "best"]],
      ]);
    });
  },
});

Deno.test("sizes that are none are refused", async () => {
  for (const sizes of ["8x8", "8x8x8,", "0x1x1", "8*8*8"]) {
    const { code, stderr } = await tinyloom(["tune", "matmul", "--sizes", sizes]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "--sizes needs sizes as 64x64x64");
  }
});

Deno.test({
  name: "a search that trains prints by workers what it prints here",
  ignore,
  fn: async () => {
    await inFolder(async (folder) => {
      await using server = await startServer();
      await using _worker = startWorker(server.url, { own: false });
      await Deno.writeFile(`${folder}/set.npz`, files["set.npz"]);
      const search = [
        ...["search", "--sram", "32k", "--flash", "128k", "--data", "set.npz", "--json"],
        ...["--samples", "20", "--population", "3", "--generations", "0", "--front", "1"],
        ...["--steps", "4", "--tuning-steps", "2", "--quantized-steps", "2"],
      ];
      const there = await tinyloom(
        [...search, "--nats", server.url, "--tflite", "a.tflite"],
        folder,
      );
      assertEquals(there.code, 0, there.stderr);
      const here = await tinyloom([...search, "--workers", "1", "--tflite", "b.tflite"], folder);
      assertEquals(there.stdout, here.stdout);
      const [a, b] = ["a", "b"].map((name) => Deno.readFileSync(`${folder}/${name}.tflite`));
      assert(a.length > 1000 && a.every((byte, i) => byte === b[i]));
    });
  },
});

Deno.test({
  name: "an interrupt takes the tasks of a sweep back from the server",
  ignore,
  fn: async () => {
    await using server = await startServer();
    const nats = await connect({ servers: server.url });
    const { streams } = await jetstreamManager(nats);
    const waiting = async (name: string) =>
      (await streams.info(name).catch(() => null))?.state.messages ?? 0;
    const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
    for (
      const [args, count] of [
        [["tune", "matmul", "--sizes", "8x8x8,9x9x9", "--seeds", "3"], 6],
        [["bench", ...models], 2],
      ] as const
    ) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", main, ...args, "--nats", server.url],
        stdout: "null",
        stderr: "null",
      }).spawn();
      // Nobody does them.
      while (await waiting(TASKS) < count) await new Promise((resolve) => setTimeout(resolve, 50));
      child.kill("SIGINT");
      assertEquals((await child.status).code, 130);
      assertEquals([await waiting(TASKS), await waiting(DATA)], [0, 0]);
    }
    await nats.close();
  },
});

Deno.test("of several machines it is told which are not to be compared, and which was busy", () => {
  const on = (model: string, machine: string, load: number) => ({
    model,
    machine,
    environment: JSON.stringify({ cores: 2, loadBefore: [load, 0, 0], loadAfter: [0, 0, 0] }),
  });
  const rows = [on("a", "anna", 0.5), on("b", "berta", 3.5)];
  assertEquals(timingCautions(tableFromRows(rows)), [
    "b: The machine was busy with other work: a load of 3.50 on 2 cores before. Times are too long, " +
    "and shares differ from run to run.",
    "Measured on anna, berta: only times of the same machine can be compared.",
  ]);
  assertEquals(timingCautions(tableFromRows(rows.slice(0, 1))), ["Measured on anna."]);
  assertEquals(timingCautions(tableFromRows([{ model: "a" }])), []);
  const names = (table: Table) => tableToRows(modelsByMachine(table)).map(({ model }) => model);
  assertEquals(names(tableFromRows(rows)), ["a, anna", "b, berta"]);
  assertEquals(names(tableFromRows(rows.slice(0, 1))), ["a"]);
});
