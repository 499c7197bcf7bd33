import { runTask, type Task, type TaskResults } from "./task.ts";
import { startThreads } from "./threads.ts";

/** Tasks of a search shared out over threads; results do not depend on their number. */
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
 * Starts threads; 1 is the calling thread alone.
 *
 * @throws {RangeError} `count` is not an integer from 1 to 64.
 */
export function startWorkers(count: number): Workers {
  const script = new URL("./worker.ts", import.meta.url);
  return startThreads<Task, TaskResults[Task["kind"]]>(count, { script, here: runTask }) as Workers;
}
