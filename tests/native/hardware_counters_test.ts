// Counters of the processor, by a kernel that is made up; and what this machine says.
import { benchBackends, matmul, tableToRows } from "tinyloom";
import type { BackendRow } from "tinyloom/native";
import {
  countersHere,
  type CounterSystem,
  openCounters,
} from "../../lib/native/hardware_counters.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";

const [CYCLES, INSTRUCTIONS, CACHE_MISSES] = [0, 1, 3];

/** A kernel whose counters count while they are enabled, as `work` tells them. */
function fake(refused: Readonly<Record<number, number>> = {}) {
  const calls: string[] = [];
  const counts = new Map<number, number>();
  const enabled = new Set<number>();
  let shared = 1;
  const system: CounterSystem = {
    open: (event) => refused[event] ?? 100 + event,
    control: (counter, what) => {
      calls.push(`${what} ${counter}`);
      if (what === "reset") counts.set(counter, 0);
      else if (what === "enable") enabled.add(counter);
      else enabled.delete(counter);
    },
    read: (counter) => [counts.get(counter)! / shared, 6000, shared === 0 ? 0 : 6000 / shared],
    close: (counter) => void calls.push(`close ${counter}`),
    paranoid: () => "4",
  };
  return {
    system,
    calls,
    /** From now on counters work a share of the time. */
    share: (by: number) => void (shared = by),
    work: (event: number, count: number) => {
      const counter = 100 + event;
      if (enabled.has(counter)) counts.set(counter, counts.get(counter)! + count);
    },
  };
}

Deno.test("events of a run are those of all runs by their number, and none from outside of them", () => {
  const { system, work, calls } = fake();
  const counters = openCounters(system);
  assert("count" in counters);
  const run = () => {
    work(CYCLES, 300);
    work(INSTRUCTIONS, 500);
    work(CACHE_MISSES, 7);
  };
  run();
  assertEquals(counters.count(run, 4), { cycles: 300, instructions: 500, cacheMisses: 7 });
  run();
  assertEquals(counters.count(run, 1), { cycles: 300, instructions: 500, cacheMisses: 7 });
  counters[Symbol.dispose]();
  assertEquals(calls.slice(-3), ["close 100", "close 101", "close 103"]);
});

Deno.test("counters that take turns are extrapolated, and one that never counted has no figure", () => {
  const { system, work, share } = fake();
  const counters = openCounters(system);
  assert("count" in counters);
  share(3);
  assertEquals(counters.count(() => work(CYCLES, 900), 2).cycles, 900);
  const never = { ...system, read: () => [5, 6000, 0] as const };
  const empty = openCounters(never);
  assert("count" in empty);
  assertEquals(empty.count(() => {}, 1), {
    cycles: null,
    instructions: null,
    cacheMisses: null,
  });
});

Deno.test("an event that a processor has not is null, the others count and are closed", () => {
  const { system, work, calls } = fake({ [CACHE_MISSES]: -2 });
  const counters = openCounters(system);
  assert("count" in counters);
  const counts = counters.count(() => work(INSTRUCTIONS, 11), 2);
  assertEquals(counts, { cycles: 0, instructions: 11, cacheMisses: null });
  counters[Symbol.dispose]();
  assert(!calls.some((call) => call.endsWith("98") || call.endsWith("-2")));
});

Deno.test("without counters there is a word on why, and empty columns", () => {
  const all = (error: number) => ({ 0: error, 1: error, 3: error });
  const reason = (error: number) => {
    const counters = openCounters(fake(all(error)).system);
    return "refused" in counters ? counters.refused : "";
  };
  assertEquals(
    reason(-13),
    "the kernel refuses them (perf_event_paranoid is 4, needed 2 or less)",
  );
  assertEquals(reason(-1), reason(-13));
  assertEquals(reason(-2), "this machine shows none, as most virtual machines");
  assertEquals(reason(-95), reason(-2));
  assertEquals(reason(-38), "perf_event_open failed with error 38");
  const { said, countsOf } = countersHere(null);
  assertMatch(said, /^No hardware counters: Deno asks them of Linux/);
  assertEquals(countsOf(() => {}, 1).cycles, null);
});

Deno.test("a record of back ends counts where it is asked to and can, else says what is missing", async () => {
  const naive = matmul({ m: 9, k: 10, n: 11 });
  const options = { backends: ["wasm"], budgetMs: 20, settleMs: 0 } as const;
  const counted = await benchBackends({ naive }, { ...options, counters: true });
  const [row] = tableToRows(counted) as unknown as BackendRow[];
  const said = JSON.parse(counted.schema.metadata.get("counters")!);
  assertEquals(
    row.instructions !== null || row.cycles !== null || row.cacheMisses !== null,
    !said.startsWith("No hardware counters: "),
  );
  const plain = await benchBackends({ naive }, options);
  assert(!plain.schema.metadata.has("counters"));
  assertEquals((tableToRows(plain)[0] as unknown as BackendRow).cycles, null);
});
