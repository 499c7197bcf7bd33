import type { Region, Value } from "../../../kernel/kernel.ts";
import type { KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply } from "../../../kernel/values.ts";
import type { DotStep } from "./pack_weights.ts";

/** Vectors that are written out; sums of more have a loop. */
const MOST_WRITTEN_OUT = 4;

/** Vectors of a turn of the loop. */
const TURN = 2;

/** What sums are made of. */
export interface BlockBody {
  readonly steps: readonly DotStep[];
  readonly regions: { readonly input: Region; readonly weights: Region };
  /** Where the next channel's weights lie. */
  readonly w: Value;
  /** Where pixels lie. */
  readonly pointers: readonly Value[];
  /** Their elements, if they are one vector each. */
  readonly held: readonly Value[] | null;
  /** Turns of the loop, if there is one. */
  readonly turns: Value;
  /** Bytes of a channel's weights: a number where it is known. */
  readonly weightBytes: Value | number;
}

/** Which sums. */
export interface BlockOptions {
  readonly pixels: readonly number[];
  /** Channels whose weights lie next. */
  readonly channels: number;
  /** Whether the pointer to weights is to lie behind them then. */
  readonly movesOn: boolean;
}

/** How a sum of many vectors is computed: some vectors, so many turns of the loop, the rest. */
export function loopOf(steps: readonly DotStep[]): {
  readonly before: number;
  readonly turns: number;
  /** The last vector, if it is not like the others, and where it begins behind them. */
  readonly last: DotStep | null;
} {
  const end = steps[steps.length - 1];
  const isLike = end.elements === 16 && end.offset === 16 * (steps.length - 1);
  const whole = isLike ? steps.length : steps.length - 1;
  const last = isLike ? null : { ...end, offset: end.offset - 16 * whole };
  if (steps.length <= MOST_WRITTEN_OUT) return { before: whole, turns: 0, last };
  const before = whole % TURN === 0 ? TURN : whole % TURN;
  return { before, turns: (whole - before) / TURN, last };
}

/** Whether all elements of the pixels are read before anything is stored. */
export function readsFirst(steps: readonly DotStep[]): boolean {
  return steps.length === 1;
}

/** A small multiple of a number that may not be known yet. */
export function times(value: Value | number, factor: number): Value | number {
  if (typeof value === "number") return value * factor;
  if (factor <= 1) return factor === 0 ? 0 : value;
  return factor === 3
    ? add(value, apply("i32.shl", [value, 1]))
    : apply("i32.shl", [value, Math.log2(factor)]);
}

/**
 * The sums of some pixels and channels, `[channel][pixel]`, and the vectors of weights that came last: up
 * to four at a time.
 */
export function dotBlock(
  b: KernelBuilder,
  of: BlockBody,
  { pixels, channels, movesOn }: BlockOptions,
): {
  readonly sums: readonly (readonly Value[])[];
  readonly weights: readonly Value[];
} {
  const { steps, regions, w, pointers, held, weightBytes } = of;
  const all = Array.from({ length: channels }, (_, c) => c);
  const sums = new Sums(b, { pixels: pixels.length, channels });
  const { turns } = loopOf(steps);
  if (held !== null && channels === 1) {
    const weight = b.let(
      "w_vector",
      loadStep(b, steps[0], { region: regions.weights, pointer: w }),
    );
    b.advance(w, steps[0].elements);
    sums.multiply(steps[0], pixels.map((p) => held[p]), () => weight);
  } else if (turns === 0) {
    let behind = 0;
    for (const step of steps) {
      const elements = pixels.map((p) => (
        held?.[p] ?? b.let(
          "x_vector",
          loadStep(b, step, {
            region: regions.input,
            pointer: pointers[p],
            offsetBytes: step.offset,
          }),
        )
      ));
      const from = behind;
      sums.multiply(step, elements, (c) => {
        const offsetBytes = from + Number(times(weightBytes, c));
        const at = { region: regions.weights, pointer: w, offsetBytes };
        return b.let("w_vector", loadStep(b, step, at));
      });
      behind += step.elements;
    }
    if (movesOn) b.advance(w, times(weightBytes, channels));
  } else {
    const moving = {
      pixels: pixels.map((p) => b.let("x_moving", pointers[p])),
      weights: all.map((c) => b.let("w_moving", add(w, times(weightBytes, c)))),
    };
    loop(b, of, { sums, moving });
    if (movesOn) b.set(w, moving.weights[channels - 1]);
  }
  return sums.found();
}

/** Vectors before the loop, its turns, and the last one, from pointers that move. */
function loop(
  b: KernelBuilder,
  { steps, regions, turns: count }: BlockBody,
  { sums, moving }: {
    readonly sums: Sums;
    readonly moving: { readonly pixels: readonly Value[]; readonly weights: readonly Value[] };
  },
): void {
  const { before, last } = loopOf(steps);
  const weightAt = (step: DotStep) => (c: number) => {
    const pointer = moving.weights[c];
    const value = b.let("w_vector", loadStep(b, step, { region: regions.weights, pointer }));
    b.advance(pointer, step.elements);
    return value;
  };
  const whole: DotStep = { offset: 0, elements: 16 };
  const step = () => {
    const elements = moving.pixels.map((pointer) => {
      const value = b.let("x_vector", loadStep(b, whole, { region: regions.input, pointer }));
      b.advance(pointer, whole.elements);
      return value;
    });
    sums.multiply(whole, elements, weightAt(whole));
  };
  for (let i = 0; i < before; i++) step();
  b.for("turn", { from: count, until: 0, step: -1, atLeastOnce: true }, () => {
    for (let i = 0; i < TURN; i++) step();
  });
  if (last === null) return;
  const at = { region: regions.input, offsetBytes: last.offset };
  const elements = moving.pixels.map((pointer) => (
    b.let("x_vector", loadStep(b, last, { ...at, pointer }))
  ));
  sums.multiply(last, elements, weightAt(last));
}

/** Sums in variables. */
class Sums {
  readonly #b: KernelBuilder;
  readonly #sums: (Value | null)[][];
  readonly #weights: Value[] = [];

  constructor(
    b: KernelBuilder,
    { pixels, channels }: { readonly pixels: number; readonly channels: number },
  ) {
    this.#b = b;
    this.#sums = Array.from({ length: channels }, () => new Array<null>(pixels).fill(null));
  }

  /** Adds the products of a vector of each pixel and one of each channel. */
  multiply(
    { elements: count }: DotStep,
    elements: readonly Value[],
    weightOf: (channel: number) => Value,
  ): void {
    const op = count === 16 ? "i32.dot_i8x16_add" : "i32.dot_i16x8_add";
    this.#sums.forEach((row, c) => {
      const weight = weightOf(c);
      this.#weights[c] = weight;
      elements.forEach((element, p) => {
        const product = apply(op, [element, weight, row[p] ?? 0]);
        if (row[p] === null) row[p] = this.#b.let(`sum${c}${p}`, product);
        else this.#b.set(row[p], product);
      });
    });
  }

  found() {
    return { sums: this.#sums.map((row) => row.map((each) => each!)), weights: this.#weights };
  }
}

/** A vector of elements, or of weights at a word. */
export function loadStep(
  b: KernelBuilder,
  { elements }: DotStep,
  { region, pointer, offsetBytes = 0 }: {
    readonly region: Region;
    readonly pointer: Value;
    readonly offsetBytes?: number;
  },
): Value {
  const op = elements === 16 ? "v128.load" : "i16x8.load8x8_s";
  const isWeight = region.space === "constants";
  const at = { region, address: pointer, offsetBytes };
  return b.load(op, isWeight ? { ...at, alignmentBytes: 4 } : at);
}
