import { progress } from "tinyloom";
import { assertEquals, assertRejects, assertThrows } from "../assert.ts";

interface Sent {
  type: string;
  text: string;
  id: string;
}

function recorder() {
  const sent: Sent[] = [];
  // deno-lint-ignore no-explicit-any
  const broadcast = (type: string, content: any) => {
    sent.push({ type, text: content.data["text/plain"], id: content.transient.display_id });
    return Promise.resolve();
  };
  const clock = { ms: 0 };
  return { sent, broadcast, clock, now: () => clock.ms };
}

Deno.test("progress is drawn at once, then ten times a second at most, then at the end", async () => {
  const { sent, broadcast, clock, now } = recorder();
  const { update, done } = progress(100, { label: "tiles", broadcast, now });
  for (let step = 1; step <= 100; step++) {
    clock.ms = step * 5;
    update(step, `j = ${step}`);
  }
  await done();
  update(7);
  await done();
  assertEquals(sent.map(({ text }) => text), [
    "tiles: 0/100 (0 %), 0.0 s",
    "tiles: 20/100 (20 %), 0.1 s, about 0.4 s left, j = 20",
    "tiles: 40/100 (40 %), 0.2 s, about 0.3 s left, j = 40",
    "tiles: 60/100 (60 %), 0.3 s, about 0.2 s left, j = 60",
    "tiles: 80/100 (80 %), 0.4 s, about 0.1 s left, j = 80",
    "tiles: 100/100 (100 %), 0.5 s, j = 100",
    "tiles: 100/100 (100 %), 0.5 s, j = 100",
  ]);
  assertEquals(sent.map(({ type }) => type), [
    "display_data",
    ...Array(6).fill("update_display_data"),
  ]);
  assertEquals(new Set(sent.map(({ id }) => id)).size, 1);
});

Deno.test("progress past the total counts as the total", async () => {
  const { sent, broadcast, now } = recorder();
  const bar = progress(1000, { unit: "ms", broadcast, now });
  bar.update(1200.4);
  await bar.done();
  assertEquals(sent.at(-1)?.text, "1000/1000 ms (100 %), 0.0 s");
});

Deno.test("outside of a notebook, progress does nothing", async () => {
  const bar = progress(2, { label: "silent" });
  bar.update(1);
  await bar.done();
});

Deno.test("progress refuses totals and counts out of range", () => {
  for (const total of [0, -1, NaN, Infinity]) {
    assertThrows(() => progress(total), RangeError, `Cannot show progress towards ${total}`);
  }
  assertThrows(() => progress(4).update(NaN), RangeError, "Cannot show NaN of 4 as progress");
  assertThrows(() => progress(4).update(-1), RangeError, "needed: 0 to 4");
});

Deno.test("a broadcast that failed is told at the end", async () => {
  const bar = progress(2, { broadcast: () => Promise.reject(new Error("no socket")) });
  await assertRejects(() => bar.done(), Error, "no socket");
});
