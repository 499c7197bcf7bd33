import { readModel, withOfflinePlan, writeModel, zoo } from "tinyloom";
import { assertEquals, assertMatch } from "../assert.ts";
import { zipFile } from "./zip_file.ts";

const model = zoo("mlperf-tiny-ad");
const flatbuffer = writeModel(model);
const labels = new TextEncoder().encode("cat\ndog\n");

const behind = (tail: Uint8Array) => Uint8Array.from([...flatbuffer, ...tail]);

Deno.test("labels in a zip archive behind a model are read and written back", () => {
  const packed = new TextEncoder().encode("yes\n".repeat(40));
  const alone = zipFile({ "labels.txt": labels });
  const counted = zipFile({ "labels.txt": labels, "more/words.txt": packed }, {
    before: flatbuffer.length,
    packed: true,
  });
  assertEquals(readModel(behind(alone)).files, { "labels.txt": labels });
  const read = readModel(behind(counted));
  assertEquals(read.files, { "labels.txt": labels, "more/words.txt": packed });
  assertEquals(read.warnings, undefined);
  // An archive that counts from its own start stays as it is.
  const file = writeModel(withOfflinePlan(readModel(behind(alone))));
  assertEquals(file.subarray(-alone.length), alone);
  // One that counts from the file's start counts from that of the longer file.
  const longer = writeModel(withOfflinePlan(read));
  const start = longer.length - counted.length;
  const right = zipFile({ "labels.txt": labels, "more/words.txt": packed }, {
    before: start,
    packed: true,
  });
  assertEquals(longer.subarray(start), right);
  assertEquals(readModel(writeModel(read)), read);
});

Deno.test("what cannot be unpacked is kept as it is, with a warning", () => {
  const cut = zipFile({ "labels.txt": labels }).subarray(0, 40);
  for (
    const [tail, warning] of [
      [cut, /a zip archive that cannot be read: it has no directory/],
      [Uint8Array.of(1, 2, 3), /3 bytes that are no zip archive/],
    ] as const
  ) {
    const read = readModel(behind(tail));
    assertEquals(read.files, undefined);
    assertMatch(read.warnings![0], warning);
    assertEquals(writeModel(read), behind(tail));
  }
});

Deno.test("zeros behind a model are nothing", () => {
  assertEquals(readModel(behind(new Uint8Array(16))).tail, undefined);
});

Deno.test("an archive that claims too much is not unpacked", () => {
  const bomb = zipFile({ "labels.txt": labels }, { packed: true });
  const entry = bomb.findIndex((_, at) => bomb[at] === 0x50 && bomb[at + 2] === 1);
  new DataView(bomb.buffer).setUint32(entry + 24, 2 ** 31, true);
  assertMatch(readModel(behind(bomb)).warnings![0], /its files take 2147483648 bytes/);
});
