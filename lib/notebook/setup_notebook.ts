import { interruptSignals } from "./interrupt.ts";
import { type Broadcast, kernelBroadcast } from "./kernel.ts";

/**
 * What a notebook needs from its kernel.
 *
 * @category Notebooks
 */
export interface NotebookSession {
  /**
   * A signal that the next press of the stop button aborts. Take a new one in every cell, and look at
   * `signal.aborted` in a loop that awaits now and then: a loop that never awaits cannot be stopped.
   */
  readonly interruptSignal: () => AbortSignal;
}

/**
 * Prepares the Deno Jupyter kernel; call it in the first cell of a notebook.
 *
 * - The stop button aborts {@link NotebookSession.interruptSignal} and keeps all variables. Without
 *   this, an interrupt ends the plain Deno kernel and loses them.
 * - Errors in timers and unhandled rejections are shown as errors of the cell that caused them.
 *   Without this, they show nowhere.
 *
 * Calling it again is harmless. Outside of the kernel it changes nothing, so that Ctrl+C still ends a
 * script, and the signal never aborts.
 *
 * @example
 * ```ts
 * import { setupNotebook } from "tinyloom";
 *
 * const notebook = setupNotebook();
 *
 * // In a later cell: what was computed before the stop button was pressed is kept.
 * const signal = notebook.interruptSignal();
 * const squares: number[] = [];
 * for (let i = 0; i < 10 && !signal.aborted; i++) {
 *   squares.push(i * i);
 *   await new Promise((resolve) => setTimeout(resolve));
 * }
 * ```
 *
 * @category Notebooks
 */
export function setupNotebook(): NotebookSession {
  const broadcast = kernelBroadcast();
  if (broadcast === null) return { interruptSignal: interruptSignals(() => {}) };
  addEventListener("error", (event) => showOnce(event, event.error, broadcast));
  addEventListener("unhandledrejection", (event) => showOnce(event, event.reason, broadcast));
  return {
    interruptSignal: interruptSignals((interrupt) => Deno.addSignalListener("SIGINT", interrupt)),
  };
}

// When the first cell is run again there are two listeners; the first to come marks the event.
function showOnce(event: Event, reason: unknown, broadcast: Broadcast): void {
  if (event.defaultPrevented) return;
  event.preventDefault();
  const error = reason instanceof Error ? reason : new Error(String(reason));
  broadcast("error", {
    ename: error.name,
    evalue: error.message,
    traceback: (error.stack ?? `${error.name}: ${error.message}`).split("\n"),
  });
}
