import { checkOptions } from "../check_arguments.ts";
import { mediaBundle, type Showable } from "./media_bundle.ts";
import type { MediaOptions } from "./rich_display.ts";

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

/**
 * Where {@link show} sends what it shows.
 *
 * @category Notebooks
 */
export interface ShowOptions extends MediaOptions {
  /** Takes the text form when the code runs outside of a notebook, for instance `console.log`. */
  readonly write?: (text: string) => void;
  /** The way to the front ends; null: act as outside of a notebook. Default: the running kernel. */
  readonly broadcast?: Broadcast | null;
}

/**
 * Shows a table, a chart, a plan, a model, an engine, a nest, text or markup as an output of the running
 * notebook cell, and resolves to undefined when the front ends have it.
 *
 * Outside of the Deno Jupyter kernel nothing is printed: it resolves to the text form, after having
 * given it to `write`, if there is one. So the code of a cell is also the code of a script:
 * `await show(table, { write: console.log })` is right in both.
 *
 * Always await it: a kernel that goes idle too early loses the output of a headless run.
 *
 * @throws {TypeError} if the value is of no kind that {@link mediaBundle} knows
 * @throws {RangeError} if a column is asked for that the table does not have
 *
 * @example
 * ```ts
 * import { show } from "tinyloom";
 * import { tableFromArrays } from "apache-arrow";
 * import assert from "node:assert/strict";
 *
 * const table = tableFromArrays({ kernel: ["naive", "best"], gflops: [0.5, 48] });
 * const text = await show(table);
 * assert.match(text ?? "", /naive +0\.5/);
 * ```
 *
 * @category Notebooks
 */
export async function show(
  value: Showable,
  options: ShowOptions = {},
): Promise<string | undefined> {
  checkOptions("show", options, "write broadcast columns renderPng");
  const { broadcast = kernelBroadcast(), write, ...media } = options;
  const data = await mediaBundle(value, media);
  if (broadcast === null) {
    write?.(data["text/plain"]);
    return data["text/plain"];
  }
  await broadcast("display_data", { data, metadata: {}, transient: {} });
  await settled(JSON.stringify(data).length);
}

/**
 * Waits until a message of that size has left the kernel: about 15 ms and 20 ms a megabyte. The Deno
 * kernel may publish "idle" before the last output of a cell, and headless clients stop listening.
 */
export function settled(sizeBytes: number): Promise<void> {
  const milliseconds = 15 + 20 * sizeBytes / 1e6;
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Sends one message of the Jupyter protocol (`display_data`, `update_display_data`, `error` ...)
 * to every front end.
 *
 * @category Notebooks
 */
export type Broadcast = (type: string, content: Record<string, unknown>) => Promise<void>;

/** The broadcast of the Deno Jupyter kernel this code runs in, or null outside of a kernel. */
export function kernelBroadcast(): Broadcast | null {
  try {
    // Outside of the kernel this property is a getter that throws.
    const { jupyter } = Deno;
    // In a worker there is none.
    if (jupyter === undefined) return null;
    return (type, content) => jupyter.broadcast(type, content);
  } catch {
    return null;
  }
}

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
