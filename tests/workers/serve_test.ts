// A worker in this process, with a server: what it says, what it does, and that nothing is left open.
import { assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { connectWorkers, serveTasks, type WorkTask } from "tinyloom";
import { hasServer, oddTasks, startServer } from "./nats_server.ts";

Deno.test({
  name: "a worker says where it waits, does tasks until it is ended, and leaves nothing open",
  ignore: !hasServer,
  fn: async () => {
    await using server = await startServer();
    const notices: string[] = [];
    const counts: number[] = [];
    const stop = new AbortController();
    const options = { servers: server.url, version: "1.2+ab" };
    const serving = serveTasks({
      ...{ ...options, name: "w", slots: 2, modules: [oddTasks.href], signal: stop.signal },
      onNotice: (text) => void notices.push(text),
      onDone: (count) => void counts.push(count),
    });
    {
      await using machines = await connectWorkers(options);
      const tasks: WorkTask[] = [3, 4, 5].map((value) => ({ kind: "square", value }));
      assertEquals(await machines.run(tasks), [9, 16, 25]);
      assertEquals(await machines.run([]), []);
    }
    stop.abort();
    assertEquals(await serving, 3);
    assertEquals(counts, [1, 2, 3]);
    assertEquals(notices, [
      `w waits for tasks of tinyloom 1.2+ab at ${server.url}, 2 at a time`,
    ]);
  },
});

Deno.test({
  name: "a worker is called after its machine, and one that is ended before has done nothing",
  ignore: !hasServer,
  fn: async () => {
    await using server = await startServer();
    const notices: string[] = [];
    const done = await serveTasks({
      ...{ servers: server.url, version: "1", signal: AbortSignal.abort() },
      onNotice: (text) => void notices.push(text),
    });
    assertEquals(done, 0);
    assertMatch(notices[0], /^.+-[0-9a-f]{4} waits for tasks of tinyloom 1 at .*, 1 at a time$/);
  },
});

Deno.test("slots are whole numbers from 1 to 64, and looked at before anything else", async () => {
  for (const slots of [0, 1.5, 65, -1]) {
    await assertRejects(
      () => serveTasks({ servers: "nats://127.0.0.1:1", slots }),
      RangeError,
      `slots is ${slots}, needed a whole number from 1 to 64`,
    );
  }
});
