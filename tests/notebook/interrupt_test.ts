import { interruptSignals, setupNotebook } from "tinyloom";
import { assert, assertEquals } from "../assert.ts";

Deno.test("each interrupt aborts the signals given out since the one before", () => {
  let interrupt = () => {};
  const nextSignal = interruptSignals((listener) => interrupt = listener);
  const first = nextSignal();
  const alsoFirst = nextSignal();
  interrupt();
  assert(first.aborted && alsoFirst.aborted);
  assertEquals(first.reason.name, "AbortError");
  const second = nextSignal();
  assert(!second.aborted);
  interrupt();
  assert(second.aborted);
});

Deno.test("outside of a notebook, setupNotebook gives a signal that never aborts", () => {
  const before = setupNotebook().interruptSignal();
  assert(!before.aborted);
});
