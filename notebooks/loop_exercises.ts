// Checkers for lesson 20, those of loops.
import {
  applySteps,
  bestMatmul,
  caches,
  count,
  matmul,
  type Nest,
  ScheduleError,
  simulateCache,
  type Step,
} from "../lib/lab.ts";
import { bench, formatCount, timingRows } from "../lib/measure/mod.ts";
import { answered, right, type Verdict, wrong } from "./exercises.ts";

/** Vectors of sums that may be kept in registers: V8 has 15, and operands need some. */
const MOST_SUMS = 12;
const LANES = 4;

export interface BeatBestOptions {
  readonly size: { readonly m: number; readonly k: number; readonly n: number };
  /** By exact counts, the same everywhere, or by time on this machine. Counts if left out. */
  readonly by?: "counts" | "time";
}

/** Exercise 3: a schedule of float32 for a size, in one thread, that beats `bestMatmul`. */
export async function scheduleThatBeatsBest(
  steps: readonly Step[],
  { size, by = "counts" }: BeatBestOptions,
): Promise<Verdict> {
  const best = bestMatmul(size);
  let yours: Nest;
  try {
    yours = applySteps(matmul(size), steps);
    const sums = sumsInRegisters(matmul(size), steps);
    if (sums > MOST_SUMS) {
      return wrong(`${sums} vectors of sums do not stay in registers, needed at most ${MOST_SUMS}`);
    }
    const work = [yours, best].map(executed);
    if (by === "counts") {
      const said = `${formatCount(work[0])} loads, stores and loop tests`;
      return work[0] < work[1] ? right(said) : wrong(`${said}; best has fewer, or as many`);
    }
  } catch (error) {
    if (!(error instanceof ScheduleError || error instanceof RangeError)) throw error;
    return wrong(error.message);
  }
  const { table } = await bench({ best, yours }, { baseline: "best" });
  const row = timingRows(table).find(({ kernel }) => kernel === "yours")!;
  const interval = `${row.speedupLow?.toFixed(3)} to ${row.speedupHigh?.toFixed(3)} times as fast`;
  return row.speedupLow! > 1 ? right(interval) : wrong(`${interval}: that may as well be chance`);
}

function executed(nest: Nest): number {
  const { loads, stores, loopTests } = count(nest);
  return loads + stores + loopTests;
}

/** Vectors of results that unrolled loops spread out. */
function sumsInRegisters(plain: Nest, steps: readonly Step[]): number {
  let sums = 1;
  steps.forEach((step, i) => {
    if (step.op !== "unroll") return;
    const { loops, axes } = applySteps(plain, steps.slice(0, i));
    const at = loops.findIndex(({ name }) => name === step.axis);
    const axis = axes.find(({ name }) => name === loops[at]?.axis);
    if (axis === undefined || axis.role === "reduction") return;
    const outer = loops.slice(0, at).findLast((loop) => loop.axis === axis.name);
    const all = (outer?.step ?? axis.extent) / loops[at].step;
    sums *= step.factor === "full" ? all : step.factor;
  });
  return Math.ceil(sums / (steps.some(({ op }) => op === "vectorize") ? LANES : 1));
}

const TILED = { m: 96, k: 96, n: 96 } as const;
/** Lines of A, B and C: so many misses there are in any order. */
const LINES = 3 * 96 * 96 * 4 / 32;

/** Exercise 6: steps for loops i, k, j with which a Cortex-M7 fetches each line twice at most, on average. */
export function tileForTheCache(steps: readonly Step[]): Verdict {
  return answered(() => {
    if (steps.some(({ op }) => op !== "tile" && op !== "reorder")) {
      return wrong("only tile and reorder are allowed");
    }
    const nest = applySteps(matmul(TILED), [{ op: "reorder", order: ["i", "k", "j"] }, ...steps]);
    const [{ misses }] = simulateCache(nest, caches.cortexM7);
    const said = `${formatCount(misses)} misses, each line ${(misses / LINES).toFixed(2)} times`;
    return misses <= 2 * LINES ? right(said) : wrong(said);
  });
}
