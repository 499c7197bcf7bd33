// Who gives tasks out, without a server: parts of messages, answers in any order, what is lost.
import { assertEquals, assertRejects } from "../assert.ts";
import { envelopesOf } from "../../lib/workers/envelope.ts";
import { runTasks, throwAway } from "../../lib/workers/run_tasks.ts";
import { type MemoryLink, memoryLink, type Stored } from "./memory_link.ts";

const { signal } = new AbortController();
interface Square {
  readonly kind: "square";
  readonly value: number;
  readonly measures?: boolean;
}
const squares = (count: number): readonly Square[] =>
  Array.from({ length: count }, (_, value) => ({ kind: "square", value }));

/** Tasks given out, and what workers could do with them. */
function given(tasks: readonly Square[], memory: MemoryLink = memoryLink(100_000)) {
  const { link, stored } = memory;
  const told: string[] = [];
  const counts: number[] = [];
  const commander = {
    ...{ link, envelopes: envelopesOf(link, "s"), version: "1.2" },
    tell: (text: string) => void told.push(text),
  };
  const stop = new AbortController();
  const onDone = (count: number) => void counts.push(count);
  const run = () =>
    runTasks<unknown>(commander, tasks, { call: "s.0", onDone, signal: stop.signal });
  const own = envelopesOf(link, "s");
  const tasksOf = async ({ data }: Stored) => JSON.parse((await own.open(data)).text) as Square[];
  const answer = async (part: number, said: unknown) => {
    const data = await own.seal(said, { signal });
    await link.stream.publish(`tinyloom.results.s.0.${part}`, data, { msgID: `answer ${part}` });
  };
  /** Does what waits, the last message first. */
  const work = async () => {
    for (
      const each of stored.filter(({ subject }) => subject.startsWith("tinyloom.tasks")).reverse()
    ) {
      const results = (await tasksOf(each)).map(({ value }) => value * value);
      await answer(Number(each.subject.split(".").at(-1)), { results });
    }
  };
  return { run, stop, work, answer, tasksOf, told, counts, memory, stored, commander };
}

/** Until so many messages of tasks are stored. */
async function sent({ stored }: MemoryLink, count: number): Promise<void> {
  while (stored.filter(({ subject }) => subject.startsWith("tinyloom.tasks")).length < count) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

Deno.test("tasks go in at most 128 messages, results come in the order of tasks", async () => {
  for (const [count, parts, size] of [[1, 1, 1], [128, 128, 1], [129, 65, 2], [300, 100, 3]]) {
    const call = given(squares(count));
    const results = call.run();
    await sent(call.memory, parts);
    const { stored } = call;
    assertEquals(
      stored.map(({ subject, id }) => [subject, id]).toSorted(byPart),
      Array.from({ length: parts }, (_, i) => [`tinyloom.tasks.1_2.s.0.${i}`, `s.0.${i}.0`]),
    );
    const sizes = await Promise.all(stored.map(async (each) => (await call.tasksOf(each)).length));
    assertEquals(Math.max(...sizes), size);
    await call.work();
    assertEquals(await results, squares(count).map(({ value }) => value ** 2));
    assertEquals(call.counts.length, parts);
    assertEquals(call.counts.at(-1), count);
    assertEquals(call.memory.said, [], "nothing is cancelled");
  }
  assertEquals(await given([]).run(), []);
});

Deno.test("what measures says so in its message, and so does what goes with it", async () => {
  const tasks = squares(130).map((each) => ({ ...each, measures: each.value === 3 }));
  const call = given(tasks);
  const results = call.run();
  await sent(call.memory, 65);
  const measuring = call.stored.filter(({ headers }) => headers["Tinyloom-Measures"] === "1");
  assertEquals(measuring.map(({ subject }) => subject), ["tinyloom.tasks.1_2.s.0.1"]);
  await call.work();
  await results;
});

Deno.test("a task that failed is named, and the others are ended", async () => {
  const call = given(squares(300));
  const results = assertRejects(
    call.run,
    Error,
    "task 14 of 300 (square) failed 3 times, at last at w: TypeError: no",
  );
  await sent(call.memory, 100);
  await call.answer(4, { failed: 1, error: "TypeError: no", worker: "w" });
  await results;
  const cancelled = [
    "publish tinyloom.cancel.s.0",
    "purge tinyloom_tasks tinyloom.tasks.1_2.s.0.*",
  ];
  assertEquals(call.memory.said, cancelled);
  const stopped = given(squares(2));
  const aborted = assertRejects(stopped.run, Error, "enough");
  await sent(stopped.memory, 2);
  stopped.stop.abort(new Error("enough"));
  await aborted;
  assertEquals(stopped.memory.said, cancelled);
  assertEquals((await assertRejects(stopped.run, Error)).message, "enough");
  const lost = given(squares(1));
  const ended = assertRejects(lost.run, Error, "the connection has ended");
  await sent(lost.memory, 1);
  lost.memory.lose(new Error("the connection has ended"));
  await ended;
});

Deno.test("an answer that comes twice counts once", async () => {
  const call = given(squares(2));
  const results = call.run();
  await sent(call.memory, 2);
  await call.answer(1, { results: [5] });
  const { data } = call.stored.at(-1)!;
  await call.memory.link.stream.publish("tinyloom.results.s.0.1", data, { msgID: "again" });
  await call.answer(0, { results: [7] });
  assertEquals([await results, call.counts], [[7, 5], [1, 2]]);
});

Deno.test("answers that went past are fetched, messages that were lost sent again, workers asked for", async () => {
  const call = given(squares(3));
  const results = call.run();
  await sent(call.memory, 3);
  // The first is lost, the second answered while nobody listens, the third waits.
  call.memory.isHeard = false;
  await call.answer(1, { results: [1] });
  const isFirst = ({ subject }: Stored) => subject === "tinyloom.tasks.1_2.s.0.0";
  call.stored.splice(0, 2);
  call.memory.welcomes = [{ worker: "w", version: "0.9" }];
  while (!call.stored.some(isFirst)) await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(call.stored.find(isFirst)!.id, "s.0.0.1");
  while (call.told.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(call.told, ["Only workers of another version are there: w (0.9); needed 1.2"]);
  assertEquals(call.counts, [1]);
  call.memory.isHeard = true;
  await call.answer(2, { results: [4] });
  await call.answer(0, { results: [0] });
  assertEquals([await results, call.memory.said], [
    [0, 1, 4],
    ["info tinyloom_tasks tinyloom.tasks.1_2.s.0.*"],
  ]);
});

Deno.test("what a session has put on the server is thrown away with it", async () => {
  const { commander, memory } = given([]);
  await throwAway(commander, "s");
  assertEquals(memory.said, [
    "purge tinyloom_data tinyloom.results.s.>",
    "purge tinyloom_data tinyloom.arrays.s.>",
  ]);
});

function byPart([a]: readonly string[], [b]: readonly string[]): number {
  return Number(a.split(".").at(-1)) - Number(b.split(".").at(-1));
}
