import fc from "fast-check";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { NatsError } from "tinyloom";
import { parseLogin } from "../../lib/workers/login.ts";
import { oneOrMany } from "../../lib/workers/one_or_many.ts";
import { pack, unpack, viewOf } from "../../lib/workers/wire.ts";

async function there(value: unknown) {
  const { text, blobs } = await pack(value);
  return { text, blobs, back: unpack(text, (sha256, kind) => viewOf(blobs.get(sha256)!, kind)) };
}

Deno.test("every number, text and array arrives with the same bits", async () => {
  const array = fc.oneof(
    fc.float32Array(),
    fc.float64Array(),
    fc.int8Array(),
    fc.uint8Array(),
    fc.int32Array(),
    fc.uint16Array(),
    fc.bigInt64Array(),
  );
  const leaf = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    array,
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("record")),
    list: fc.array(tie("value"), { maxLength: 5 }),
    record: fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 5, noNullPrototype: true },
    ),
  }));
  await fc.assert(
    fc.asyncProperty(value, async (given) => {
      const { back } = await there(given);
      assertEquals(back, given);
      // Equality does not tell -0 from 0.
      if (typeof given === "number") assert(Object.is(back, given));
    }),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("a large array goes beside the text, once however often it is named", async () => {
  const large = new Float32Array(10_000).map((_, i) => i / 3);
  const { text, blobs, back } = await there({ a: large, b: [large, large.slice()] });
  assertEquals(back, { a: large, b: [large, large] });
  assertEquals([...blobs.values()].map(({ length }) => length), [40_000]);
  assert(text.length < 1000, text);
});

Deno.test("arrays of 16 KiB and more are large", async () => {
  const sizes = await Promise.all([16_383, 16_384].map(async (length) => {
    const { text, blobs } = await pack(new Uint8Array(length));
    return [blobs.size, text.length > length];
  }));
  assertEquals(sizes, [[0, true], [1, false]]);
});

Deno.test("an array behind a shared memory, or in the middle of one, arrives alone", async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(8)).map((_, i) => i);
  const { back } = await there([shared.subarray(2, 4), new Int16Array(shared.buffer.slice(0, 4))]);
  assertEquals(back, [new Uint8Array([2, 3]), new Int16Array([0x100, 0x302])]);
});

Deno.test("what is no plain data is refused", async () => {
  await assertRejects(() => pack({ a: () => 1 }), TypeError, "a task holds a function");
  await assertRejects(() => pack([new Map()]), TypeError, "a task holds a Map, needed plain data");
});

Deno.test("an address tells hosts and who comes; what is shown holds no secret", () => {
  const of = (servers: string, more = {}) => parseLogin({ servers, ...more });
  assertEquals(of("10.0.0.1"), {
    hosts: ["10.0.0.1:4222"],
    isEncrypted: false,
    shown: "nats://10.0.0.1:4222",
  });
  assertEquals(of("tls://s%40cret@a:1,b"), {
    hosts: ["a:1", "b:4222"],
    isEncrypted: true,
    token: "s@cret",
    shown: "tls://a:1,tls://b:4222",
  });
  assertEquals(of("nats://ann:pa%3Ass@a"), {
    hosts: ["a:4222"],
    isEncrypted: false,
    user: "ann",
    pass: "pa:ss",
    shown: "nats://a:4222",
  });
  assertEquals(of("nats://x@a", { token: "t" }).token, "t");
  assertEquals(of("nats://x@a", { user: "u", password: "p" }).user, "u");
  assertEquals(of("nats://[::1]:99").hosts, ["[::1]:99"]);
});

Deno.test("what is no address is refused, without its secret", () => {
  for (
    const bad of [
      "http://k3y@a",
      "nats://k3y@a:99999",
      "nats://k3y@",
      "nats://k3y@a/b c",
      "nats://k3y@a?b",
      "nats://k3y@a#b",
      "",
    ]
  ) {
    const error = assertThrows(() => parseLogin({ servers: bad }), TypeError) as Error;
    assert(/needed an address of a NATS server as nats:\/\/host:4222/.test(error.message));
    assert(!error.message.includes("k3y"), error.message);
  }
  assertEquals(new NatsError("x").name, "NatsError");
});

Deno.test("many may be in at once, or one alone, in the order of asking", async () => {
  const lock = oneOrMany();
  const log: string[] = [];
  const leaves: Record<string, () => void> = {};
  const enter = async (name: string, alone: boolean) => {
    leaves[name] = await lock.enter({ alone });
    log.push(name);
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  const all = [
    enter("a", false),
    enter("b", false),
    enter("C", true),
    enter("d", false),
    enter("E", true),
  ];
  await settle();
  assertEquals(log.join(""), "ab");
  leaves.a();
  await settle();
  assertEquals(log.join(""), "ab");
  leaves.b();
  await settle();
  assertEquals(log.join(""), "abC");
  leaves.C();
  await settle();
  assertEquals(log.join(""), "abCd");
  leaves.d();
  await Promise.all(all);
  assertEquals(log.join(""), "abCdE");
});
