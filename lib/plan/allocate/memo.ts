import type { AllocationState } from "./allocation_state.ts";

const SLOTS = 1 << 16;
const FIRST_WORDS = 1 << 16;
const MOST_WORDS = 1 << 22;

/**
 * States that were searched in vain: for a range of sections, the floors and the buffers still to
 * come. Whole states are kept and compared, so a hit is a proof, not a likelihood. A full store
 * starts over.
 */
export class Memo {
  readonly #state: AllocationState;
  #slots: Int32Array = new Int32Array(0);
  #words: Int32Array = new Int32Array(0);
  #top = 0;

  constructor(state: AllocationState) {
    this.#state = state;
  }

  /** Forgets everything: what fails in one capacity may work in another. */
  clear(): void {
    this.#slots.fill(-1);
    this.#top = 0;
  }

  /** Key of the present state of sections lo to hi. */
  keyOf(lo: number, hi: number): number {
    const { floor, remaining } = this.#state;
    let key = Math.imul(lo + 1, 0x9e3779b1) ^ hi;
    for (let s = lo; s <= hi; s++) {
      key = Math.imul(key ^ floor[s], 0x85ebca6b);
      key = Math.imul(key ^ (key >>> 15) ^ remaining[s], 0xc2b2ae35);
      key ^= key >>> 13;
    }
    return key;
  }

  /** Whether the present state of sections lo to hi is known to have no solution. */
  has(key: number, lo: number, hi: number): boolean {
    if (this.#top === 0) return false;
    const at = this.#slots[key & (SLOTS - 1)];
    return at >= 0 && this.#walk(at, key, lo, hi, false);
  }

  /** Remembers that the present state of sections lo to hi has no solution. */
  add(key: number, lo: number, hi: number): void {
    const { floor, placed } = this.#state;
    const longest = 4 + 2 * floor.length + placed.length / 32;
    if (longest > FIRST_WORDS) return;
    if (this.#slots.length === 0) this.#slots = new Int32Array(SLOTS).fill(-1);
    if (this.#top + longest > MOST_WORDS) this.clear();
    if (this.#top + longest > this.#words.length) {
      const longer = new Int32Array(Math.max(FIRST_WORDS, 2 * this.#words.length));
      longer.set(this.#words);
      this.#words = longer;
    }
    const at = this.#top;
    this.#slots[key & (SLOTS - 1)] = at;
    this.#walk(at, key, lo, hi, true);
  }

  /** Writes the state at a position, or compares it with what is there. */
  #walk(start: number, key: number, lo: number, hi: number, write: boolean): boolean {
    const { floor, placed, problem: { born, bornStart } } = this.#state;
    const words = this.#words;
    let at = start;
    if (write) {
      words[at] = key;
      words[at + 1] = lo;
      words[at + 2] = hi;
    } else if (words[at] !== key || words[at + 1] !== lo || words[at + 2] !== hi) return false;
    at += 3;
    for (let s = lo; s <= hi; s++, at++) {
      if (write) words[at] = floor[s];
      else if (words[at] !== floor[s]) return false;
    }
    const end = bornStart[hi + 1];
    for (let i = bornStart[lo]; i < end; at++) {
      let bits = 0;
      for (const stop = Math.min(end, i + 32); i < stop; i++) {
        bits = bits << 1 | placed[born[i]];
      }
      if (write) words[at] = bits;
      else if (words[at] !== bits) return false;
    }
    if (write) this.#top = at;
    return true;
  }
}
