// What a notebook adds to long work, with a kernel and a clock that the test holds.
import { type Broadcast, matmul, planMemory, setupNotebook, tune, zoo } from "tinyloom";
import { isOver, lookedAfter, watched } from "../../lib/host.ts";
import { settled } from "../../lib/notebook/notebook_session.ts";
import { assert, assertEquals } from "../assert.ts";

interface Sent {
  readonly type: string;
  readonly text: string;
  readonly html: string;
}

/** Deno as its kernel has it: gives what takes it away again. */
function withKernel(broadcast: Broadcast): () => void {
  const plain = Object.getOwnPropertyDescriptor(globalThis, "Deno")!;
  const value = Object.create(Deno, { jupyter: { value: { broadcast } } });
  Object.defineProperty(globalThis, "Deno", { ...plain, value });
  return () => void Object.defineProperty(globalThis, "Deno", plain);
}

/** Runs in a kernel, under a clock of its own: gives what reached the front ends. */
async function inKernel(
  run: (kernel: { readonly clock: { ms: number } }) => Promise<unknown>,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  const clock = { ms: 1000 };
  const { now } = performance;
  // deno-lint-ignore no-explicit-any
  const leave = withKernel((type: string, content: any) => {
    const { "text/plain": text, "text/html": html } = content.data ?? {};
    sent.push({ type, text, html });
    return Promise.resolve();
  });
  performance.now = () => clock.ms;
  try {
    await run({ clock });
  } finally {
    performance.now = now;
    leave();
  }
  return sent;
}

const work = { label: "count", total: 4000, unit: "ms" };
const state = (done: number) => [done, `step ${done}`] as const;

Deno.test("work of less than half a second has no bar, longer work one that is gone in the end", async () => {
  const texts = await inKernel(({ clock }) =>
    watched({}, { ...work, state }, async ({ onProgress }: {
      readonly onProgress?: (done: number) => void;
    }) => {
      for (const ms of [0, 499, 500, 620, 700, 9000]) {
        clock.ms = 1000 + ms;
        onProgress!(ms);
      }
      return await Promise.resolve();
    })
  );
  assertEquals(texts.map(({ type, text }) => [type, text]), [
    ["display_data", "count: 0/4000 ms (0 %), 0.5 s"],
    ["update_display_data", "count: 620/4000 ms (15 %), 0.6 s, about 3.4 s left, step 620"],
    ["update_display_data", "count: 4000/4000 ms (100 %), 9.0 s, step 9000"],
    ["update_display_data", ""],
  ]);
  assertEquals(texts.at(-1)!.html, "");
  const short = await inKernel(({ clock }) =>
    watched({}, { ...work, state }, async ({ onProgress }: {
      readonly onProgress?: (done: number) => void;
    }) => {
      clock.ms += 499;
      onProgress!(1);
      return await Promise.resolve();
    })
  );
  assertEquals(short, []);
});

Deno.test("work in one go looks at the stop button ten times a second, after half a second", async () => {
  const looks: boolean[] = [];
  const texts = await inKernel(({ clock }) => {
    lookedAfter(work, () => {
      for (const ms of [0, 499, 500, 599, 600, 650, 710, 5000]) {
        clock.ms = 1000 + ms;
        looks.push(isOver(Infinity));
      }
    });
    // Its end has been told.
    return new Promise((resolve) => setTimeout(resolve, 40));
  });
  assertEquals(looks, Array(8).fill(false));
  assertEquals(texts.map(({ type, text }) => [type, text.replace(/, about.*/, "")]), [
    ["display_data", "count: 0/4000 ms (0 %), 0.5 s"],
    ["update_display_data", "count: 600/4000 ms (15 %), 0.6 s"],
    ["update_display_data", "count: 710/4000 ms (17 %), 0.7 s"],
    ["update_display_data", "count: 4000/4000 ms (100 %), 5.0 s"],
    ["update_display_data", ""],
  ]);
});

Deno.test("uncaught errors of a cell reach the front ends, once", () => {
  const sent: Record<string, unknown>[] = [];
  const leave = withKernel((type, content) =>
    Promise.resolve(void sent.push({ type, ...content }))
  );
  try {
    setupNotebook();
    setupNotebook();
    const event = new ErrorEvent("error", { cancelable: true, error: new RangeError("boom") });
    dispatchEvent(event);
    assert(event.defaultPrevented);
    assertEquals(sent.map(({ type, ename, evalue }) => [type, ename, evalue]), [
      ["error", "RangeError", "boom"],
    ]);
    assertEquals((sent[0].traceback as string[])[0], "RangeError: boom");
    dispatchEvent(new ErrorEvent("error", { cancelable: true, error: "plain words" }));
    assertEquals([sent[1].ename, sent[1].evalue], ["Error", "plain words"]);
  } finally {
    leave();
  }
});

Deno.test("a long output is given time to arrive: 15 ms, and 20 for each megabyte", async () => {
  const { setTimeout } = globalThis;
  const waits: (number | undefined)[] = [];
  globalThis.setTimeout = ((then: () => void, ms?: number) => {
    waits.push(ms);
    return setTimeout(then, 0);
  }) as typeof setTimeout;
  try {
    for (const sizeBytes of [0, 1e6, 5e5]) await settled(sizeBytes);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(waits, [15, 35, 25]);
});

Deno.test("in a notebook, commands that take long have bars and end by themselves", async () => {
  const sent = await inKernel(async ({ clock }) => {
    const tuned = await tune(
      matmul({ m: 4, k: 4, n: 4 }),
      {
        evaluations: 3,
        now: () => clock.ms,
        evaluator: {
          name: "slow",
          evaluate: () => {
            clock.ms += 400;
            return 7;
          },
        },
      },
    );
    assertEquals(tuned.ended, "evaluations");
    planMemory(zoo("mlperf-tiny-ad"));
  });
  assertEquals(sent[0].text, "tune: 0/20000 ms (0 %), 0.8 s");
  assertEquals(sent.at(-1)!.text, "");
});
