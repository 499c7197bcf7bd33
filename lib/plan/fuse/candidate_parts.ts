import { isOver } from "../../host.ts";
import { needOf, type OffsetProblem, withoutViews } from "../offsets/offset_problem.ts";
import type { FusionMode, Granularity } from "../segment.ts";
import { firstStart, type Fusion, type Part } from "./fusion.ts";
import { rememberedSurroundings, segmentNeed, shareAll, type Surroundings } from "./part_rules.ts";
import { patchParts } from "./patches.ts";
import { rollingParts } from "./rolling_rows.ts";

/** What may be among the parts. */
export interface CandidateOptions {
  readonly mode: FusionMode;
  /** Units of rolling segments. */
  readonly units: readonly Granularity[];
  /** Rows and columns of tiles, and strips, at most. */
  readonly mostTiles: number;
  /** Whether anything may be computed twice. */
  readonly mayRecompute: boolean;
  /** Moment (`performance.now()`) at which to stop. */
  readonly deadlineMs: number;
}

/** Parts to choose from. */
export interface CandidateParts {
  readonly parts: readonly Part[];
  /** A height that no choice of any parts goes below, those not found in time included. */
  readonly leastBytes: number;
  /** Whether these are all that may be of use; false if the time was up. */
  readonly isComplete: boolean;
}

// Pixels of many strips take long to look at, and longer to run.
const MOST_PIXEL_STRIPS = 4;

/** Every part in the space that is searched and may be of use, by the step it ends with. */
export function candidateParts(fusion: Fusion, options: CandidateOptions): CandidateParts {
  const { mode, units, mostTiles, mayRecompute, deadlineMs } = options;
  const steps = fusion.images.length;
  const reaches = new Map();
  const around = rememberedSurroundings(fusion);
  const parts = layerParts(fusion.built.problem, fusion.macs);
  const { leastBytes, ...cover } = leastCover(fusion, parts, { around, deadlineMs });
  let { isComplete } = cover;
  const add = (find: (until: number) => readonly Part[] | null) => {
    for (let until = 2; until <= steps && isComplete; until++) {
      const found = find(until);
      if (found === null || isOver(deadlineMs)) isComplete = false;
      for (const part of found ?? []) parts.push(part);
    }
    parts.sort((a, b) => a.until - b.until);
  };
  const common = () => (
    { around, deadlineMs, isUseful: usefulRanges(parts, { steps, leastBytes }) }
  );
  if (mode === "rolling" || mode === "best") {
    for (const unit of units) {
      // A finer unit makes more calls: it is of use only below what coarser ones need.
      const limitBytes = cheapestNeed(fusion, parts);
      const shared = common();
      add((until) =>
        rollingParts(fusion, until, { unit, strips: 1, reaches, limitBytes, ...shared })
      );
    }
  }
  if (!mayRecompute) return { parts, leastBytes, isComplete };
  // What computes anything twice has to need less than what does not.
  const limitBytes = cheapestNeed(fusion, parts);
  const shared = common();
  if (mode === "rolling" || mode === "best") {
    for (const unit of units) {
      const most = unit === "pixel" ? Math.min(mostTiles, MOST_PIXEL_STRIPS) : mostTiles;
      for (let strips = 2; strips <= most; strips++) {
        add((until) =>
          rollingParts(fusion, until, { unit, strips, reaches, limitBytes, ...shared })
        );
      }
    }
  }
  if (mode === "patch" || mode === "best") {
    add((until) => patchParts(fusion, until, { mostTiles, limitBytes, ...shared }));
  }
  return { parts, leastBytes, isComplete };
}

/** The least memory in which all steps find a way. */
function cheapestNeed(fusion: Fusion, parts: readonly Part[]): number {
  const graph = { steps: fusion.images.length, baseMacs: fusion.macs.map(() => 0) };
  return leastPath(parts, graph, Infinity)?.needBytes ?? Infinity;
}

/**
 * The way that needs the least memory with at most so many multiply-accumulates beyond those of the
 * layers; null if there is none. What is within reach at one limit is so at every larger one, which
 * makes it a bisection.
 */
export function leastPath(
  parts: readonly Part[],
  graph: { readonly steps: number; readonly baseMacs: readonly number[] },
  mostExtraMacs: number,
): Path | null {
  const needs = [...new Set(parts.map(({ needBytes }) => needBytes))].sort((a, b) => a - b);
  let best: Path | null = null;
  for (let low = 0, high = needs.length - 1; low <= high;) {
    const middle = (low + high) >> 1;
    const path = cheapestPath(parts, { ...graph, limitBytes: needs[middle] });
    if (path === null || path.extraMacs > mostExtraMacs) low = middle + 1;
    else {
      best = path;
      high = middle - 1;
    }
  }
  return best;
}

/** A way through all steps, part by part. */
export interface Path {
  readonly parts: readonly Part[];
  /** Need of the most demanding part. */
  readonly needBytes: number;
  /** Multiply-accumulates beyond those of the layers one by one. */
  readonly extraMacs: number;
  readonly calls: number;
}

/**
 * The parts that lead through all `steps` within the memory, with the fewest multiply-accumulates,
 * then the fewest calls of kernels; null if there is no way. Exact: dynamic programming over the
 * positions between steps.
 */
export function cheapestPath(
  parts: readonly Part[],
  { steps, limitBytes, baseMacs }: {
    readonly steps: number;
    /** Every part must need this or less. */
    readonly limitBytes: number;
    /** For every step its multiply-accumulates when it runs layer by layer. */
    readonly baseMacs: readonly number[];
  },
): Path | null {
  // Without steps, or with empty tensors only, a way may need nothing: there is none below.
  if (limitBytes < 0) return null;
  const before = [0];
  for (const macs of baseMacs) before.push(before[before.length - 1] + macs);
  const extra = new Float64Array(steps + 1).fill(Infinity);
  const calls = new Float64Array(steps + 1).fill(Infinity);
  const via = new Array<Part | null>(steps + 1).fill(null);
  extra[0] = calls[0] = 0;
  // Parts come by their end, so every one finds its start settled.
  for (const part of parts) {
    const { from, until, needBytes, macs } = part;
    if (needBytes > limitBytes || extra[from] === Infinity) continue;
    // Pixels that nobody asks for are left out; that is no reason to fuse.
    const more = extra[from] + Math.max(0, Math.round(macs - (before[until] - before[from])));
    const called = calls[from] + part.calls;
    if (more > extra[until] || (more === extra[until] && called >= calls[until])) continue;
    extra[until] = more;
    calls[until] = called;
    via[until] = part;
  }
  if (extra[steps] === Infinity) return null;
  const chosen: Part[] = [];
  for (let at = steps; at > 0; at = via[at]!.from) chosen.unshift(via[at]!);
  const needBytes = chosen.reduce((most, part) => Math.max(most, part.needBytes), 0);
  return { parts: chosen, needBytes, extraMacs: extra[steps], calls: calls[steps] };
}

/**
 * All trade-offs between memory and multiply-accumulates, from the fewest of these to the least
 * memory: each path needs less memory than the one before it and no path within its memory does with
 * fewer multiply-accumulates.
 */
export function* paretoPaths(
  parts: readonly Part[],
  graph: { readonly steps: number; readonly baseMacs: readonly number[] },
  limitBytes = Infinity,
): Generator<Path> {
  let known: Path | null = null;
  for (let limit = limitBytes;;) {
    const path = cheapestPath(parts, { ...graph, limitBytes: limit });
    if (path === null) break;
    if (known !== null && path.extraMacs > known.extraMacs) yield known;
    known = path;
    limit = path.needBytes - 1;
  }
  if (known !== null) yield known;
}

/** Every step by itself, as it runs layer by layer. */
export function layerParts(
  { items, steps, views, channels }: OffsetProblem,
  macs: readonly number[],
): Part[] {
  return steps.map((rules, step) => {
    const alive = items.flatMap(({ from, until }, i) => from <= step && step < until ? i : []);
    const needBytes = needOf(items, withoutViews({ items, views }, alive), { rules, channels });
    const range = { from: step, until: step + 1 };
    return { ...range, needBytes, macs: macs[step], calls: 1, rules, form: null };
  });
}

/**
 * A height that no choice of parts goes below: the most demanding step, each with the least that any
 * part with it could need, if rings cost nothing and input and output shared all they can.
 */
function leastCover(
  fusion: Fusion,
  layers: readonly Part[],
  { around, deadlineMs }: {
    readonly around: (from: number, until: number) => Surroundings;
    readonly deadlineMs: number;
  },
): { readonly leastBytes: number; readonly isComplete: boolean } {
  const cover = layers.map(({ needBytes }) => needBytes);
  for (let until = 2; until <= cover.length; until++) {
    if (isOver(deadlineMs)) {
      // Steps that no segment can have run as layers in any case.
      const alone = layers.filter((_, step) => fusion.images[step] === null);
      const leastBytes = alone.reduce((most, part) => Math.max(most, part.needBytes), 0);
      return { leastBytes, isComplete: false };
    }
    for (let from = firstStart(fusion, until); from <= until - 2; from++) {
      const here = around(from, until);
      const rules = shareAll(fusion, until, here);
      const need = segmentNeed(fusion, here, { rules, workspaceBytes: 0 });
      for (let step = from; step < until; step++) cover[step] = Math.min(cover[step], need);
    }
  }
  return { leastBytes: Math.max(0, ...cover), isComplete: true };
}

/**
 * Tells for which steps another, costlier part may be of use: not where the parts known lead from the
 * first to the last in less memory than any plan needs. They fit whatever the limit is.
 */
function usefulRanges(
  parts: readonly Part[],
  { steps, leastBytes }: { readonly steps: number; readonly leastBytes: number },
): (from: number, until: number) => boolean {
  const reached = new Uint8Array((steps + 1) ** 2);
  for (let from = 0; from <= steps; from++) {
    const row = from * (steps + 1);
    reached[row + from] = 1;
    // Parts come by their end.
    for (const part of parts) {
      if (part.needBytes < leastBytes && reached[row + part.from] === 1) {
        reached[row + part.until] = 1;
      }
    }
  }
  return (from, until) => reached[from * (steps + 1) + until] === 0;
}
