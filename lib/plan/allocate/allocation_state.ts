import { type AllocateRules, NEVER, nextLevel, type Problem, twinsOf } from "./problem.ts";

/**
 * A partial allocation: a skyline with buffers still to come above it, and the way back.
 *
 * `floor[s]` is the lowest offset at which anything still to come can start in section s;
 * `lowest[b]` the same for buffer b, or more than any offset once b is placed. Both only rise until `undo` takes changes back. Typed arrays
 * throughout: nothing is allocated while the search runs.
 */
export class AllocationState {
  readonly size: Int32Array;
  readonly offset: Int32Array;
  readonly placed: Uint8Array;
  readonly floor: Int32Array;
  readonly lowest: Int32Array;
  /** Sum of the sizes still to come in a section. */
  readonly remaining: Int32Array;
  /** Buffers still to come that are alive both in section s and in section s + 1. */
  readonly crossing: Int32Array;
  /** Members of the sections, each section's in the order in which they are tried. */
  readonly member: Int32Array;
  /** The buffer interchangeable with b that goes first, or -1. */
  readonly twin: Int32Array;
  capacity = 0;
  /** Room for whoever counts per section. */
  readonly options: Int32Array;
  readonly inside: Int32Array;

  readonly #highest: Int32Array;
  readonly #alignment: Int32Array;
  // Sections that lost the buffer that held their floor down.
  readonly #loose: Uint8Array;
  // Pairs: section s or ~b and its former value; or sections + b, for a placement.
  #trail: Int32Array = new Int32Array(1 << 14);
  #top = 0;

  constructor(readonly problem: Problem, readonly rules: Required<AllocateRules>) {
    const { count, sections } = problem;
    this.size = Int32Array.from(problem.size);
    this.offset = new Int32Array(count);
    this.placed = new Uint8Array(count);
    this.floor = new Int32Array(sections);
    this.lowest = new Int32Array(count);
    this.remaining = new Int32Array(sections);
    this.crossing = new Int32Array(sections);
    this.options = new Int32Array(sections + 1);
    this.inside = new Int32Array(sections + 1);
    this.member = problem.member.slice();
    this.twin = rules.twins ? twinsOf(problem) : new Int32Array(count).fill(-1);
    this.#highest = new Int32Array(count);
    this.#loose = new Uint8Array(sections);
    this.#alignment = Int32Array.from(problem.alignment);
  }

  /** Empties the arena. False: the buffers cannot fit. */
  reset(capacityBytes: number, rank: Float64Array): boolean {
    const { problem, member, size, remaining, crossing } = this;
    const { count, sections, first, last, memberStart, fixed, sizeBytes, unitBytes } = problem;
    this.capacity = Math.ceil(capacityBytes / unitBytes);
    this.#top = 0;
    this.placed.fill(0);
    this.floor.fill(0);
    remaining.fill(0);
    crossing.fill(0);
    let fits = true;
    for (let b = 0; b < count; b++) {
      // Rounding sizes and capacity up to the unit is exact only together with this bound.
      const highest = Math.floor((capacityBytes - sizeBytes[b]) / unitBytes);
      this.lowest[b] = Math.max(0, fixed[b]);
      this.#highest[b] = fixed[b] < 0 ? highest : Math.min(fixed[b], highest);
      if (this.lowest[b] > this.#highest[b]) fits = false;
      for (let s = first[b]; s <= last[b]; s++) {
        remaining[s] += size[b];
        if (s < last[b]) crossing[s]++;
      }
    }
    for (let s = 0; s < sections; s++) {
      member.subarray(memberStart[s], memberStart[s + 1]).sort((a, b) => rank[a] - rank[b]);
      if (this.rules.bound && remaining[s] > this.capacity) fits = false;
    }
    this.#reserve();
    this.#loose.fill(1);
    return this.#settle(0, sections - 1) && fits;
  }

  /** Where the way back begins for changes made from now on. */
  mark(): number {
    return this.#top;
  }

  /** Takes back every change since `mark`. */
  undo(mark: number): void {
    const { floor, lowest } = this;
    const sections = floor.length;
    while (this.#top > mark) {
      const value = this.#trail[--this.#top];
      const index = this.#trail[--this.#top];
      if (index < 0) lowest[~index] = value;
      else if (index < sections) floor[index] = value;
      else this.#unplace(index - sections);
    }
  }

  /** Puts buffer b at the lowest offset open to it. False: the rest cannot fit; undo. */
  place(b: number): boolean {
    this.#reserve();
    const { floor, remaining, crossing, problem, size, capacity } = this;
    const from = problem.first[b];
    const to = problem.last[b];
    const top = this.lowest[b] + size[b];
    let height = 0;
    this.placed[b] = 1;
    this.offset[b] = this.lowest[b];
    this.#record(~b, this.lowest[b]);
    this.#record(floor.length + b, 0);
    this.lowest[b] = NEVER;
    for (let s = from; s <= to; s++) {
      this.#record(s, floor[s]);
      floor[s] = top;
      remaining[s] -= size[b];
      if (remaining[s] > height) height = remaining[s];
      if (s < to) crossing[s]--;
    }
    if (this.rules.bound && top + height > capacity) return false;
    return this.#lift(problem.neighbour, problem.neighbourStart, b, top, from, to);
  }

  /**
   * Decides that no buffer starts at the floor of section s, which rises to the next level at which
   * one can. False: the rest cannot fit; undo.
   */
  skip(s: number): boolean {
    const level = nextLevel(this, s, this.rules.support);
    if (level === NEVER) return false;
    if (this.rules.bound && level + this.remaining[s] > this.capacity) return false;
    this.#reserve();
    this.#record(s, this.floor[s]);
    this.floor[s] = level;
    return this.#lift(this.member, this.problem.memberStart, s, level, s, s);
  }

  /** Lifts the buffers of one list to `level`, then the floors below them. */
  #lift(
    list: Int32Array,
    start: Int32Array,
    index: number,
    level: number,
    from: number,
    to: number,
  ): boolean {
    const { lowest, floor, problem } = this;
    const { aligned, first, last } = problem;
    const loose = this.#loose;
    loose.fill(1, from, to + 1);
    let lo = from;
    let hi = to;
    let fits = true;
    for (let i = start[index], end = start[index + 1]; i < end; i++) {
      const c = list[i];
      const was = lowest[c];
      if (was >= level) continue;
      const lifted = aligned ? roundUp(level, this.#alignment[c]) : level;
      if (lifted > this.#highest[c]) {
        fits = false;
        break;
      }
      this.#record(~c, was);
      lowest[c] = lifted;
      for (let s = first[c], stop = last[c]; s <= stop; s++) if (floor[s] === was) loose[s] = 1;
      if (first[c] < lo) lo = first[c];
      if (last[c] > hi) hi = last[c];
    }
    if (fits) return this.#settle(lo, hi);
    loose.fill(0, lo, hi + 1);
    return false;
  }

  /** Raises the loose floors of sections lo to hi to the lowest place still open there. */
  #settle(lo: number, hi: number): boolean {
    const { floor, remaining, lowest, member, capacity } = this;
    const { memberStart } = this.problem;
    const { raise, bound } = this.rules;
    const loose = this.#loose;
    for (let s = lo; s <= hi; s++) {
      if (loose[s] === 0) continue;
      loose[s] = 0;
      if (remaining[s] === 0 || !raise) continue;
      const level = floor[s];
      let least = NEVER;
      for (let i = memberStart[s], end = memberStart[s + 1]; i < end; i++) {
        const start = lowest[member[i]];
        if (start < least) {
          least = start;
          if (least <= level) break;
        }
      }
      if (least <= level) continue;
      if (bound && least + remaining[s] > capacity) {
        loose.fill(0, s, hi + 1);
        return false;
      }
      this.#record(s, level);
      floor[s] = least;
    }
    return true;
  }

  #unplace(b: number): void {
    const { remaining, crossing, problem, size } = this;
    const to = problem.last[b];
    this.placed[b] = 0;
    for (let s = problem.first[b]; s <= to; s++) {
      remaining[s] += size[b];
      if (s < to) crossing[s]++;
    }
  }

  #record(index: number, value: number): void {
    this.#trail[this.#top++] = index;
    this.#trail[this.#top++] = value;
  }

  /** Room for the changes of one step, so that recording one need not ask. */
  #reserve(): void {
    const step = 2 * (1 + 2 * this.floor.length + this.lowest.length);
    if (this.#top + step <= this.#trail.length) return;
    const longer = new Int32Array(2 * this.#trail.length + step);
    longer.set(this.#trail);
    this.#trail = longer;
  }
}

function roundUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
