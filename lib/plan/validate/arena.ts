import type { PlanBuffer } from "../plan.ts";

/** Bytes of the arena. */
export interface ByteRun {
  readonly address: number;
  readonly count: number;
}

/** Of no buffer. */
const NOTHING = Infinity;

/** What an arena holds, however that is kept. */
export type ArenaContent = Pick<
  Arena,
  "store" | "lost" | "put" | "missing" | "lose" | "copy" | "identify"
>;

/**
 * The arena as intervals: each byte has a number that tells whose byte it is at the moment, namely
 * which byte of which buffer was stored there last. Bytes side by side of one buffer have numbers side
 * by side, so an interval is told by what its addresses and its numbers differ by; how many bytes it
 * has costs nothing.
 */
export class Arena {
  /** Where intervals begin; each reaches to the next. */
  readonly #starts: number[] = [-Infinity];
  /** Number less address of the bytes in an interval. */
  readonly #shifts: number[] = [NOTHING];
  readonly #base: Map<string, number>;

  /** `contentBytes` of a buffer are those it holds over time: of a ring the whole tensor's. */
  constructor(buffers: readonly PlanBuffer[], contentBytes: (buffer: PlanBuffer) => number) {
    let next = 0;
    this.#base = new Map(buffers.map((buffer) => {
      const base = next;
      next += contentBytes(buffer);
      return [buffer.id, base];
    }));
  }

  /** From here on the bytes of a buffer are those of another that it lies in. */
  identify(part: PlanBuffer, whole: PlanBuffer): void {
    const base = this.#base.get(whole.id)! + part.offsetBytes - whole.offsetBytes;
    this.#base.set(part.id, base);
  }

  /** Stores bytes `[from, until)` of a buffer. */
  store(buffer: PlanBuffer, from: number, until: number): void {
    this.put(buffer, from, { address: buffer.offsetBytes + from, count: until - from });
  }

  /** The first of the bytes `[from, until)` of a buffer that something else lies on; -1 if none. */
  lost(buffer: PlanBuffer, from: number, until: number): number {
    return this.missing(buffer, from, { address: buffer.offsetBytes + from, count: until - from });
  }

  /** Stores bytes of what a buffer holds, from byte `first` on, at an address. */
  put({ id }: PlanBuffer, first: number, { address, count }: ByteRun): void {
    this.#set(address, address + count, this.#base.get(id)! + first - address);
  }

  /** The first address at which these bytes are not found; -1 if all are there. */
  missing({ id }: PlanBuffer, first: number, { address, count }: ByteRun): number {
    const shift = this.#base.get(id)! + first - address;
    const end = address + count;
    for (let piece = this.#pieceAt(address); this.#starts[piece] < end; piece++) {
      if (this.#shifts[piece] === shift) continue;
      if (count > 0) return Math.max(address, this.#starts[piece]);
    }
    return -1;
  }

  /** Stores what is of no buffer: everything that was there is lost. */
  lose({ address, count }: ByteRun): void {
    this.#set(address, address + count, NOTHING);
  }

  /** Copies bytes, whatever they are. */
  copy(from: number, to: number, count: number): void {
    const end = from + count;
    const pieces: (readonly [from: number, until: number, shift: number])[] = [];
    for (let piece = this.#pieceAt(from); this.#starts[piece] < end; piece++) {
      const start = Math.max(from, this.#starts[piece]);
      const until = Math.min(end, this.#starts[piece + 1] ?? Infinity);
      pieces.push([start, until, this.#shifts[piece]]);
    }
    const way = to - from;
    for (const [start, until, shift] of pieces) this.#set(start + way, until + way, shift - way);
  }

  /** The interval that holds an address. */
  #pieceAt(address: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= address) low = middle;
      else high = middle;
    }
    return low;
  }

  #set(from: number, until: number, shift: number): void {
    if (from >= until) return;
    const starts = this.#starts;
    const shifts = this.#shifts;
    let first = this.#pieceAt(from);
    const last = this.#pieceAt(until);
    const after = shifts[last];
    // What begins before is kept, but for its end; what goes on alike is one interval with it.
    if (starts[first] < from) first++;
    const joins = first > 0 && shifts[first - 1] === shift;
    const newStarts = joins ? [] : [from];
    const newShifts = joins ? [] : [shift];
    if (after !== shift) {
      newStarts.push(until);
      newShifts.push(after);
    }
    starts.splice(first, last + 1 - first, ...newStarts);
    shifts.splice(first, last + 1 - first, ...newShifts);
  }
}
