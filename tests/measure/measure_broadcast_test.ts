import { measureBroadcast } from "tinyloom";
import { assert, assertEquals, assertThrows } from "../assert.ts";

/** What is found where runs take so many milliseconds, those that shuffle and those that load in turn. */
function found(shuffleMs: readonly number[], loadMs: readonly number[]): string {
  const { now } = performance;
  let [calls, clockMs] = [0, 0];
  const of = (runs: readonly number[], turn: number) => runs[Math.min(turn, runs.length - 1)];
  // Asked for at the start and before and after each run; before each turn, whether time is up.
  performance.now = () => {
    const at = calls++ - 1;
    if (at < 0) return clockMs;
    const inTurn = at % 4;
    const turn = Math.floor(at / 4);
    if (inTurn === 1) clockMs += of(shuffleMs, turn);
    if (inTurn === 3) clockMs += of(loadMs, turn);
    return clockMs;
  };
  try {
    return measureBroadcast({ budgetMs: 1e-3 });
  } finally {
    performance.now = now;
  }
}

Deno.test("the way whose fastest run is faster is found", () => {
  assertEquals(found([2], [3]), "shuffle");
  assertEquals(found([3], [2]), "load");
  assertEquals(found([2], [2]), "shuffle");
  assertEquals(found([9, 2, 9], [3]), "shuffle");
  assertEquals(found([3], [9, 2, 9]), "load");
});

Deno.test("a machine is measured for as long as is asked", () => {
  assert(["load", "shuffle"].includes(measureBroadcast({ budgetMs: 1 })));
  assertThrows(() => measureBroadcast({ budgetMs: 0 }), RangeError, "positive, found 0");
});
