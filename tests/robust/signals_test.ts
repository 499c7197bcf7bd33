// One way to end what computes in one go: signals, time limits, and the host's stop button.
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import {
  allocate,
  type Buffer,
  checkPlan,
  createEngine,
  fusionFrontier,
  loadTable,
  planLadder,
  planMemory,
  runReference,
  saveTable,
  tableFromRows,
  validatePlan,
  zoo,
} from "tinyloom";
import {
  type Host,
  isOver,
  lookedAfter,
  setHost,
  throwIfStopped,
  type Work,
} from "../../lib/host.ts";

const model = zoo("mlperf-tiny-ad");
const plan = planMemory(model);
const aborted = AbortSignal.abort(new DOMException("enough", "AbortError"));
const named = (name: string) => (call: () => unknown) =>
  assertEquals(assertThrows(call, DOMException).name, name);

/** Buffers of which no order of first fit proves the best. */
const buffers: readonly Buffer[] = Array.from({ length: 200 }, (_, i) => {
  const from = (i * 73) % 97;
  return { id: `b${i}`, from, until: from + 1 + (i * 31) % 40, sizeBytes: 1 + (i * 7919) % 4001 };
});

Deno.test("what has a best so far gives it when its signal has fired", () => {
  const { searched, fast } = {
    searched: allocate(buffers, { nodeLimit: 2000 }),
    fast: allocate(buffers, { signal: aborted }),
  };
  assert(searched.nodes > 0);
  assertEquals([fast.nodes, fast.fits], [0, true]);
  assert(fast.heightBytes >= fast.lowerBoundBytes);
  const kws = zoo("mlperf-tiny-kws");
  for (const options of [{}, { fusion: "best" }] as const) {
    const hasty = planMemory(kws, { ...options, signal: aborted });
    assertEquals(validatePlan(hasty, kws), []);
    assert(hasty.peakBytes >= planMemory(kws, options).peakBytes);
  }
  assert(fusionFrontier(kws, { signal: aborted }).length > 0);
  assertEquals(planLadder(model, { signal: aborted }).length, planLadder(model).length);
});

Deno.test("what has nothing before its end says that it was ended", async () => {
  const aborts = named("AbortError");
  aborts(() => validatePlan(plan, model, { signal: aborted }));
  aborts(() => checkPlan(plan, model, { signal: aborted }));
  aborts(() => runReference(model, [new Int8Array(640)], { signal: aborted }));
  named("TimeoutError")(() => validatePlan(plan, model, { timeLimitMs: -1 }));
  assertEquals(validatePlan(plan, model, { timeLimitMs: 1e6 }), []);
  const path = await Deno.makeTempFile({ suffix: ".arrow" });
  await saveTable(path, tableFromRows([{ a: 1 }]));
  const error = await assertRejects(() => loadTable(path, { signal: aborted }), DOMException);
  assertEquals(error.name, "AbortError");
  await Deno.remove(path);
});

Deno.test("the host's stop button is heard in every part, and only while it is asked", () => {
  const aborts = named("AbortError");
  hosted((_, looks) => looks > 3, (ended) => {
    aborts(() => validatePlan(plan, model));
    aborts(() => runReference(model, [new Int8Array(640)]));
    aborts(() => createEngine(model, { plan }));
    assertEquals(planLadder(model).length > 0, true);
    assertEquals(ended(), 4);
  });
  // Afterwards nothing is left of it.
  assertEquals(validatePlan(plan, model), []);
  assertEquals(isOver(Infinity), false);
});

Deno.test("work without anything to show is not shown, work within other work neither", () => {
  const seen: (string | null)[] = [];
  hosted((work) => {
    seen.push(work?.label ?? null);
    return false;
  }, () => {
    lookedAfter(null, throwIfStopped);
    lookedAfter({ label: "a", total: 1, unit: "ms" }, () => lookedAfter(null, throwIfStopped));
  });
  assertEquals(seen, [null, "a"]);
});

Deno.test("limits of work hold for the work within it, and end with it", () => {
  const late = () => isOver(Infinity);
  assertEquals(lookedAfter(null, () => lookedAfter(null, late), { signal: aborted }), true);
  assertEquals(
    lookedAfter(null, () => {
      lookedAfter(null, late, { signal: aborted });
      return late();
    }),
    false,
  );
});

/** With a host whose stop button is pressed as `isPressed` tells, looks counted for each work. */
function hosted(
  isPressed: (work: Work | null, looks: number) => boolean,
  run: (ended: () => number) => void,
): void {
  let ends = 0;
  const host: Host = {
    display: () => undefined,
    watch: () => null,
    lookOut: (work) => {
      let looks = 0;
      return { isStopped: () => isPressed(work, ++looks), end: () => void ends++ };
    },
  };
  const before = setHost(host);
  try {
    run(() => ends);
  } finally {
    setHost(before);
  }
}
