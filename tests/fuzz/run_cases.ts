// Cases of a kind, in this process or as a task of `tinyloom worker --tasks tests/fuzz/tasks.ts`.
import { kinds } from "./kinds.ts";
import { type Failure, type Watch, watch } from "./watched_worker.ts";

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
  readonly failures: readonly Failure[];
  readonly slowestMs: number;
  readonly largestRss: number;
}

/** After how much computing a case hangs, where its kind does not say. */
export const MOST_MS = 5000;

/** Runs cases; one that hangs costs its worker, and the next goes on. */
export async function runCases(
  { what, seed, from, until }: FuzzTask,
  watched: Watch,
): Promise<FuzzReport> {
  const { mostMs = MOST_MS } = await kinds[what]();
  const outcomes: Record<string, number> = {};
  const failures: Failure[] = [];
  let [slowestMs, largestRss] = [0, 0];
  for (let next = from; next < until;) {
    next = await watched.run({ kind: what, from: next, until, seed }, {
      mostMs,
      failed: ({ index, error }) => failures.push({ index, error }),
      ended: ({ outcome, ms, rss }) => {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        slowestMs = Math.max(slowestMs, ms);
        largestRss = Math.max(largestRss, rss);
      },
    });
  }
  return { outcomes, failures, slowestMs, largestRss };
}

const here = watch();

/** The same as a task, in a worker that is kept. */
export function runTask(task: FuzzTask): Promise<FuzzReport> {
  return runCases(task, here);
}
