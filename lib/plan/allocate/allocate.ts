import { isOver as isTimeOver, lookedAfter } from "../../host.ts";
import { checkOptions } from "../../check_arguments.ts";
import { type Answer, firstAnswer, heightOf } from "./allocate_greedy.ts";
import { type Allocation, type Buffer, checkBuffers, checkInteger, maxLoad } from "./buffers.ts";
import { Portfolio } from "./portfolio.ts";
import { type AllocateRules, allRules, type Problem, toProblem } from "./problem.ts";

// The search counts in 32-bit integers; beyond, the first answer stands.
const SEARCHABLE_UNITS = 2 ** 30;

/**
 * Options of {@link allocate}.
 *
 * @category Allocation
 */
export interface AllocateOptions {
  /** Stop at the first allocation within this many bytes. Without it the height is minimised. */
  readonly capacity?: number;
  /** Alignment of buffers that state none of their own; 1 when absent. */
  readonly alignmentBytes?: number;
  /** Wall-clock time after which the best allocation so far is returned; 10,000 when absent. */
  readonly timeLimitMs?: number;
  /** The same in nodes of the search, for results that do not depend on the machine's speed. */
  readonly nodeLimit?: number;
  /** Ends the search as the time limit does. */
  readonly signal?: AbortSignal;
  /** Seed of the random orders the search tries; 1 when absent. */
  readonly seed?: number;
  /** Parts of the search to switch off, as in `{ memo: false }`. */
  readonly rules?: AllocateRules;
}

/**
 * Places buffers in an arena so that no two share bytes while both are alive.
 *
 * Without `capacity` the arena is made as low as possible; `optimal` says whether the result is
 * proved to be. With `capacity` the question is only whether the buffers fit: `fits` is the answer,
 * and a `lowerBoundBytes` above the capacity proves that they cannot. Where neither holds, the
 * limits ran out.
 *
 * Buffers that carry an `offsetBytes`, as those of an earlier allocation do, stay there.
 *
 * First fit and best fit in several orders come first; what they leave open goes to an exact search
 * that starts over in many orders. Same buffers, options and seed: same places, unless the time
 * limit strikes.
 *
 * @throws {TypeError} if a field or an option has the wrong type.
 * @throws {RangeError} if a number is out of range, an id occurs twice, or fixed places collide.
 *
 * @example
 * ```ts
 * import { allocate } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const buffers = [
 *   { id: "image", from: 0, until: 2, sizeBytes: 300 },
 *   { id: "features", from: 1, until: 3, sizeBytes: 200 },
 *   { id: "scores", from: 2, until: 4, sizeBytes: 100 },
 * ];
 * const plan = allocate(buffers);
 * assert.equal(plan.heightBytes, 500);
 * assert.ok(plan.optimal);
 *
 * const tight = allocate(buffers, { capacity: 400 });
 * assert.ok(!tight.fits && tight.lowerBoundBytes > 400);
 * ```
 *
 * @category Allocation
 */
export function allocate(buffers: readonly Buffer[], options: AllocateOptions = {}): Allocation {
  checkOptions(
    "allocate",
    options,
    "capacity alignmentBytes timeLimitMs nodeLimit signal seed rules",
  );
  const total = options.timeLimitMs ?? LIMIT_MS;
  const work = { label: "allocate, at most", total, unit: "ms" };
  return lookedAfter(work, () => allocateAll(buffers, options), { signal: options.signal });
}

const LIMIT_MS = 10_000;

function allocateAll(buffers: readonly Buffer[], options: AllocateOptions): Allocation {
  const startMs = performance.now();
  const { capacity, alignmentBytes = 1, timeLimitMs = LIMIT_MS, nodeLimit = Infinity } = options;
  checkBuffers(buffers, alignmentBytes);
  checkFigures(options);
  const rules = { ...allRules, ...options.rules };
  const limits = { nodeLimit, deadlineMs: startMs + timeLimitMs };
  const problem = toProblem(buffers, alignmentBytes);
  const loadBytes = maxLoad(buffers, alignmentBytes);
  const enoughBytes = Math.max(loadBytes, capacity ?? 0);
  let known: Lowest = {
    answer: firstAnswer(problem, enoughBytes, rules.heuristics ? limits.deadlineMs : startMs),
    boundBytes: loadBytes,
  };
  let nodes = 0;
  const isOpen = known.answer.heightBytes > enoughBytes && !(capacity! < loadBytes);
  if (isOpen && known.answer.heightBytes / problem.unitBytes < SEARCHABLE_UNITS) {
    const portfolio = new Portfolio(problem, rules, options.seed ?? 1);
    known = capacity === undefined
      ? lowestHeight(portfolio, known, limits)
      : withinCapacity(portfolio, known, limits, capacity);
    nodes = portfolio.nodes;
  }
  const { answer: { offset, heightBytes, method }, boundBytes } = known;
  return {
    buffers: buffers.map((b, i) => ({ ...b, offsetBytes: offset[i] * problem.unitBytes })),
    heightBytes,
    lowerBoundBytes: boundBytes,
    optimal: heightBytes === boundBytes,
    fits: capacity === undefined || heightBytes <= capacity,
    method,
    nodes,
    timeMs: performance.now() - startMs,
  };
}

function checkFigures(options: AllocateOptions): void {
  const { capacity, timeLimitMs, nodeLimit, seed, rules = {} } = options;
  if (capacity !== undefined) checkInteger("capacity", capacity, 0);
  if (seed !== undefined) checkInteger("seed", seed, 0);
  for (const [name, limit] of Object.entries({ timeLimitMs, nodeLimit })) {
    if (limit === undefined) continue;
    if (typeof limit !== "number") {
      throw new TypeError(`${name} is ${typeof limit}, must be a number`);
    }
    if (!(limit >= 0)) throw new RangeError(`${name} is ${limit}, must be at least 0`);
  }
  for (const [name, on] of Object.entries(rules)) {
    if (!Object.hasOwn(allRules, name)) {
      throw new RangeError(`rules has "${name}", known are ${Object.keys(allRules).join(", ")}`);
    }
    if (typeof on !== "boolean") {
      throw new TypeError(`rules.${name} is ${typeof on}, must be true or false`);
    }
  }
}

/** Where to stop looking for something lower. */
interface Limits {
  readonly nodeLimit: number;
  readonly deadlineMs: number;
}

/** The lowest answer found, and a height that no answer goes below. */
interface Lowest {
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
function lowestHeight(portfolio: Portfolio, start: Lowest, limits: Limits): Lowest {
  const { problem } = portfolio;
  let { answer, boundBytes } = start;
  let roundNodes = FIRST_ROUND_NODES_PER_BUFFER * problem.count;
  const isOver = () =>
    answer.heightBytes <= boundBytes || portfolio.nodes >= limits.nodeLimit ||
    isTimeOver(limits.deadlineMs);
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

/** Replaces an answer by one within a capacity, or proves that there is none. */
function withinCapacity(
  portfolio: Portfolio,
  start: Lowest,
  limits: Limits,
  capacityBytes: number,
): Lowest {
  const outcome = portfolio.fit(capacityBytes, limits.nodeLimit, limits.deadlineMs);
  if (outcome === "impossible") return { ...start, boundBytes: capacityBytes + 1 };
  if (outcome === "gave up") return start;
  const offset = portfolio.offset.slice();
  const heightBytes = heightOf(portfolio.problem, offset);
  return { answer: { offset, heightBytes, method: "search" }, boundBytes: start.boundBytes };
}
