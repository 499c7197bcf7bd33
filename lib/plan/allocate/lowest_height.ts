import { type Answer, heightOf } from "./first_answer.ts";
import type { Portfolio } from "./portfolio.ts";
import type { Problem } from "./problem.ts";

/** Where to stop looking for something lower. */
export interface Limits {
  readonly nodeLimit: number;
  readonly deadlineMs: number;
}

/** The lowest answer found, and a height that no answer goes below. */
export interface Lowest {
  readonly answer: Answer;
  readonly boundBytes: number;
}

const FIRST_ROUND_NODES_PER_BUFFER = 50;

/**
 * Lowers an answer until it meets the bound or a limit is reached.
 *
 * Rounds of bisection between the bound and the best height: what a round could not decide within
 * its nodes counts as impossible until the next round, which may spend twice as many. Each round
 * begins at the bound itself, where the answer most often lies.
 */
export function lowestHeight(portfolio: Portfolio, start: Lowest, limits: Limits): Lowest {
  const { problem } = portfolio;
  let { answer, boundBytes } = start;
  let roundNodes = FIRST_ROUND_NODES_PER_BUFFER * problem.count;
  const isOver = () =>
    answer.heightBytes <= boundBytes || portfolio.nodes >= limits.nodeLimit ||
    performance.now() >= limits.deadlineMs;
  for (; !isOver(); roundNodes *= 2) {
    let target = boundBytes;
    let lowBytes = boundBytes;
    while (lowBytes < answer.heightBytes && !isOver()) {
      const nodes = Math.min(roundNodes, limits.nodeLimit - portfolio.nodes);
      const outcome = portfolio.fit(target, nodes, limits.deadlineMs);
      if (outcome === "found") {
        const offset = portfolio.offset.slice();
        answer = { offset, heightBytes: heightOf(problem, offset), method: "search" };
      } else {
        lowBytes = nextHeight(problem, target + 1);
        if (outcome === "impossible") boundBytes = lowBytes;
      }
      target = nextHeight(problem, Math.floor((lowBytes + answer.heightBytes - 1) / 2));
      if (target >= answer.heightBytes) target = lowBytes;
    }
  }
  return { answer, boundBytes };
}

/** The lowest height of at least `heightBytes` at which an arena can end. */
function nextHeight(problem: Problem, heightBytes: number): number {
  const { unitBytes, sizeBytes } = problem;
  let next = Infinity;
  for (const bytes of sizeBytes) {
    const offset = Math.ceil((heightBytes - bytes) / unitBytes) * unitBytes;
    next = Math.min(next, offset + bytes);
  }
  return next;
}
