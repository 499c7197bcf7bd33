// Workers as processes, and a server that is started here: what is killed changes nothing.
import { assert, assertEquals } from "../assert.ts";
import {
  codeVersion,
  compareSearches,
  type CompareSearchesOptions,
  connectWorkers,
  devices,
  optimizeSpace,
  searchNetwork,
  searchSpaces,
  supernetFitness,
  tableToRows,
  trainSupernet,
  wakeWordImages,
  wakeWordSpaces,
  type Workers,
  type WorkTask,
  writeCompareState,
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
  name: "sub-networks are rated, and super-networks trained, with the same bits by a worker",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    await using _worker = startWorker(server.url);
    const options = { images: 64, steps: 6, batch: 16, seed: 3 };
    const trained = await trainSupernet(options);
    const [there] = await machines.run<typeof trained>([{ kind: "train", options } as WorkTask]);
    assertEquals(there, trained);
    const images = { images: 200, calibrationImages: 32 };
    using near = await supernetFitness(trained, { ...images, workers: 2 });
    using far = await supernetFitness(trained, { ...images, machines });
    const networks = [3, 5].map((kernel) => ({
      genes: [1, 3, 3, 0, 0, 1, 3, 3, 0, 0, 0, 0, 1, kernel, 3, 0, 0],
      resolution: 32,
    }));
    assertEquals(await far.rate(networks), await near.rate(networks));
    assertEquals(far.name, near.name);
  },
});

Deno.test({
  name: "searches are compared by workers as on one thread",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    await using _first = startWorker(server.url);
    await using _second = startWorker(server.url);
    const images = (seed: number, count: number) => wakeWordImages({ seed, count, resolution: 28 });
    const options: CompareSearchesOptions = {
      data: { train: images(11, 40), validation: images(13, 20), test: images(12, 30) },
      device: { name: "small", sramBytes: 24_576, flashBytes: 131_072 },
      spaces: wakeWordSpaces({ resolutions: [32], widths: [0.2, 0.3], depths: [1] }),
      arms: ["random", "largest"],
      baseline: "largest",
      seeds: [1, 2],
      ...{ mostMacs: 600_000, samples: 10, networks: 4, batch: 8 },
      ...{ steps: 20, tuningSteps: 20, pieceSteps: 20 },
      ...{ population: 2, parents: 2, generations: 0, searchImages: 16, calibrationImages: 16 },
    };
    const here = await compareSearches(options);
    const there = await compareSearches({ ...options, machines });
    assertEquals(tableToRows(there.table), tableToRows(here.table));
    assertEquals(writeCompareState(there.state), writeCompareState(here.state));
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
