import type { PlanBuffer } from "../plan.ts";

/**
 * The arena, each byte with a number that tells whose byte it is at the moment: which byte of which
 * buffer was stored there last.
 */
export class Arena {
  readonly #content: Int32Array;
  readonly #base: ReadonlyMap<string, number>;

  constructor(buffers: readonly PlanBuffer[]) {
    const end = buffers.reduce((top, b) => Math.max(top, b.offsetBytes + b.sizeBytes), 0);
    this.#content = new Int32Array(end).fill(-1);
    let next = 0;
    this.#base = new Map(buffers.map(({ id, sizeBytes }) => [id, (next += sizeBytes) - sizeBytes]));
  }

  /** Stores bytes `[from, until)` of a buffer. */
  store({ id, offsetBytes }: PlanBuffer, from: number, until: number): void {
    const base = this.#base.get(id)!;
    for (let byte = from; byte < until; byte++) this.#content[offsetBytes + byte] = base + byte;
  }

  /** The first of the bytes `[from, until)` of a buffer that something else lies on; -1 if none. */
  lost({ id, offsetBytes }: PlanBuffer, from: number, until: number): number {
    const shift = this.#base.get(id)! - offsetBytes;
    const end = offsetBytes + until;
    for (let at = offsetBytes + from; at < end; at++) {
      if (this.#content[at] !== at + shift) return at;
    }
    return -1;
  }
}
