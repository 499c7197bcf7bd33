import { isOver } from "../../host.ts";
import {
  type ByteRange,
  fillGaps,
  type OffsetCandidates,
  stepChoice,
  viewsIn,
} from "./candidates.ts";
import type { OffsetItem } from "./offset_problem.ts";

/** A way to place everything born so far, known by where the survivors lie. */
interface State {
  readonly parent: State | null;
  /** Offsets of the items born in this step. */
  readonly born: readonly number[];
  /** Offsets of the items that live on. */
  readonly live: readonly number[];
  /** How often operators had to share bytes. */
  readonly cost: number;
}

/** Options of {@link sweep}. */
export interface SweepOptions {
  /** States kept after a step. */
  readonly width: number;
  /** Moment (`performance.now()`) at which to give up. */
  readonly deadlineMs: number;
}

/**
 * Offsets within a height, or null if none were found: dynamic programming over the steps, with the
 * places of the items alive as state, and every item at an edge (see `Candidates`). Among the
 * solutions one where few operators have to share bytes, and many outputs are views.
 */
export function sweep(
  candidates: OffsetCandidates,
  heightBytes: number,
  { width, deadlineMs }: SweepOptions,
): Float64Array | null {
  const { items, steps } = candidates.problem;
  const births = bornAt(items, steps.length);
  const offsets = new Float64Array(items.length).fill(-1);
  let states: State[] = [{ parent: null, born: [], live: [], cost: 0 }];
  let alive: number[] = [];
  for (let step = 0; step < steps.length; step++) {
    if (isOver(deadlineMs)) return null;
    const born = births[step];
    const here = [...alive, ...born];
    const survivors = here.filter((item) => items[item].until > step + 1);
    const next = new Map<string, State>();
    for (const parent of states) {
      if (isOver(deadlineMs)) return null;
      place(offsets, alive, parent.live);
      const ways = bornPlaces(candidates, { born, alive, offsets, heightBytes, deadlineMs });
      if (ways === null) return null;
      for (const places of ways) {
        place(offsets, born, places);
        const cost = parent.cost + costOf(candidates, step, here, offsets, heightBytes);
        if (cost === Infinity) continue;
        const live = placesOf(offsets, survivors);
        const key = live.join();
        const known = next.get(key);
        if (known !== undefined && known.cost <= cost) continue;
        next.set(key, { parent, born: places, live, cost });
      }
      for (const item of here) offsets[item] = -1;
    }
    if (next.size === 0) return null;
    states = [...next.values()].sort((a, b) => a.cost - b.cost).slice(0, width);
    alive = survivors;
  }
  let state = states[0];
  for (let step = steps.length - 1; step >= 0; step--) {
    place(offsets, births[step], state.born);
    state = state.parent!;
  }
  steps.forEach((_, step) => placeKernelScratch(candidates, step, { offsets, heightBytes }));
  return offsets;
}

function place(offsets: Float64Array, items: readonly number[], places: readonly number[]): void {
  for (let i = 0; i < items.length; i++) offsets[items[i]] = places[i];
}

function placesOf(offsets: Float64Array, items: readonly number[]): number[] {
  const places = new Array<number>(items.length);
  for (let i = 0; i < items.length; i++) places[i] = offsets[items[i]];
  return places;
}

// Ways to place what is born in one step that are followed: all of them for one or two items, the
// lowest ones where many are born at once, and the fewer the more these are.
const MOST_PLACES = 512;
const MANY = 8;

/**
 * Ways to place the items born in a step beside those alive; leaves the places of `born` unset. Null
 * if the time is up.
 */
function bornPlaces(
  candidates: OffsetCandidates,
  { born, alive, offsets, heightBytes, deadlineMs }: {
    readonly born: readonly number[];
    readonly alive: readonly number[];
    readonly offsets: Float64Array;
    readonly heightBytes: number;
    readonly deadlineMs: number;
  },
): (readonly number[])[] | null {
  const { items } = candidates.problem;
  const most = Math.ceil(MOST_PLACES * Math.min(1, (MANY / born.length) ** 2));
  const topOf = (places: readonly number[]) =>
    places.reduce((top, at, i) => Math.max(top, at + items[born[i]].sizeBytes), 0);
  let ways: (readonly number[])[] = [[]];
  for (const [i, item] of born.entries()) {
    // Who asks for the first has just looked.
    if (i > 0 && isOver(deadlineMs)) return null;
    const neighbours = [...alive, ...born.slice(0, i)];
    ways = ways.flatMap((places) => {
      for (let other = 0; other < places.length; other++) offsets[born[other]] = places[other];
      return candidates.of(item, neighbours, offsets, heightBytes).map((at) => [...places, at]);
    });
    for (const other of born) offsets[other] = -1;
    if (ways.length <= most) continue;
    const ranked = ways.map((places) => ({ places, top: topOf(places) }));
    ways = ranked.sort((a, b) => a.top - b.top).slice(0, most).map(({ places }) => places);
  }
  return ways;
}

/** Gives the scratch items of a step the places that the search found room for. */
function placeKernelScratch(
  { problem: { items, steps, channels } }: OffsetCandidates,
  step: number,
  { offsets, heightBytes }: { readonly offsets: Float64Array; readonly heightBytes: number },
): void {
  const here = [...items.keys()].filter((item) =>
    !items[item].isScratch && items[item].from <= step && step < items[item].until
  );
  const blocks = [...items.keys()].filter((item) =>
    items[item].isScratch && items[item].from === step
  );
  if (blocks.length === 0) return;
  const { ringBytes } = stepChoice(steps[step], items, offsets)!;
  const used = rangesOf(items, here, offsets);
  const ring = { sizeBytes: ringBytes * channels, alignmentBytes: 1 };
  const scratch = blocks.map((item) => items[item]);
  const places = fillGaps(used, ringBytes > 0 ? [...scratch, ring] : scratch, heightBytes)!;
  blocks.forEach((item, i) => offsets[item] = places[i]);
}

function bornAt(items: readonly OffsetItem[], steps: number): number[][] {
  const births: number[][] = Array.from({ length: steps }, () => []);
  items.forEach(({ from, isScratch }, item) => {
    if (!isScratch) births[from].push(item);
  });
  for (const born of births) born.sort((a, b) => items[b].sizeBytes - items[a].sizeBytes);
  return births;
}

/** Infinity if the step cannot run, or its scratch memory has no room. */
function costOf(
  candidates: OffsetCandidates,
  step: number,
  here: readonly number[],
  offsets: Float64Array,
  heightBytes: number,
): number {
  const { items, steps, channels } = candidates.problem;
  const choice = stepChoice(steps[step], items, offsets);
  if (choice === null) return Infinity;
  const blocks = candidates.scratchAt(step);
  const { form, ringBytes } = choice;
  if (blocks.length > 0 || ringBytes > 0) {
    const ring = { sizeBytes: ringBytes * channels, alignmentBytes: 1 };
    const scratch = ringBytes > 0 ? [...blocks, ring] : blocks;
    if (fillGaps(rangesOf(items, here, offsets), scratch, heightBytes) === null) return Infinity;
  }
  // A copy that is not made is worth more than loops that may run any way.
  return formCosts[form] - 2 * viewsIn(candidates.problem, step, offsets);
}

const formCosts = { plain: 0, overlap: 1, "in-place": 2 } as const;

/** Bytes in use where items lie. */
function rangesOf(
  items: readonly OffsetItem[],
  here: readonly number[],
  offsets: Float64Array,
): ByteRange[] {
  return here.map((item) => ({
    from: offsets[item],
    until: offsets[item] + items[item].sizeBytes,
  }));
}
