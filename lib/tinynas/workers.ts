/**
 * A task: plain data (JSON and typed arrays), whose result depends on nothing else.
 *
 * @category Many machines
 */
export interface WorkTask {
  /** Says who does it, as `judge` or `tune`. */
  readonly kind: string;
  /** Whether it takes times: then a worker does nothing else beside it. */
  readonly measures?: boolean;
}

/**
 * Whoever does tasks: threads of this process, or the workers of a NATS server (`connectWorkers`). The
 * results are the same for any number of them.
 *
 * @category Many machines
 */
export interface Workers {
  /**
   * Does tasks; results in the order of the tasks.
   *
   * @throws {DOMException} named `AbortError` once the signal fires.
   * @throws {Error} if one of the tasks failed.
   */
  readonly run: <Result>(
    tasks: readonly WorkTask[],
    options?: RunTasksOptions,
  ) => Promise<readonly Result[]>;
}

/**
 * How tasks are run.
 *
 * @category Many machines
 */
export interface RunTasksOptions {
  /** Fires to end them. */
  readonly signal?: AbortSignal;
  /** Told how many are done. */
  readonly onDone?: (count: number) => void;
}
