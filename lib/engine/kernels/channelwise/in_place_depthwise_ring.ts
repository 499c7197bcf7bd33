import type { Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, type Operand } from "../../../kernel/values.ts";
import { loadBytes, storeBytes } from "../vectors/bytes.ts";

/** What holds finished pixels of a group of channels back until their place is free. */
export interface PixelRingOptions {
  readonly ring: Region;
  readonly output: Region;
  /** Pixels held back. */
  readonly delay: number;
  /** Bytes of a pixel in the ring. */
  readonly slotBytes: number;
  /** Bytes from one output pixel to the next. */
  readonly pixelBytes: number;
  /** Output pixels. */
  readonly count: number;
  /** Byte of a pixel at which the group of channels begins. */
  readonly groupBytes: Operand;
  readonly isReverse: boolean;
}

/** Where a finished pixel is held, and where the pixel held there before belongs. */
export interface RingSlot {
  readonly held: Value;
  readonly place: Value;
}

/**
 * Pixels of float32 that wait in a ring: each takes the place of the one finished `delay` pixels
 * earlier, which goes to the output. One pass over all pixels of a group of channels.
 */
export class PixelRing {
  readonly #b: KernelBuilder;
  readonly #options: PixelRingOptions;
  readonly #held: Value;
  readonly #place: Value;
  readonly #first: Value;

  constructor(b: KernelBuilder, options: PixelRingOptions) {
    const { ring, output, delay, pixelBytes, count, groupBytes, isReverse } = options;
    const begin = isReverse ? (count - 1) * pixelBytes : 0;
    this.#b = b;
    this.#options = options;
    this.#held = b.let("held", start(ring));
    this.#first = b.let("first", add(start(output, begin), groupBytes));
    this.#place = b.let("place", add(this.#first, -delay * this.#stepBytes));
  }

  /** Slots for the next pixels, in the order in which they are finished. */
  take(pixels: number): readonly RingSlot[] {
    const slots: RingSlot[] = [];
    for (let p = 0; p < pixels; p++) {
      slots.push({
        held: this.#b.let("held", this.#held),
        place: this.#b.let("place", this.#place),
      });
      this.#advance();
    }
    return slots;
  }

  /** Holds a vector of `count` channels, and stores the one that was held in its place. */
  store(
    { held, place }: RingSlot,
    { offsetBytes, value, count }: {
      readonly offsetBytes: Value;
      readonly value: Value;
      readonly count: number;
    },
  ): void {
    const { ring, isReverse } = this.#options;
    const finished = this.#b.let("finished", value);
    const isPixel = apply(isReverse ? "i32.le_s" : "i32.ge_s", [place, this.#first]);
    const at = this.#b.let("held_at", add(held, offsetBytes));
    this.#b.if(isPixel, () => this.#release({ at, place, offsetBytes, count }));
    storeBytes(this.#b, { region: ring, address: at }, finished, count * 4);
  }

  /** Stores what is held when all pixels are finished; `vectors` are the parts of a pixel. */
  flush(vectors: readonly { readonly offsetBytes: number; readonly count: number }[]): void {
    this.#b.for("flushed", { until: this.#options.delay }, () => {
      for (const { offsetBytes, count } of vectors) {
        const at = this.#b.let("held_at", add(this.#held, offsetBytes));
        this.#release({ at, place: this.#place, offsetBytes, count });
      }
      this.#advance();
    });
  }

  #release({ at, place, offsetBytes, count }: {
    readonly at: Value;
    readonly place: Value;
    readonly offsetBytes: Operand;
    readonly count: number;
  }): void {
    const { ring, output } = this.#options;
    const value = loadBytes(this.#b, { region: ring, address: at }, count * 4);
    const address = this.#b.let("place_at", add(place, offsetBytes));
    storeBytes(this.#b, { region: output, address }, value, count * 4);
  }

  #advance(): void {
    const { ring, delay, slotBytes } = this.#options;
    const next = this.#b.let("next", add(this.#held, slotBytes));
    const end = start(ring, delay * slotBytes);
    this.#b.set(this.#held, choose(apply("i32.eq", [next, end]), start(ring), next));
    this.#b.advance(this.#place, this.#stepBytes);
  }

  get #stepBytes(): number {
    const { pixelBytes, isReverse } = this.#options;
    return isReverse ? -pixelBytes : pixelBytes;
  }
}
