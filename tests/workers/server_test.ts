// One worker in this process, and a second client of the server that plays tricks.
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { codeVersion, connectWorkers, serveTasks } from "tinyloom";
import { connect, type ConsumerMessages, jetstream, jetstreamManager } from "../../lib/npm/nats.ts";
import { MOST_DELIVERIES, wordOf } from "../../lib/workers/messages.ts";
import { TASKS } from "../../lib/workers/nats_link.ts";
import { hasServer, type NatsServer, oddTasks, startServer } from "./nats_server.ts";

const modules = [oddTasks.href];
const version = await codeVersion({ modules });
const ignore = !hasServer;
const loose = { ignore, sanitizeOps: false, sanitizeResources: false };
const square = (value: number) => ({ kind: "square", value, waitMs: 20 });

/** Serves until the end of a block. */
function serving(server: NatsServer, options: { readonly version?: string } = {}) {
  const end = new AbortController();
  const notices: string[] = [];
  const served = serveTasks({
    servers: server.url,
    modules,
    name: "here",
    version,
    ...options,
    signal: end.signal,
    onNotice: (text) => notices.push(text),
  });
  return {
    notices,
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await served;
    },
  };
}

Deno.test({
  name: "an answer that comes twice counts once",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    const echo = await connect({ servers: server.url });
    const seen = new Set<string>();
    echo.subscribe("tinyloom.results.>", {
      callback: (_, { subject, data }) => {
        if (seen.has(subject)) return;
        seen.add(subject);
        echo.publish(subject, data);
      },
    });
    await echo.flush();
    await using _worker = serving(server);
    const counts: number[] = [];
    const values = [1, 2, 3, 4, 5];
    const results = await machines.run(values.map(square), { onDone: (n) => counts.push(n) });
    assertEquals(results, [1, 4, 9, 16, 25]);
    assertEquals(counts, values);
    // The server has written the last result to this client before it answers the flush.
    await echo.flush();
    assertEquals(seen.size, 5);
    await echo.close();
  },
});

Deno.test({
  name: "whoever waits while the server is restarted goes on",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using worker = serving(server);
    await using machines = await connectWorkers({ servers: server.url, version });
    assertEquals(await machines.run([square(2)]), [4]);
    await server.restart();
    assertEquals(await machines.run([square(3)]), [9]);
    assertStringIncludes(worker.notices.join("\n"), `The server at ${server.url} is back`);
  },
});

Deno.test({
  name: "what the server has lost is sent again",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    const vandal = await connect({ servers: server.url });
    const manager = await jetstreamManager(vandal);
    const running = machines.run([1, 2, 3].map(square));
    while ((await manager.streams.info(TASKS)).state.messages < 3) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await manager.streams.delete(TASKS);
    await using _worker = serving(server);
    assertEquals(await running, [1, 4, 9]);
    await vandal.close();
  },
});

Deno.test({
  name: "a task over which workers die is given up",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using machines = await connectWorkers({ servers: server.url, version });
    await using first = serving(server);
    assertEquals(await machines.run([square(2)]), [4]);
    await first[Symbol.asyncDispose]();
    const running = machines.run([square(3)]).catch(({ message }) => message);
    const fickle = await connect({ servers: server.url });
    const consumer = await jetstream(fickle).consumers.get(TASKS, `workers_${wordOf(version)}`);
    for (let delivery = 0; delivery < MOST_DELIVERIES; delivery++) {
      const got: ConsumerMessages = await consumer.fetch({ max_messages: 1, expires: 5000 });
      for await (const message of got) message.nak();
    }
    await fickle.flush();
    await using _second = serving(server);
    assertStringIncludes(await running as string, "5 workers died or fell silent over it");
    await fickle.close();
  },
});

Deno.test({
  name: "a worker of another version refuses with a word, and the commander is told",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    await using other = serving(server, { version: "0.0.1+abc" });
    const told = Promise.withResolvers<string>();
    await using machines = await connectWorkers({
      servers: server.url,
      version,
      onNotice: told.resolve,
    });
    const end = new AbortController();
    const running = machines.run([square(2)], { signal: end.signal });
    assertEquals(
      await told.promise,
      `Only workers of another version are there: here (0.0.1+abc); needed ${version}`,
    );
    assertStringIncludes(
      other.notices.join("\n"),
      `Somebody has tasks for tinyloom ${version}; this is 0.0.1+abc and refuses them`,
    );
    end.abort();
    assertEquals(await running.catch(({ name }) => name), "AbortError");
  },
});

Deno.test({
  name: "tasks of a commander that was killed are done for nobody",
  ...loose,
  fn: async () => {
    await using server = await startServer();
    const killed = await connect({ servers: server.url });
    const subject = `tinyloom.tasks.${wordOf(version)}.dead0000.0.0`;
    await using machines = await connectWorkers({ servers: server.url, version });
    await jetstream(killed).publish(
      subject,
      '{"arrays":[]}\n[{"kind":"square","value":2,"waitMs":1}]',
    );
    await using worker = serving(server);
    // It stands before this one in the queue, and is thrown away after some patience.
    assertEquals(await machines.run([square(5)]), [25]);
    assert(worker.notices.some((text) => text.includes("Nobody waits for the tasks of dead0000")));
    await killed.close();
  },
});
