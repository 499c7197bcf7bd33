import { inFolder, tinyloom } from "./program.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { connect, jetstreamManager } from "../../lib/npm/nats.ts";
import { DATA, TASKS } from "../../lib/workers/nats_link.ts";
import { accounts } from "../workers/accounts.ts";
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
  name: "an interrupted search leaves nothing on the server",
  ignore,
  fn: async () => {
    await using server = await startServer();
    const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", main, ...small, "--nats", server.url],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const nats = await connect({ servers: server.url });
    const manager = await jetstreamManager(nats);
    const waiting = async () =>
      (await manager.streams.info(TASKS).catch(() => null))?.state.messages ?? 0;
    // Nobody does the first stage's tasks.
    while (await waiting() < 100) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill("SIGINT");
    assertEquals((await child.status).code, 130);
    assertEquals(await waiting(), 0);
    assertEquals((await manager.streams.info(DATA)).state.messages, 0);
    await nats.close();
  },
});

Deno.test({
  name: "credentials of a server with accounts let a worker in, those of another one do not",
  ignore,
  fn: async () => {
    await inFolder(async (folder) => {
      const ours = accounts();
      await Deno.writeTextFile(`${folder}/server.conf`, ours.config);
      await Deno.writeTextFile(`${folder}/ours.creds`, ours.credentials);
      await Deno.writeTextFile(`${folder}/others.creds`, accounts().credentials);
      await using server = await startServer({ args: ["-c", `${folder}/server.conf`] });
      const creds = `${folder}/ours.creds`;
      await using worker = startWorker(server.url, { own: false, args: ["--nats-creds", creds] });
      const flags = ["--nats", server.url, "--nats-creds"];
      const found = await tinyloom([...small, ...flags, "ours.creds"], folder);
      assertEquals(found.code, 0, found.stderr);
      const refused = await tinyloom([...small, ...flags, "others.creds"], folder);
      assertEquals(refused.code, 2, refused.stderr);
      assertStringIncludes(refused.stderr, "refuses the credentials");
      worker.kill("SIGINT");
      assertEquals((await worker.ended).code, 130);
    });
  },
});

Deno.test({
  name: "random cases end on a worker as they end here",
  ignore,
  fn: async () => {
    await inFolder(async (folder) => {
      const fuzz = new URL("../fuzz/", import.meta.url).pathname;
      await using server = await startServer();
      await using _worker = startWorker(server.url, {
        own: false,
        args: ["--tasks", `${fuzz}tasks.ts`],
      });
      const [there, here] = await Promise.all([["--nats", server.url], []].map(async (more) => {
        const { code, stdout } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", `${fuzz}fuzz.ts`, "inputs", "--count", "150", ...more],
          cwd: folder,
          stderr: "null",
        }).output();
        assertEquals(code, 0);
        // How long the slowest took is another time each time.
        return new TextDecoder().decode(stdout).replace(/; slowest.*/, "").split("\n")
          .filter((line) => !line.startsWith("Warning"));
      }));
      assert(there.includes("150 passed, 0 failed"), there.join("\n"));
      assertEquals(there, here);
    });
  },
});
