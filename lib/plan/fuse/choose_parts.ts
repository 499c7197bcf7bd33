import type { Part } from "./part.ts";

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
