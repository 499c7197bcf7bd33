import { runTask, type Task, type TaskResults } from "./task.ts";

/** Tasks shared out over threads; results do not depend on their number. */
export interface Workers {
  /**
   * Runs tasks of one kind; results in the order of the tasks.
   *
   * @throws {DOMException} named `AbortError` once the signal fires; tasks that run are waited for.
   */
  readonly run: <Kind extends Task["kind"]>(
    tasks: readonly Extract<Task, { kind: Kind }>[],
    options?: { readonly signal?: AbortSignal; readonly onDone?: (count: number) => void },
  ) => Promise<readonly TaskResults[Kind][]>;
  /** Ends the threads. */
  readonly [Symbol.dispose]: () => void;
}

/**
 * Starts threads; 1 is the calling thread alone, which needs no permission to read the library.
 *
 * @throws {RangeError} `count` is not an integer from 1 to 64.
 */
export function startWorkers(count: number): Workers {
  if (!Number.isInteger(count) || count < 1 || count > 64) {
    throw new RangeError(`workers is ${count}, needed a whole number from 1 to 64`);
  }
  const threads = Array.from({ length: count === 1 ? 0 : count }, () => (
    new Worker(new URL("./worker.ts", import.meta.url), { type: "module" })
  ));
  const doers = threads.length === 0 ? [here] : threads.map((thread) => remote(thread));
  return {
    run: async <Kind extends Task["kind"]>(
      tasks: readonly Extract<Task, { kind: Kind }>[],
      options: { readonly signal?: AbortSignal; readonly onDone?: (count: number) => void } = {},
    ) => {
      const { signal, onDone } = options;
      const results = new Array<TaskResults[Kind]>(tasks.length);
      let next = 0;
      let done = 0;
      // Each takes the next task as soon as it is free.
      const settled = await Promise.allSettled(doers.map(async (doer) => {
        while (next < tasks.length) {
          signal?.throwIfAborted();
          const at = next++;
          try {
            results[at] = await doer(tasks[at]) as TaskResults[Kind];
          } catch (error) {
            next = tasks.length;
            throw error;
          }
          onDone?.(++done);
        }
      }));
      const failed = settled.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
      return results;
    },
    [Symbol.dispose]: () => {
      for (const thread of threads) thread.terminate();
    },
  };
}

type Doer = (task: Task) => Promise<unknown>;

// Between two tasks others get their turn: signals, timers, progress.
const here: Doer = (task) =>
  new Promise((resolve, reject) => {
    setTimeout(() => {
      try {
        resolve(runTask(task));
      } catch (error) {
        reject(error);
      }
    }, 0);
  });

function remote(thread: Worker): Doer {
  return (task) =>
    new Promise((resolve, reject) => {
      thread.onmessage = ({ data }) =>
        "error" in data ? reject(new Error(data.error)) : resolve(data.result);
      thread.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      thread.postMessage(task);
    });
}
