// What the program runs in adds to values and to long work: a notebook shows values richly, draws progress
// and has a stop button. The notebook room registers itself here; without it nothing is added.

/** What kind of thing a value is, for those who show it. */
export type DisplayKind = "table" | "chart" | "plan" | "nest" | "model" | "engine";

/** Work that may take long. */
export interface Work {
  readonly label: string;
  readonly total: number;
  /** What is counted. */
  readonly unit: string;
}

/** Somebody who watches work. */
export interface Watcher {
  /** Fires when the work is to end with what it has. */
  readonly signal: AbortSignal;
  readonly update: (done: number, note: string) => void;
  readonly end: () => Promise<void>;
}

/** Somebody who watches work that does not return to its caller in between. */
export interface Lookout {
  /** Whether the work is to end with what it has; called often. */
  readonly isStopped: (nowMs: number) => boolean;
  readonly end: () => void;
}

/** What the program runs in. */
export interface Host {
  /** A value in the media types of Jupyter. */
  readonly display: (value: object, kind: DisplayKind) => unknown;
  /** Null where nobody watches. */
  readonly watch: (work: Work) => Watcher | null;
  /** Without work nothing is shown, and only who asks for the end from now on is heard. */
  readonly lookOut: (work: Work | null) => Lookout | null;
}

let host: Host | null = null;

/** From here on values and work are shown by this host; gives the one before it. */
export function setHost(next: Host | null): Host | null {
  const before = host;
  host = next;
  return before;
}

/** The method that Deno's kernel asks a value for its rich form by. */
const DISPLAY = Symbol.for("Jupyter.display");

/**
 * The value itself, with a method that a notebook shows it by. It is not enumerable: the value stays plain
 * data for JSON, for comparisons, for copies (which do not have it) and for other threads.
 */
export function shown<Value extends object>(value: Value, kind: DisplayKind): Value {
  if (host === null || Object.isFrozen(value) || Object.hasOwn(value, DISPLAY)) return value;
  Object.defineProperty(value, DISPLAY, {
    value(this: object) {
      return host?.display(this, kind);
    },
    enumerable: false,
    configurable: true,
    writable: true,
  });
  return value;
}

/** What functions that can be watched take. */
export interface WatchedOptions<Progress> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

let isWatched = false;

/**
 * Does work with the host's progress bar and stop button, where the caller brings none of his own. Work
 * within other work is part of it.
 */
export async function watched<Progress, Options extends WatchedOptions<Progress>, Result>(
  options: Options,
  work: Work & {
    /** What of the total is done, and what goes on. */
    readonly state: (progress: Progress) => readonly [done: number, note: string];
  },
  run: (options: Options) => Promise<Result>,
): Promise<Result> {
  if (isWatched) return await run(options);
  isWatched = true;
  const watcher = options.onProgress ? null : host?.watch(work) ?? null;
  try {
    if (watcher === null) return await run(options);
    return await run({
      ...options,
      signal: options.signal ?? watcher.signal,
      onProgress: (progress: Progress) => watcher.update(...work.state(progress)),
    });
  } finally {
    isWatched = false;
    await watcher?.end();
  }
}

/** What ends work that is done in one go, beside the host. */
export interface Limits {
  /** Ends it; looked at between its parts, as far as it can fire while they run. */
  readonly signal?: AbortSignal;
  /** Ends it after that time. */
  readonly timeLimitMs?: number;
}

let lookout: Lookout | null = null;
let limits: readonly { readonly signal?: AbortSignal; readonly deadlineMs: number }[] = [];

/**
 * The same for work that is done in one go and asks now and then whether it is to end: with what it has
 * ({@link isOver}), or, without work to show, with an error ({@link throwIfStopped}).
 */
export function lookedAfter<Result>(
  work: Work | null,
  run: () => Result,
  { signal, timeLimitMs = Infinity }: Limits = {},
): Result {
  const outer = { lookout, limits };
  // Work that is watched ends by its signal, in between: parts of it are whole, or states would differ.
  lookout ??= isWatched ? null : host?.lookOut(work) ?? null;
  if (signal !== undefined || timeLimitMs !== Infinity) {
    limits = [...limits, { signal, deadlineMs: performance.now() + timeLimitMs }];
  }
  try {
    return run();
  } finally {
    if (outer.lookout === null) lookout?.end();
    ({ lookout, limits } = outer);
  }
}

/** Whether the time is over, or somebody wants the work to end with what it has. */
export function isOver(deadlineMs: number): boolean {
  return performance.now() > deadlineMs || isStopped();
}

/**
 * Ends work that has nothing to give before its end.
 *
 * @throws {DOMException} somebody wants the end (`AbortError`, or the signal's reason), or the time is
 *   over (`TimeoutError`).
 */
export function throwIfStopped(): void {
  if (!isStopped()) return;
  for (const { signal } of limits) signal?.throwIfAborted();
  throw limits.some(({ deadlineMs }) => performance.now() > deadlineMs)
    ? new DOMException("The time is over", "TimeoutError")
    : new DOMException("Interrupted", "AbortError");
}

/**
 * Lets others have their turn, who may want the end, where there is a signal to ask by.
 *
 * @throws {DOMException} the signal's reason.
 */
export async function turn(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}

function isStopped(): boolean {
  if (lookout === null && limits.length === 0) return false;
  const nowMs = performance.now();
  return limits.some(({ signal, deadlineMs }) => signal?.aborted || nowMs > deadlineMs) ||
    (lookout !== null && lookout.isStopped(nowMs));
}
