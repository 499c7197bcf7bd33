// What goes over the wire, message by message, without a server.
import { assertEquals, assertRejects } from "../assert.ts";
import type { ComputeThread } from "../../lib/workers/compute_thread.ts";
import { doMessage, type Server } from "../../lib/workers/do_message.ts";
import { envelopesOf } from "../../lib/workers/envelope.ts";
import { wordOf } from "../../lib/workers/messages.ts";
import { oneOrMany } from "../../lib/workers/one_or_many.ts";
import type { Outcome } from "../../lib/workers/task_thread.ts";
import { unpack, viewOf } from "../../lib/workers/wire.ts";
import { type MemoryLink, memoryLink, messageOf } from "./memory_link.ts";

const { signal } = new AbortController();
const TASK = "tinyloom.tasks.v_1.s.4.2";

Deno.test("a large array is cut into pieces, sent once, and put together again", async () => {
  const { link, stored } = memoryLink(10_000);
  const { seal, open, forget } = envelopesOf(link, "s");
  const large = new Uint16Array(12_500).map((_, i) => i * 5);
  const sealed = await seal({ large, again: large }, { signal });
  const [sha256] = [...(await open(sealed)).arrays.keys()];
  assertEquals(stored.map(({ subject, data, id }) => [subject, data.length, id]), [
    [`tinyloom.arrays.s.${sha256}.0`, 10_000, `s.${sha256}.0`],
    [`tinyloom.arrays.s.${sha256}.1`, 10_000, `s.${sha256}.1`],
    [`tinyloom.arrays.s.${sha256}.2`, 5000, `s.${sha256}.2`],
  ]);
  await seal([large], { signal });
  assertEquals(stored.length, 3);
  // Another has nothing of it yet; of a shared memory, so that threads see the same.
  const { text, arrays } = await envelopesOf(link, "s").open(sealed);
  assertEquals(arrays.get(sha256)!.buffer instanceof SharedArrayBuffer, true);
  const found = unpack(text, (name, kind) => viewOf(arrays.get(name)!.slice(), kind));
  assertEquals(found, { large, again: large });
  stored.splice(1, 1);
  await assertRejects(
    () => envelopesOf(link, "s").open(sealed),
    Error,
    "not on the server any more",
  );
  assertEquals((await open(sealed)).text, text);
  forget();
  await seal([large], { signal });
  assertEquals(stored.length, 2, "what is sent again has the same number");
});

Deno.test("the latest arrays are held, as far as memory for them goes", async () => {
  const { link, stored } = memoryLink(100_000);
  const writer = envelopesOf(link, "s");
  const reader = envelopesOf(link, "s", { mostHeldBytes: 50_000 });
  const sealed = await Promise.all(
    [20_000, 30_000, 20_000, 60_000].map((length, i) =>
      writer.seal(new Uint8Array(length).fill(i), { signal })
    ),
  );
  const isHeld = (at: number) => reader.open(sealed[at]).then(() => true, () => false);
  const there = stored.slice();
  const heldAfter = async (at: number) => {
    stored.push(...there);
    assertEquals(await isHeld(at), true);
    stored.splice(0);
    return await Promise.all(sealed.map((_, each) => isHeld(each)));
  };
  assertEquals(await heldAfter(0), [true, false, false, false]);
  assertEquals(await heldAfter(1), [true, true, false, false]);
  assertEquals(await heldAfter(2), [false, true, true, false]);
  assertEquals(await heldAfter(3), [false, false, false, true]);
});

Deno.test("a text goes beside its message only if it is longer than a message may be", async () => {
  // 14 bytes of a first line and its end, 2 of quotation marks.
  for (const [length, pieces] of [[984, 0], [985, 1], [998, 1], [999, 2], [1998, 2], [1999, 3]]) {
    const { link, stored } = memoryLink(1000);
    const { seal } = envelopesOf(link, "s");
    const value = "x".repeat(length);
    const sealed = await seal(value, { signal });
    assertEquals(stored.length, pieces, `${length}`);
    assertEquals(JSON.parse((await envelopesOf(link, "s").open(sealed)).text), value);
  }
});

/** A message done by a worker whose thread gives this. */
async function done(
  outcome: Outcome | ((signal: AbortSignal) => Promise<Outcome>),
  { memory = memoryLink(10_000), deliveries = 1, headers = {}, abort = new AbortController() }: {
    readonly memory?: MemoryLink;
    readonly deliveries?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly abort?: AbortController;
  } = {},
) {
  const notices: string[] = [];
  const entered: boolean[] = [];
  const lock = oneOrMany();
  const server: Server = {
    ...{ link: memory.link, name: "w", signal: abort.signal },
    ...{ cancels: new Map(), sessions: new Map(), onNotice: (text) => void notices.push(text) },
    lock: {
      enter: (how) => {
        entered.push(how.alone);
        return lock.enter(how);
      },
    },
  };
  const thread: ComputeThread = {
    run: (_, signal) => typeof outcome === "function" ? outcome(signal) : Promise.resolve(outcome),
    [Symbol.dispose]: () => {},
  };
  const data = await envelopesOf(memory.link, "s").seal([{ kind: "square" }], { signal });
  const message = messageOf({ subject: TASK, data, headers }, { deliveries });
  const cancel = () => server.cancels.get("s.4")!.forEach((each) => each.abort());
  const end = doMessage(message, server, thread);
  return { end, cancel, server, notices, entered, memory, said: message.said, data };
}

const textOf = (data: Uint8Array) => new TextDecoder().decode(data).split("\n")[1];

Deno.test("an answer is stored, then the message is acknowledged", async () => {
  const { end, memory, said, entered, server, notices } = await done({ results: [49] });
  assertEquals(await end, true);
  const [{ subject, id, data }] = memory.stored;
  assertEquals([subject, id, textOf(data)], [
    "tinyloom.results.s.4.2",
    "s.4.2",
    '{"results":[49]}',
  ]);
  assertEquals([said, entered, notices], [["ack"], [false], []]);
  assertEquals([server.cancels.size, [...server.sessions.keys()]], [0, ["s"]]);
  assertEquals(memory.said, ["request tinyloom.alive.s"]);
});

Deno.test("what fails is tried again behind all others, the third failure is the answer", async () => {
  const failed = { failed: 1, error: "TypeError: no" };
  const trying = await done(failed, { headers: { "Tinyloom-Measures": "1" } });
  assertEquals(await trying.end, true);
  const [{ subject, id, headers, data }] = trying.memory.stored;
  assertEquals([subject, id, data], [TASK, `${TASK} 7`, trying.data]);
  assertEquals(headers, { "Tinyloom-Tries": "1", "Tinyloom-Measures": "1" });
  assertEquals(trying.notices, ["A task failed (1 of 3 times): TypeError: no"]);
  assertEquals([trying.said, trying.entered], [["ack"], [true]]);
  const second = await done(failed, { headers: { "Tinyloom-Tries": "1" } });
  await second.end;
  assertEquals(second.memory.stored[0].headers, { "Tinyloom-Tries": "2" });
  const third = await done(failed, { headers: { "Tinyloom-Tries": "2" } });
  assertEquals(await third.end, true);
  const said = '{"failed":1,"error":"TypeError: no","worker":"w"}';
  assertEquals([third.memory.stored[0].subject, textOf(third.memory.stored[0].data), third.said], [
    ...["tinyloom.results.s.4.2", said],
    ["ack"],
  ]);
});

Deno.test("a message that workers died over five times is answered, one that is answered is not done", async () => {
  const fifth = await done({ results: [1] }, { deliveries: 5 });
  await fifth.end;
  assertEquals(textOf(fifth.memory.stored[0].data), '{"results":[1]}');
  const again = await done({ results: [2] }, { deliveries: 2, memory: fifth.memory });
  assertEquals([await again.end, again.said, again.entered], [false, ["ack"], []]);
  assertEquals(fifth.memory.stored.length, 1);
  const sixth = await done({ results: [1] }, { deliveries: 6 });
  assertEquals(await sixth.end, true);
  assertEquals(
    textOf(sixth.memory.stored[0].data),
    '{"failed":0,"error":"5 workers died or fell silent over it","worker":"w"}',
  );
  assertEquals([sixth.said, sixth.entered], [["ack"], []]);
});

Deno.test("what nobody wants any more is thrown away, what a worker leaves goes back", async () => {
  const hanging = (signal: AbortSignal) =>
    new Promise<Outcome>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
  const cancelled = await done(hanging);
  await new Promise((resolve) => setTimeout(resolve, 0));
  cancelled.cancel();
  assertEquals([await cancelled.end, cancelled.said], [false, ["term"]]);
  const abort = new AbortController();
  const left = await done(hanging, { abort });
  await new Promise((resolve) => setTimeout(resolve, 0));
  abort.abort();
  assertEquals([await left.end, left.said, left.server.cancels.size], [false, ["nak"], 0]);
  const broken = await done(() => Promise.reject(new RangeError("broken")));
  await assertRejects(() => broken.end, RangeError, "broken");
  const damaged = memoryLink(10_000);
  damaged.link.manager.streams.getMessage = () => Promise.resolve(null);
  const large = new Uint8Array(20_000);
  const data = await envelopesOf(damaged.link, "s").seal([large], { signal });
  const message = messageOf({ subject: TASK, data, headers: { "Tinyloom-Tries": "2" } });
  const { server } = await done({ results: [] }, { memory: damaged });
  const thread = { run: () => Promise.reject(new Error("not run")), [Symbol.dispose]: () => {} };
  assertEquals(await doMessage(message, server, thread), true);
  assertEquals(
    textOf(damaged.stored.findLast(({ subject }) => subject.startsWith("tinyloom.results"))!.data)
      .includes("not on the server any more"),
    true,
  );
});

Deno.test("a worker remembers the eight that asked last", async () => {
  const { server, memory } = await done({ results: [] });
  const thread = { run: () => Promise.resolve({ results: [] }), [Symbol.dispose]: () => {} };
  for (const session of ["a", "b", "c", "d", "e", "f", "g", "s", "h", "i"]) {
    const data = await envelopesOf(memory.link, session).seal([], { signal });
    const message = messageOf({ subject: `tinyloom.tasks.v.${session}.0.0`, data, headers: {} });
    await doMessage(message, server, thread);
  }
  assertEquals([...server.sessions.keys()], ["c", "d", "e", "f", "g", "s", "h", "i"]);
});

Deno.test("a version is one word of a subject", () => {
  assertEquals(wordOf("0.1.0+a9Zz-x y"), "0_1_0_a9Zz_x_y");
});
