import { isOver } from "../../host.ts";
import { AllocationState } from "./allocation_state.ts";
import { Memo } from "./memo.ts";
import { type AllocateRules, NEVER, type Problem } from "./problem.ts";

/** How one run of the search goes about it. */
export interface SearchRun {
  readonly capacityBytes: number;
  /** Buffers of lower rank are tried first. */
  readonly rank: Float64Array;
  readonly focus: Focus;
  readonly nodeLimit: number;
  /** Moment, on the clock of `performance.now()`, at which to give up. */
  readonly deadlineMs: number;
}

/** Found, proved impossible, or given up at a limit. */
export type SearchOutcome = "found" | "impossible" | "gave up";

const NODES_PER_LOOK_AT_THE_CLOCK = 1024;

// Fields of a frame: its range of sections, the section it decides, the memo's key, the way back,
// the first section not yet searched under the present choice, the next choice and the end of them.
const LO = 0, HI = 1, SECTION = 2, KEY = 3, MARK = 4, PIECE = 5, CHOICE = 6, END = 7, FIELDS = 8;

/**
 * Exact search for an allocation within a capacity.
 *
 * A node picks a section in a valley of the skyline and asks what lies on the floor there: one of
 * the buffers that can start there, each in turn, or none. Every solution, pushed down as far as it
 * goes, answers in exactly one way, so the search is complete and meets no solution twice. Where
 * the buffers still to come fall apart into separate time ranges, each range is searched alone, and
 * one that has no solution condemns the node that separated it.
 *
 * After ideas of M. D. Moffitt, "MiniMalloc: A Lightweight Memory Allocator for Hardware-Accelerated
 * Machine Learning", ASPLOS 2023 (canonical solutions, section inference, decomposition).
 */
export class Search {
  readonly state: AllocationState;
  nodes = 0;

  readonly #memo: Memo;
  // One frame per open node, above frame 0 for the empty arena.
  #frames: Int32Array = new Int32Array(FIELDS * 256);
  #choices: Int32Array = new Int32Array(1024);
  #focus: Focus = "fewest";
  #capacityBytes = -1;

  constructor(problem: Problem, rules: Required<AllocateRules>) {
    this.state = new AllocationState(problem, rules);
    this.#memo = new Memo(this.state);
  }

  /** Searches until something is known or a limit is reached. */
  run(options: SearchRun): SearchOutcome {
    const { capacityBytes, rank, focus, nodeLimit, deadlineMs } = options;
    if (capacityBytes !== this.#capacityBytes) this.#memo.clear();
    this.#capacityBytes = capacityBytes;
    this.#focus = focus;
    this.nodes = 0;
    if (!this.state.reset(capacityBytes, rank)) return "impossible";
    this.#frames.fill(0, 0, FIELDS);
    this.#frames[HI] = this.state.floor.length - 1;
    this.#frames[CHOICE] = 1;
    for (let depth = 0;;) {
      if (this.#isDone(depth)) {
        if (depth === 0) return "found";
        depth--;
        continue;
      }
      if (++this.nodes > nodeLimit) return "gave up";
      const look = this.nodes % NODES_PER_LOOK_AT_THE_CLOCK === 0;
      if (look && isOver(deadlineMs)) return "gave up";
      depth = this.#open(depth);
      while (!this.#choose(depth)) {
        if (depth === 0) return "impossible";
        depth--;
      }
    }
  }

  /** Whether the frame's choice leaves nothing to search; otherwise PIECE is where to go on. */
  #isDone(depth: number): boolean {
    const frames = this.#frames;
    const { remaining } = this.state;
    const frame = depth * FIELDS;
    let s = frames[frame + PIECE];
    while (s <= frames[frame + HI] && remaining[s] === 0) s++;
    frames[frame + PIECE] = s;
    return s > frames[frame + HI];
  }

  /** Opens a frame for the next piece of this one, unless that is known to have no solution. */
  #open(depth: number): number {
    const { state } = this;
    const { rules, crossing, member, placed, lowest, twin, problem } = state;
    const parent = depth * FIELDS;
    this.#reserve(depth + 1);
    const frames = this.#frames;
    const lo = frames[parent + PIECE];
    let hi = frames[parent + HI];
    if (rules.decompose) { for (hi = lo; crossing[hi] > 0;) hi++; }
    frames[parent + PIECE] = hi + 1;
    const key = rules.memo ? this.#memo.keyOf(lo, hi) : 0;
    if (rules.memo && this.#memo.has(key, lo, hi)) return depth;
    const section = pickSection(state, lo, hi, this.#focus);
    if (section === NO_ROOM) {
      if (rules.memo) this.#memo.add(key, lo, hi);
      return depth;
    }
    const level = state.floor[section];
    const { memberStart } = problem;
    let end = frames[parent + END];
    const frame = parent + FIELDS;
    frames[frame + CHOICE] = end;
    for (let i = memberStart[section], stop = memberStart[section + 1]; i < stop; i++) {
      const b = member[i];
      if (lowest[b] !== level) continue;
      if (twin[b] >= 0 && placed[twin[b]] === 0) continue;
      this.#choices[end++] = b;
    }
    frames[frame + LO] = lo;
    frames[frame + HI] = hi;
    frames[frame + SECTION] = section;
    frames[frame + KEY] = key;
    frames[frame + MARK] = state.mark();
    frames[frame + END] = end;
    return depth + 1;
  }

  /** Makes the frame's next choice: a buffer, or finally none. False when there is no further. */
  #choose(depth: number): boolean {
    const { state } = this;
    const frames = this.#frames;
    const frame = depth * FIELDS;
    state.undo(frames[frame + MARK]);
    while (frames[frame + CHOICE] <= frames[frame + END]) {
      const choice = frames[frame + CHOICE]++;
      frames[frame + PIECE] = frames[frame + LO];
      const possible = choice < frames[frame + END]
        ? state.place(this.#choices[choice])
        : state.skip(frames[frame + SECTION]);
      if (possible) return true;
      state.undo(frames[frame + MARK]);
    }
    if (depth > 0 && state.rules.memo) {
      this.#memo.add(frames[frame + KEY], frames[frame + LO], frames[frame + HI]);
    }
    return false;
  }

  #reserve(depth: number): void {
    if ((depth + 1) * FIELDS > this.#frames.length) this.#frames = doubled(this.#frames);
    const needed = this.#frames[(depth - 1) * FIELDS + END] + this.state.problem.count;
    while (needed > this.#choices.length) this.#choices = doubled(this.#choices);
  }
}

function doubled(words: Int32Array): Int32Array {
  const longer = new Int32Array(2 * words.length);
  longer.set(words);
  return longer;
}

/** Which section to decide next: the one with the fewest options, or the least room to spare. */
export type Focus = "fewest" | "tightest";

/** There is a section in which what is still to come cannot fit. */
const NO_ROOM = -1;

/**
 * The section of lo to hi to decide next, or `NO_ROOM`. Only valleys of the skyline qualify: there,
 * whatever can start at the floor lies between the walls, and nothing can come to lie under it.
 */
function pickSection(state: AllocationState, lo: number, hi: number, focus: Focus): number {
  const { floor, remaining, lowest, size, options, inside, capacity, problem, rules } = state;
  const { born, bornStart, first, last } = problem;
  const byOptions = focus === "fewest";
  let best = NO_ROOM;
  let bestFirst = Infinity;
  let bestSecond = Infinity;
  let bestThird = Infinity;
  for (let left = lo; left <= hi;) {
    if (remaining[left] === 0) {
      left++;
      continue;
    }
    const level = floor[left];
    let right = left;
    while (right < hi && floor[right + 1] === level && remaining[right + 1] > 0) right++;
    const leftWall = left === lo || remaining[left - 1] === 0 ? NEVER : floor[left - 1];
    const rightWall = right === hi || remaining[right + 1] === 0 ? NEVER : floor[right + 1];
    const wall = Math.min(leftWall, rightWall);
    if (wall > level) {
      // Per section, how many buffers can start at the floor, and the sizes of those that can start
      // below the top of the walls: plus at the first section of each, minus after its last.
      options.fill(0, left, right + 2);
      inside.fill(0, left, right + 2);
      for (let i = bornStart[left], end = bornStart[right + 1]; i < end; i++) {
        const b = born[i];
        if (lowest[b] >= wall) continue;
        if (lowest[b] === level) {
          options[first[b]]++;
          options[last[b] + 1]--;
        }
        inside[first[b]] += size[b];
        inside[last[b] + 1] -= size[b];
      }
      let count = 0;
      let lying = 0;
      for (let s = left; s <= right; s++) {
        count += options[s];
        lying += inside[s];
        let spare = capacity - level - remaining[s];
        if (rules.walls && lying < remaining[s]) {
          // The others reach over a wall and start no lower than its top.
          const above = capacity - wall - (remaining[s] - lying);
          if (above < 0) return NO_ROOM;
          if (above < spare) spare = above;
        }
        const first = byOptions ? count : spare;
        const second = byOptions ? level : count;
        if (first > bestFirst || (first === bestFirst && second > bestSecond)) continue;
        if (first === bestFirst && second === bestSecond && spare >= bestThird) continue;
        best = s;
        bestFirst = first;
        bestSecond = second;
        bestThird = spare;
      }
    }
    left = right + 1;
  }
  return best;
}
