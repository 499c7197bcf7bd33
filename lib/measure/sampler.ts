import type { MeasureSettings } from "./measure_options.ts";
import { type RandomStream, randomStream, shuffled } from "./random.ts";
import { ratioInterval } from "./statistics.ts";
import type { Timed } from "./timed_nest.ts";

/** One sample as the record keeps it. */
export interface Sample {
  readonly round: number;
  readonly batch: number;
  /** Time of one run in ns. */
  readonly ns: number;
}

/** A variant and what has been measured of it. */
export interface Series {
  readonly timed: Timed;
  /** The series its speed-up refers to, maybe itself; null where the shape has no baseline. */
  readonly baseline: Series | null;
  readonly samples: Sample[];
}

/** Why sampling ended. */
export type Stopped = "tight" | "runs" | "budget" | "aborted";

interface State {
  readonly series: Series;
  readonly random: RandomStream;
  spentMs: number;
  /** Share of a sample that is due; it joins a round when this reaches 1. */
  credit: number;
  nextCheck: number;
  tight: boolean;
}

const firstCheck = 10;
const breathEveryMs = 50;

/**
 * Samples all series in interleaved rounds until their ratios are tight, `runs` samples are taken
 * or the time is up. A variant that gets fewer samples sits out rounds, evenly spread, so that all
 * of them see the same weather.
 */
export async function sampleAll(
  all: readonly Series[],
  settings: MeasureSettings,
  deadlineMs: number,
  onSample: (timed: Timed) => void,
): Promise<Stopped> {
  const { now, runs, seed, signal } = settings;
  const order = randomStream(seed, 0);
  const states = all.map((series, index): State => ({
    series,
    random: randomStream(seed, index + 1),
    spentMs: 0,
    credit: 0,
    nextCheck: firstCheck,
    tight: false,
  }));
  const startMs = now();
  let breathMs = startMs;
  let graceMs = 0;
  for (let round = 0;; round++) {
    // The first round may have taken longer than all there was.
    if (round === 1) graceMs = Math.max(0, now() - deadlineMs) + grace * settings.budgetMs;
    const due = round === 0
      ? states
      : dueIn(states, { runs, remainingMs: deadlineMs - now(), graceMs });
    if (due.length === 0) break;
    for (const state of shuffled(due, order)) {
      if (now() - breathMs >= breathEveryMs) {
        // Lets timers, signals and the notebook's stop button have their turn.
        await new Promise((resolve) => setTimeout(resolve, 0));
        breathMs = now();
      }
      if (signal?.aborted) return "aborted";
      onSample(state.series.timed);
      await sampleOnce(state, round, settings);
    }
    if (now() - startMs >= settings.settleMs) markTight(states, settings.tightness);
  }
  if (wanted(states).length === 0) return "tight";
  return states.some(({ series, tight }) => !tight && series.samples.length < runs)
    ? "budget"
    : "runs";
}

async function sampleOnce(
  state: State,
  round: number,
  settings: MeasureSettings,
): Promise<void> {
  const { samples, timed } = state.series;
  const fromMs = settings.now();
  const taken = await takeSample(timed, samples.at(-1)?.batch ?? 1, settings);
  state.spentMs += settings.now() - fromMs;
  samples.push({ round, ...taken });
}

function dueIn(
  states: readonly State[],
  time: Parameters<typeof planSamples>[1],
): readonly State[] {
  const active = wanted(states);
  const more = planSamples(
    active.map(({ series, spentMs }) => ({
      // A clock may not have moved at all; a zero cost would make the plan infinite.
      costMs: Math.max(spentMs / series.samples.length, 1e-6),
      taken: series.samples.length,
    })),
    time,
  );
  const rounds = Math.max(0, ...more);
  return active.filter((state, index) => {
    if (more[index] === 0) return false;
    state.credit += more[index] / rounds;
    if (state.credit < 1) return false;
    state.credit -= 1;
    return true;
  });
}

/** The series still worth sampling: those not tight, and the baselines they refer to. */
function wanted(states: readonly State[]): readonly State[] {
  const open = states.filter(({ tight }) => !tight);
  return states.filter((state) =>
    !state.tight || open.some(({ series }) => series.baseline === state.series)
  );
}

function markTight(states: readonly State[], tightness: number): void {
  for (const state of states) {
    const { samples, baseline } = state.series;
    if (state.tight || samples.length < state.nextCheck) continue;
    state.nextCheck = Math.ceil(samples.length * 1.5);
    const interval = ratioInterval(
      timesOf(baseline ?? state.series),
      timesOf(state.series),
      state.random,
    );
    const width = interval === null ? Infinity : interval.high / interval.low;
    state.tight = width <= (1 + tightness) ** 2;
  }
}

/** The times of a series in ns, in the order taken. */
export function timesOf(series: Series): readonly number[] {
  return series.samples.map(({ ns }) => ns);
}

/** What is known of a variant when the rest of the run is planned. */
export interface SampleState {
  /** What one more sample costs. */
  readonly costMs: number;
  /** Samples taken so far. */
  readonly taken: number;
}

const wantedAtLeast = 3;

// Share of the budget by which it may be overrun, so that one slow variant, whose single sample took all
// of it, does not leave the fast ones with a single sample too.
const grace = 0.05;

/**
 * How many more samples each variant gets out of the time that is left: first everyone up to three,
 * the cheapest first, for which there are `graceMs` more, then equal shares of time, where what the
 * fast ones cannot use (they stop at `runs`) goes to the slow ones.
 */
export function planSamples(
  states: readonly SampleState[],
  { runs, remainingMs, graceMs = 0 }: {
    readonly runs: number;
    readonly remainingMs: number;
    readonly graceMs?: number;
  },
): readonly number[] {
  const more = states.map(() => 0);
  let leftMs = remainingMs + graceMs;
  const cheapestFirst = states.map((_, index) => index)
    .sort((a, b) => states[a].costMs - states[b].costMs);
  for (let floor = 1; floor <= Math.min(wantedAtLeast, runs); floor++) {
    for (const index of cheapestFirst) {
      const { costMs, taken } = states[index];
      if (taken + more[index] >= floor || costMs > leftMs) continue;
      more[index]++;
      leftMs -= costMs;
    }
  }
  leftMs -= graceMs;
  const needMs = (index: number) =>
    states[index].costMs * Math.max(0, runs - states[index].taken - more[index]);
  const smallestNeedFirst = cheapestFirst.toSorted((a, b) => needMs(a) - needMs(b));
  smallestNeedFirst.forEach((index, position) => {
    const { costMs, taken } = states[index];
    const shareMs = leftMs / (states.length - position);
    const granted = Math.max(
      0,
      Math.min(runs - taken - more[index], Math.floor(shareMs / costMs)),
    );
    more[index] += granted;
    leftMs -= granted * costMs;
  });
  return more;
}

/** One sample: the mean time of `batch` runs in a row. */
export interface TakenSample {
  readonly batch: number;
  /** Time of one run in ns. */
  readonly ns: number;
}

const batchAtMost = 1 << 24;

/**
 * Times `batch` runs in a row. A sample shorter than `minSampleMs` would mostly show the clock's
 * steps, so it is thrown away and repeated with a larger batch.
 */
export async function takeSample(
  timed: Timed,
  batch: number,
  { minSampleMs, now }: { readonly minSampleMs: number; readonly now: () => number },
): Promise<TakenSample> {
  for (;;) {
    const fromMs = now();
    for (let run = 0; run < batch; run++) {
      const pending = timed.run();
      if (pending) await pending;
    }
    const elapsedMs = now() - fromMs;
    if (elapsedMs >= minSampleMs || batch >= batchAtMost) {
      return { batch, ns: elapsedMs * 1e6 / batch };
    }
    // 1.2: so that the next sample clears the bar although it may be a little faster.
    const wanted = Math.ceil(1.2 * batch * minSampleMs / Math.max(elapsedMs, minSampleMs / 100));
    batch = Math.min(batchAtMost, Math.max(batch + 1, wanted));
  }
}
