// Cases of a kind under a watchdog: in this process, or as a task of `tinyloom worker --tasks tests/fuzz/tasks.ts`.

/** Cases `from` to `until` of a kind and a seed. */
export interface FuzzTask {
  readonly kind: "fuzz";
  readonly what: string;
  readonly seed: number;
  readonly from: number;
  readonly until: number;
}

/** How they ended. */
export interface FuzzReport {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly largestRss: number;
  readonly failures: readonly FuzzFailure[];
}

/** One that should not have ended so. */
export interface FuzzFailure {
  readonly index: number;
  readonly error: string;
  /** What it was, and the ending of a file of it; null where it hung or took too much. */
  readonly file: { readonly content: Uint8Array | string; readonly extension: string } | null;
}

const MOST_MS = 5000;
const MOST_RSS = 2 ** 30;

type Message =
  | { readonly kind: "ready" | "done" }
  | { readonly kind: "begins"; readonly index: number }
  | {
    readonly kind: "ended";
    readonly index: number;
    readonly outcome: string;
    readonly ms: number;
    readonly rss: number;
  }
  | {
    readonly kind: "failed";
    readonly index: number;
    readonly error: string;
    readonly what: Uint8Array | string;
    readonly extension: string;
  };

/** Runs cases; one that hangs or takes too much memory costs its worker, and the next goes on. */
export async function runCases({ what, seed, from, until }: FuzzTask): Promise<FuzzReport> {
  const outcomes: Record<string, number> = {};
  const failures: FuzzFailure[] = [];
  let [slowestMs, largestRss] = [0, 0];
  /** Runs cases in a worker until all are done or one of them hangs; gives the next number. */
  const runFrom = (first: number): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const worker = new Worker(new URL("./fuzz_worker.ts", import.meta.url), { type: "module" });
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = first;
    const end = (following: number) => {
      clearTimeout(timer);
      worker.terminate();
      resolve(following);
    };
    const fail = (error: string) => {
      failures.push({ index: current, error, file: null });
      end(current + 1);
    };
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      switch (data.kind) {
        case "ready":
          return worker.postMessage({ kind: what, from: first, until, seed });
        case "done":
          return end(until);
        case "begins":
          current = data.index;
          clearTimeout(timer);
          timer = setTimeout(() => fail(`more than ${MOST_MS} ms`), MOST_MS);
          return;
        case "failed": {
          const { index, error, what: content, extension } = data;
          failures.push({ index, error, file: { content, extension } });
          return;
        }
        case "ended":
          outcomes[data.outcome] = (outcomes[data.outcome] ?? 0) + 1;
          slowestMs = Math.max(slowestMs, data.ms);
          largestRss = Math.max(largestRss, data.rss);
          if (data.rss > MOST_RSS) fail(`${data.rss} bytes of memory`);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
    return promise;
  };
  for (let next = from; next < until;) next = await runFrom(next);
  return { outcomes, slowestMs, largestRss, failures };
}
