import { type Buffer, gcd } from "./buffers.ts";

/**
 * A list of buffers as the solver sees it: typed arrays, and sizes counted in `unitBytes`, the
 * largest unit that loses nothing.
 */
export interface Problem {
  readonly count: number;
  readonly unitBytes: number;
  /** Units a buffer takes up: its size rounded up to the alignment all buffers share. */
  readonly size: Float64Array;
  readonly sizeBytes: Float64Array;
  /** Alignment in units; all 1 unless `aligned`. */
  readonly alignment: Float64Array;
  readonly aligned: boolean;
  /** Fixed offset in units, or -1. */
  readonly fixed: Float64Array;
  /** `until - from`. */
  readonly lifetime: Float64Array;
  /**
   * Sections are the maximal sets of buffers alive at one moment, in time order. Two buffers meet
   * exactly if they share a section. Buffer b is in sections `first[b]` to `last[b]`.
   */
  readonly sections: number;
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Members of section s: `member[memberStart[s] .. memberStart[s + 1])`. */
  readonly member: Int32Array;
  readonly memberStart: Int32Array;
  /** Buffers whose first section is s: `born[bornStart[s] .. bornStart[s + 1])`. */
  readonly born: Int32Array;
  readonly bornStart: Int32Array;
  /** Buffers that meet b: `neighbour[neighbourStart[b] .. neighbourStart[b + 1])`. */
  readonly neighbour: Int32Array;
  readonly neighbourStart: Int32Array;
}

/** Turns checked buffers into a {@link Problem}. */
export function toProblem(buffers: readonly Buffer[], alignmentBytes: number): Problem {
  const count = buffers.length;
  const alignments = buffers.map((b) => b.alignmentBytes ?? alignmentBytes);
  const sizeBytes = Float64Array.from(buffers, (b) => b.sizeBytes);
  const shared = alignments.reduce(gcd, 0) || 1;
  const rounded = sizeBytes.map((bytes) => Math.ceil(bytes / shared) * shared);
  const places = buffers.flatMap((b) => b.offsetBytes === undefined ? [] : [b.offsetBytes]);
  const unitBytes = commonUnit([...rounded, ...places], alignments);
  const alignment = Float64Array.from(
    alignments,
    (bytes) => unitBytes % bytes === 0 ? 1 : bytes / unitBytes,
  );
  const fixed = Float64Array.from(
    buffers,
    (b) => b.offsetBytes === undefined ? -1 : b.offsetBytes / unitBytes,
  );
  return {
    count,
    unitBytes,
    size: rounded.map((bytes) => bytes / unitBytes),
    sizeBytes,
    alignment,
    aligned: alignment.some((units) => units > 1),
    fixed,
    lifetime: Float64Array.from(buffers, (b) => b.until - b.from),
    ...sectionsOf(buffers),
  };
}

/**
 * The largest unit of which all sums of `lengths` and all roundings up to `alignments` are
 * multiples: every alignment divides it (and so never moves a buffer) or is a multiple of it.
 */
function commonUnit(lengths: readonly number[], alignments: readonly number[]): number {
  let unit = lengths.reduce(gcd, 0) || 1;
  let odd: number | undefined;
  do {
    odd = alignments.find((bytes) => unit % bytes !== 0 && bytes % unit !== 0);
    if (odd !== undefined) unit = gcd(unit, odd);
  } while (odd !== undefined);
  return unit;
}

type Sections = Pick<
  Problem,
  | "sections"
  | "first"
  | "last"
  | "member"
  | "memberStart"
  | "born"
  | "bornStart"
  | "neighbour"
  | "neighbourStart"
>;

function sectionsOf(buffers: readonly Buffer[]): Sections {
  const count = buffers.length;
  const starts = [...buffers.keys()].sort((a, b) => buffers[a].from - buffers[b].from);
  const ends = [...buffers.keys()].sort((a, b) => buffers[a].until - buffers[b].until);
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  const meets: number[][] = buffers.map(() => []);
  const alive = new Set<number>();
  let sections = 0;
  let next = 0;
  // A set of live buffers is maximal when the next event after a birth is a death.
  for (let e = 0; e < count;) {
    const until = buffers[ends[e]].until;
    for (; next < count && buffers[starts[next]].from < until; next++) {
      const born = starts[next];
      for (const other of alive) {
        meets[other].push(born);
        meets[born].push(other);
      }
      alive.add(born);
      first[born] = sections;
    }
    const nextBirth = next < count ? buffers[starts[next]].from : Infinity;
    for (; e < count && buffers[ends[e]].until <= nextBirth; e++) {
      last[ends[e]] = sections;
      alive.delete(ends[e]);
    }
    sections++;
  }
  const members: number[][] = Array.from({ length: sections }, () => []);
  const births: number[][] = members.map(() => []);
  for (let b = 0; b < count; b++) {
    births[first[b]].push(b);
    for (let s = first[b]; s <= last[b]; s++) members[s].push(b);
  }
  const [member, memberStart] = flatten(members);
  const [born, bornStart] = flatten(births);
  const [neighbour, neighbourStart] = flatten(meets);
  return {
    sections,
    first,
    last,
    member,
    memberStart,
    born,
    bornStart,
    neighbour,
    neighbourStart,
  };
}

function flatten(lists: readonly (readonly number[])[]): [Int32Array, Int32Array] {
  const start = new Int32Array(lists.length + 1);
  for (let i = 0; i < lists.length; i++) start[i + 1] = start[i] + lists[i].length;
  return [Int32Array.from(lists.flat()), start];
}

/**
 * Parts of the exact search. Each can be switched off to see what it is worth; all on is best.
 *
 * @category Allocation
 */
export interface AllocateRules {
  /** Try first fit and best fit in several orders before searching. */
  readonly heuristics?: boolean;
  /** Start over in other orders, after ever longer attempts, instead of searching in one order. */
  readonly restarts?: boolean;
  /** Give up where a floor plus the sizes still to come above it exceed the capacity. */
  readonly bound?: boolean;
  /** Give up where what reaches over the walls of a valley cannot fit above them. */
  readonly walls?: boolean;
  /** Raise a floor to the lowest place where any buffer still to come can start. */
  readonly raise?: boolean;
  /** A place left empty costs at least the lowest buffer that could support what comes later. */
  readonly support?: boolean;
  /** Search time ranges that no buffer still to come connects one after the other, each alone. */
  readonly decompose?: boolean;
  /** Remember states that were searched in vain. */
  readonly memo?: boolean;
  /** Place buffers that are interchangeable in one order only. */
  readonly twins?: boolean;
}

/** Every rule on. */
export const allRules: Readonly<Required<AllocateRules>> = {
  heuristics: true,
  restarts: true,
  bound: true,
  walls: true,
  raise: true,
  support: true,
  decompose: true,
  memo: true,
  twins: true,
};

/** Buffers of equal size, sections and alignment are interchangeable: each waits for the former. */
export function twinsOf(problem: Problem): Int32Array {
  const { count, first, last, sizeBytes, alignment, fixed } = problem;
  const latest = new Map<string, number>();
  const twin = new Int32Array(count).fill(-1);
  for (let b = 0; b < count; b++) {
    if (fixed[b] >= 0) continue;
    const likeness = `${first[b]} ${last[b]} ${sizeBytes[b]} ${alignment[b]}`;
    twin[b] = latest.get(likeness) ?? -1;
    latest.set(likeness, b);
  }
  return twin;
}

/** Above every offset. */
export const NEVER = 0x7fffffff;

/** A partial allocation, as far as levels depend on it. */
interface Skyline {
  readonly problem: Problem;
  readonly size: Int32Array;
  readonly floor: Int32Array;
  readonly lowest: Int32Array;
  readonly member: Int32Array;
}

/**
 * The next level above the floor of section s at which a buffer can start. In a solution pushed down
 * as far as it goes, a buffer that could start at the floor but does not rests on another one still to
 * come; the lowest such buffer is not alive in s (rule `support`).
 */
export function nextLevel(
  { problem, size, floor, lowest, member }: Skyline,
  s: number,
  support: boolean,
): number {
  const { memberStart, neighbour, neighbourStart, first, last, fixed } = problem;
  const level = floor[s];
  let next = NEVER;
  for (let i = memberStart[s], end = memberStart[s + 1]; i < end; i++) {
    const b = member[i];
    let least = lowest[b];
    if (least <= level) {
      if (fixed[b] >= 0) return NEVER;
      least = NEVER;
      if (!support) least = level + 1;
      else {
        for (let j = neighbourStart[b], stop = neighbourStart[b + 1]; j < stop; j++) {
          const c = neighbour[j];
          if (first[c] <= s && s <= last[c]) continue;
          const top = lowest[c] + size[c];
          if (top < least) least = top;
        }
      }
    }
    if (least < next) next = least;
  }
  return next;
}
