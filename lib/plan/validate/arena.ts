import type { PlanBuffer } from "../plan.ts";

/**
 * The arena, each byte with a number that tells whose byte it is at the moment: which byte of which
 * buffer was stored there last.
 */
export class Arena {
  readonly #content: Int32Array;
  readonly #base: ReadonlyMap<string, number>;

  /** `contentBytes` of a buffer are those it holds over time: of a ring the whole tensor's. */
  constructor(buffers: readonly PlanBuffer[], contentBytes: (buffer: PlanBuffer) => number) {
    const end = buffers.reduce((top, b) => Math.max(top, b.offsetBytes + b.sizeBytes), 0);
    this.#content = new Int32Array(end).fill(-1);
    let next = 0;
    this.#base = new Map(buffers.map((buffer) => {
      const base = next;
      next += contentBytes(buffer);
      return [buffer.id, base];
    }));
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
  put({ id }: PlanBuffer, first: number, { address, count }: Run): void {
    const shift = this.#base.get(id)! + first - address;
    for (let at = address; at < address + count; at++) this.#content[at] = at + shift;
  }

  /** The first address at which these bytes are not found; -1 if all are there. */
  missing({ id }: PlanBuffer, first: number, { address, count }: Run): number {
    const shift = this.#base.get(id)! + first - address;
    for (let at = address; at < address + count; at++) {
      if (this.#content[at] !== at + shift) return at;
    }
    return -1;
  }

  /** Stores what is of no buffer: everything that was there is lost. */
  lose({ address, count }: Run): void {
    this.#content.fill(-1, address, address + count);
  }

  /** Copies bytes, whatever they are. */
  copy(from: number, to: number, count: number): void {
    this.#content.copyWithin(to, from, from + count);
  }
}

/** Bytes of the arena. */
export interface Run {
  readonly address: number;
  readonly count: number;
}
