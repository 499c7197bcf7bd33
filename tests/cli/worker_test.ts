import { Ajv2020 } from "ajv";
import bench from "../../lib/cli/schemas/bench.json" with { type: "json" };
import tune from "../../lib/cli/schemas/tune.json" with { type: "json" };
import { inFolder, tinyloom } from "./program.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { hasServer, startServer, startWorker } from "../workers/nats_server.ts";

const ignore = !hasServer;
const search = ["search", "--device", "nano33ble", "--front", "1", "--samples", "8", "--json"];
const small = [...search, "--population", "4", "--classes", "2", "--generations", "1"];

Deno.test("without a server a worker and a search end at once, with code 2 and no secret", async () => {
  for (const command of [["worker"], small, ["bench", "zoo:mlperf-tiny-ad"], ["tune", "matmul"]]) {
    const { code, stderr } = await tinyloom([...command, "--nats", "nats://sesame@127.0.0.1:1"]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "No NATS server answers at nats://127.0.0.1:1");
    assert(!stderr.includes("sesame"), stderr);
  }
});

Deno.test("what answers but is no NATS server is no NATS server", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const { code, stderr } = await tinyloom(["worker", "--nats", `nats://127.0.0.1:${port}`]);
  assertEquals(code, 2, stderr);
  assertStringIncludes(stderr, `No NATS server answers at nats://127.0.0.1:${port} (timeout)`);
});

Deno.test("wrong usage of a worker is told", async () => {
  for (
    const [args, said] of [
      [["worker"], "worker needs --nats, the address of a server"],
      [["worker", "nats://a"], 'worker takes flags alone, found "nats://a"'],
      [["worker", "--nats", "http://key@a"], '"http://a" begins with http://'],
      [
        ["worker", "--nats", "nats://a", "--slots", "0"],
        "--slots must be an integer of at least 1",
      ],
      [
        ["tune", "matmul", "--nats", "nats://a", "--resume", "t.jsonl"],
        "--resume keeps times of this machine, and goes without --nats",
      ],
    ] as const
  ) {
    const { code, stderr } = await tinyloom(args);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, said);
  }
});

Deno.test("credentials and modules that are none are told before anybody is asked", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.creds`, "none");
    await Deno.writeTextFile(`${folder}/empty.ts`, "export const kinds = {};");
    const worker = ["worker", "--nats", "nats://127.0.0.1:1"];
    for (
      const [args, said] of [
        [["--nats-creds", "a.creds"], "The credentials are none"],
        [["--nats-creds", "b.creds"], "There is no "],
        [["--tasks", "empty.ts"], "empty.ts exports no taskKinds"],
        [["--tasks", "missing.ts"], "the tasks cannot be loaded"],
      ] as const
    ) {
      const { code, stderr } = await tinyloom([...worker, ...args], folder);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, said);
    }
  });
});

Deno.test({
  name: "a wrong token, user or missing JetStream is told with code 2, and no secret",
  ignore,
  fn: async () => {
    await using token = await startServer({ args: ["--auth", "sesame"] });
    await using user = await startServer({ args: ["--user", "ann", "--pass", "secret"] });
    await using plain = await startServer({ jetstream: false });
    for (
      const [server, login, said] of [
        [token, "", "refuses who comes without token, user or credentials"],
        [token, "wrong@", "refuses the token"],
        [user, "ann:wrong@", "refuses the user ann and the password"],
        [plain, "", "has no JetStream: start it with nats-server -js"],
      ] as const
    ) {
      const url = server.url.replace("://", `://${login}`);
      const { code, stderr } = await tinyloom(["worker", "--nats", url]);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, `The NATS server at ${server.url} ${said}`);
      assert(!stderr.includes("wrong"), stderr);
    }
  },
});

Deno.test({
  name: "with the right token a search by a worker prints what it prints here",
  ignore,
  fn: async () => {
    await using server = await startServer({ args: ["--auth", "sesame"] });
    const url = server.url.replace("://", "://sesame@");
    // Of the very same code: own tasks would make it another.
    await using worker = startWorker(url, { own: false });
    const there = await tinyloom([...small, "--nats", url]);
    assertEquals(there.code, 0, there.stderr);
    assertEquals(there.stdout, (await tinyloom([...small, "--workers", "1"])).stdout);
    worker.kill("SIGTERM");
    const { code, stderr } = await worker.ended;
    assertEquals(code, 130);
    assert(/\d+ messages of tasks done/.test(stderr) && !stderr.includes("sesame"), stderr);
  },
});

Deno.test({
  name: "models timed by a worker are rows that tell its machine",
  ignore,
  fn: async () => {
    await using server = await startServer();
    await using _worker = startWorker(server.url, { own: false });
    const flags = ["--budget", "0.3", "--json", "--nats", server.url];
    const { code, stdout, stderr } = await tinyloom(["bench", "zoo:mlperf-tiny-ad", ...flags]);
    assertEquals(code, 0, stderr);
    const ajv = new Ajv2020({ allowUnionTypes: true });
    const { environment, models: [row] } = JSON.parse(stdout);
    assert(ajv.validate(bench, JSON.parse(stdout)), ajv.errorsText());
    assertEquals(row.macs, 264_192);
    assertEquals(JSON.parse(row.environment).cpuModel, environment.cpuModel);
    const tuned = await tinyloom([
      "tune",
      "matmul",
      "--m",
      "16",
      "--k",
      "16",
      "--n",
      "16",
      ...flags,
    ]);
    assertEquals(tuned.code, 0, tuned.stderr);
    const { rows, gain } = JSON.parse(tuned.stdout);
    assert(ajv.validate(tune, JSON.parse(tuned.stdout)), ajv.errorsText());
    for (const each of [...rows, ...gain]) assertEquals(each.machine, row.machine);
  },
});
