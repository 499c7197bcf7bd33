/**
 * Turns a stream of interrupts into abort signals: every call of the returned function gives a signal
 * that the next interrupt aborts. After an interrupt there is a fresh one.
 *
 * @param subscribe is called once with the function to call at each interrupt
 *
 * @example
 * ```ts
 * import { interruptSignals } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * let stop = () => {};
 * const nextSignal = interruptSignals((interrupt) => stop = interrupt);
 * const first = nextSignal();
 * stop();
 * assert.ok(first.aborted);
 * assert.ok(!nextSignal().aborted);
 * ```
 *
 * @category Notebooks
 */
export function interruptSignals(subscribe: (interrupt: () => void) => void): () => AbortSignal {
  let current = new AbortController();
  subscribe(() => {
    const interrupted = current;
    current = new AbortController();
    interrupted.abort(new DOMException("Interrupted", "AbortError"));
  });
  return () => current.signal;
}
