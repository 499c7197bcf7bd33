// Workers as processes, and a server that is started here: what is killed changes nothing.
import { assert, assertEquals } from "../assert.ts";
import {
  codeVersion,
  connectWorkers,
  devices,
  optimizeSpace,
  searchNetwork,
  searchSpaces,
  type Workers,
} from "tinyloom";
import { hasServer, oddTasks, startServer, startWorker } from "./nats_server.ts";

const version = await codeVersion({ modules: [oddTasks.href] });
const ignore = !hasServer;
// The client's timers and threads of workers end a little later than their promises.
const loose = { ignore, sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "a worker killed, another interrupted, the server restarted: nothing lost, nothing twice",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    await using first = startWorker(server.url);
    await using second = startWorker(server.url);
    const started: AsyncDisposable[] = [];
    const events = new Map<number, () => unknown>([
      [8, () => first.kill("SIGKILL")],
      [12, () => started.push(startWorker(server.url))],
      [16, () => server.restart()],
      [24, () => second.kill("SIGINT")],
    ]);
    const counts: number[] = [];
    const values = Array.from({ length: 50 }, (_, i) => i);
    const tasks = values.map((value) => ({ kind: "square", value, waitMs: 60 }));
    const results = await machines.run<number>(tasks, {
      onDone: (count) => {
        counts.push(count);
        for (const [at, act] of events) {
          if (count < at) continue;
          events.delete(at);
          act();
        }
      },
    });
    assertEquals(results, values.map((value) => value * value));
    assertEquals(counts, values.map((value) => value + 1));
    assertEquals(events.size, 0);
    assertEquals((await second.ended).code, 130);
    for (const each of started) await each[Symbol.asyncDispose]();
  },
});

Deno.test({
  name: "a search has the same bits on two workers as on one thread",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    await using _first = startWorker(server.url);
    await using _second = startWorker(server.url, { args: ["--slots", "2"] });
    const search = async (where: { readonly machines?: Workers }) => {
      const spaces = searchSpaces({ resolutions: [48, 64], widths: [0.3], classes: 2 });
      const { best: space, rows } = await optimizeSpace(spaces, devices.nano33ble, {
        samples: 40,
        ...where,
      });
      const options = { population: 30, generations: 2, parents: 5, front: 2, ...where };
      const { best, pareto, state } = await searchNetwork(space, devices.nano33ble, options);
      return JSON.stringify({ rows, best, pareto, state });
    };
    assertEquals(await search({ machines }), await search({}));
  },
});

Deno.test({
  name: "a poisoned task is tried three times, then told with its error; what comes after it works",
  ...loose,
  fn: async () => {
    const log = await Deno.makeTempFile();
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    await using _worker = startWorker(server.url, { args: ["--name", "anna"] });
    const square = (value: number) => ({ kind: "square", value, waitMs: 0 });
    let message = "";
    try {
      await machines.run([square(1), { kind: "poison", log } as { kind: string }, square(2)]);
    } catch (error) {
      message = String(error);
    }
    assertEquals(
      message,
      "Error: task 2 of 3 (poison) failed 3 times, at last at anna: RangeError: this one never works",
    );
    assertEquals(await Deno.readTextFile(log), "tried\n".repeat(3));
    assertEquals(await machines.run([square(3)]), [9]);
    await Deno.remove(log);
  },
});

Deno.test({
  name: "an interrupted commander takes its tasks back, also those that run",
  ...loose,
  fn: async () => {
    const log = await Deno.makeTempFile();
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    await using _worker = startWorker(server.url);
    const square = (value: number, waitMs: number) => ({ kind: "square", value, waitMs, log });
    const interrupt = new AbortController();
    const running = machines.run([1, 2, 3].map((value) => square(value, value === 1 ? 0 : 1e6)), {
      signal: interrupt.signal,
      onDone: () => setTimeout(() => interrupt.abort(), 300),
    });
    assertEquals(await running.catch(({ name }) => name), "AbortError");
    // Were they still there or did they run, this would wait for them.
    assertEquals(await machines.run([square(4, 0)]), [16]);
    const lines = (await Deno.readTextFile(log)).trim().split("\n");
    assertEquals(lines.filter((line) => line.startsWith("done")), ["done 1", "done 4"]);
    assert(!lines.includes("begins 3"), lines.join());
    await Deno.remove(log);
  },
});

Deno.test({
  name: "large arrays go to workers and come back, with every bit",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    await using _worker = startWorker(server.url);
    const values = new Float32Array(400_000).map((_, i) => i % 7 - 3);
    const [one, two] = await machines.run<{ sum: number; doubled: Float32Array }>([
      { kind: "sum", values } as { kind: string },
      { kind: "sum", values: values.subarray(0, 5) } as { kind: string },
    ]);
    assertEquals(one.sum, values.reduce((a, b) => a + b, 0));
    assertEquals(one.doubled, values.map((value) => 2 * value));
    assertEquals(two, { sum: -5, doubled: new Float32Array([-6, -4, -2, 0, 2]) });
  },
});
