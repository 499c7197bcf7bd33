import type { Opened } from "./envelope.ts";
import type { Order, Outcome } from "./task_thread.ts";

/** A thread that does tasks, while the one that talks to the server stays free to do so. */
export interface ComputeThread {
  /**
   * Does the tasks of a message.
   *
   * @throws the signal's reason once it fires; what was computed is thrown away with its thread.
   */
  readonly run: (opened: Opened, signal: AbortSignal) => Promise<Outcome>;
  readonly [Symbol.dispose]: () => void;
}

/** A thread that is started when it is first needed, and anew after it was stopped. */
export function computeThread(modules: readonly string[]): ComputeThread {
  let worker: Worker | null = null;
  const end = (): void => {
    worker?.terminate();
    worker = null;
  };
  const ask = (order: Order): Promise<Outcome> => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    worker!.onmessage = ({ data }) => resolve(data);
    worker!.onerror = (event) => {
      event.preventDefault();
      end();
      resolve({ failed: 0, error: event.message });
    };
    worker!.postMessage(order);
    return promise;
  };
  return {
    run: async ({ text, arrays }, signal) => {
      signal.throwIfAborted();
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      const stop = () => {
        end();
        reject(signal.reason);
      };
      signal.addEventListener("abort", stop);
      try {
        if (worker === null) {
          worker = new Worker(new URL("./task_thread.ts", import.meta.url), { type: "module" });
          const started = await Promise.race([ask({ modules }), aborted]);
          if ("error" in started) {
            end();
            return started;
          }
        }
        return await Promise.race([ask({ text, arrays }), aborted]);
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
    [Symbol.dispose]: end,
  };
}
