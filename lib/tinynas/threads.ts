import { runTask, type Task, type TaskResults } from "./task.ts";
import type { RunTasksOptions, Workers } from "./workers.ts";

/** Does tasks of one kind; what a worker's messages are answered with. */
export type Doer<Task, Result> = (task: Task) => Result | Promise<Result>;

/** Tasks shared out over threads. */
export interface Threads<Task, Result> {
  /**
   * Runs tasks, each on the thread that is free first; results in the order of the tasks.
   *
   * @throws {DOMException} named `AbortError` once the signal fires; tasks that run are waited for.
   */
  readonly run: (
    tasks: readonly Task[],
    options?: RunTasksOptions,
  ) => Promise<readonly Result[]>;
  /** Runs one task on every thread. */
  readonly each: (task: Task) => Promise<readonly Result[]>;
  /** Ends the threads. */
  readonly [Symbol.dispose]: () => void;
}

/**
 * Starts threads; 1 is the calling thread alone, which needs no permission to read the library.
 *
 * @param options `script` is a worker that answers with `answerMessages`, `here` does the same in this
 *   thread.
 * @throws {RangeError} `count` is not an integer from 1 to 64.
 */
export function startThreads<Task, Result>(
  count: number,
  { script, here }: { readonly script: URL; readonly here: Doer<Task, Result> },
): Threads<Task, Result> {
  if (!Number.isInteger(count) || count < 1 || count > 64) {
    throw new RangeError(`workers is ${count}, needed a whole number from 1 to 64`);
  }
  const workers = Array.from({ length: count === 1 ? 0 : count }, () => (
    new Worker(script, { type: "module" })
  ));
  const doers = workers.length === 0 ? [between(here)] : workers.map(remote<Task, Result>);
  return {
    run: async (tasks, { signal, onDone } = {}) => {
      const results = new Array<Result>(tasks.length);
      let next = 0;
      let done = 0;
      // Each takes the next task as soon as it is free.
      const settled = await Promise.allSettled(doers.map(async (doer) => {
        while (next < tasks.length) {
          signal?.throwIfAborted();
          const at = next++;
          try {
            results[at] = await doer(tasks[at]);
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
    each: (task) => Promise.all(doers.map((doer) => doer(task))),
    [Symbol.dispose]: () => {
      for (const worker of workers) worker.terminate();
    },
  };
}

/** What a worker's script calls: answers every message, a task, with its result or its error. */
export function answerMessages<Task, Result>(doer: Doer<Task, Result>): void {
  const thread = self as unknown as {
    onmessage: ((event: MessageEvent<Task>) => void) | null;
    postMessage: (message: unknown) => void;
  };
  thread.onmessage = async ({ data }) => {
    try {
      thread.postMessage({ result: await doer(data) });
    } catch (error) {
      const { name, message } = error as Error;
      thread.postMessage({ error: `${name}: ${message}` });
    }
  };
}

const TURN_MS = 20;

/** Between tasks others get their turn now and then: signals, timers, progress. */
function between<Task, Result>(doer: Doer<Task, Result>): Doer<Task, Result> {
  let since = -Infinity;
  return async (task) => {
    if (performance.now() - since > TURN_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      since = performance.now();
    }
    return await doer(task);
  };
}

function remote<Task, Result>(worker: Worker): Doer<Task, Result> {
  return (task) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) =>
        "error" in data ? reject(new Error(data.error)) : resolve(data.result);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(task);
    });
}

/** Workers for the tasks of a search, whose results are known by their kind. */
export interface SearchWorkers {
  readonly run: <Kind extends Task["kind"]>(
    tasks: readonly Extract<Task, { kind: Kind }>[],
    options?: RunTasksOptions,
  ) => Promise<readonly TaskResults[Kind][]>;
  /** Ends the threads. */
  readonly [Symbol.dispose]: () => void;
}

/**
 * Starts threads, where there are no machines to do the tasks; 1 is the calling thread alone.
 *
 * @throws {RangeError} `count` is not an integer from 1 to 64.
 */
export function startWorkers(count: number, machines?: Workers): SearchWorkers {
  if (machines !== undefined) return { run: machines.run, [Symbol.dispose]: () => {} };
  const script = new URL("./worker.ts", import.meta.url);
  return startThreads<Task, TaskResults[Task["kind"]]>(count, {
    script,
    here: runTask,
  }) as SearchWorkers;
}
