import type { Region, Value } from "../../../kernel/kernel.ts";
import { type KernelBuilder, start } from "../../../kernel/kernel_builder.ts";
import { add, apply, choose, mul, sub } from "../../../kernel/values.ts";
import type { PlanStep } from "../../../plan/plan.ts";
import { forRange, type IndexRange, rangeOf } from "../walk/index_range.ts";
import type { ElementType, Numbers } from "./layer_numbers.ts";
import type { WindowNumbers } from "./window_layer.ts";
import { constantOf, forPixels, type Pixels, type SegmentRows } from "./window_loops.ts";

/** Filters of a group next to each other. */
export interface Filters {
  readonly group: Value;
  /** Output channel of the first one. */
  readonly first: Value;
  readonly count: number;
}

/** What is computed and in which order. */
export interface OutputOrder {
  /** Where results go, and their type. */
  readonly target: Region;
  readonly type: ElementType;
  readonly step: Pick<PlanStep, "form" | "direction" | "delayPixels">;
  /** Of a layer in a segment what a call computes. */
  readonly segment: SegmentRows | null;
  readonly ring: Region | null;
  readonly ranges: {
    readonly lines: IndexRange;
    readonly groups: IndexRange;
    readonly filters: IndexRange;
  };
  /** Pixels and filters computed together. */
  readonly pixels: number;
  readonly filters: number;
  /** Whether the taps that fall on the image are worked out for each pixel. */
  readonly clips: boolean;
}

/** How results are computed. */
export interface OutputSource {
  /** Called for pixels before their first filters. */
  readonly prepare?: (pixels: Pixels) => void;
  /** What is stored: `[pixel][filter]`. */
  readonly results: (pixels: Pixels, filters: Filters) => readonly (readonly Value[])[];
}

/**
 * All elements of the output in the order that the step asks for: pixel by pixel, each one stored
 * when it is finished, or, in place, channel by channel with finished pixels held back.
 */
export function emitOutputs(
  b: KernelBuilder,
  n: Numbers<WindowNumbers>,
  order: OutputOrder,
  source: OutputSource,
): void {
  if (order.step.form === "in-place") emitInPlace(b, n, order, source);
  else emitPixels(b, n, order, source);
}

function emitPixels(
  b: KernelBuilder,
  n: Numbers<WindowNumbers>,
  { target, type, step, segment, ranges, pixels, filters, clips }: OutputOrder,
  { prepare, results }: OutputSource,
): void {
  const isReverse = segment === null && step.direction === "reverse";
  const pixelBytes = pixels > 1 ? constantOf(n.outputPixelBytes)! : 0;
  forPixels(b, n, { lines: ranges.lines, isReverse, atOnce: pixels, clips, segment }, (some) => {
    prepare?.(some);
    forRange(b, { name: "group", range: ranges.groups, isReverse }, (group) => {
      const at = (filter: Value, count: number) => {
        const first = b.let("o", add(mul(group, n.filters), filter));
        const values = results(some, { group, first, count });
        const y = b.let("y", add(some.y, mul(first, type.bytes)));
        const places = values.flatMap((row, p) =>
          row.map((value, f) => ({ value, offsetBytes: p * pixelBytes + f * type.bytes }))
        );
        for (const { value, offsetBytes } of isReverse ? places.toReversed() : places) {
          b.store(type.store, { region: target, address: y, offsetBytes }, value);
        }
      };
      inTiles(b, { range: ranges.filters, isReverse, size: filters }, at);
    });
  });
}

/** A range in tiles of `size`, what is left of it as a smaller one. */
function inTiles(
  b: KernelBuilder,
  { range, isReverse, size }: {
    readonly range: IndexRange;
    readonly isReverse: boolean;
    readonly size: number;
  },
  body: (first: Value, count: number) => void,
): void {
  if (size === 1) {
    return forRange(b, { name: "filter", range, isReverse }, (filter) => body(filter, 1));
  }
  const count = constantOf(sub(range.until, range.from))!;
  const tiles = rangeOf(0, Math.floor(count / size));
  const rest = count % size;
  const parts = [
    () =>
      forRange(b, { name: "tile", range: tiles, isReverse }, (tile) => (
        body(mul(tile, size), size)
      )),
    () => {
      if (rest > 0) body(sub(range.until, rest), rest);
    },
  ];
  for (const part of isReverse ? parts.toReversed() : parts) part();
}

function emitInPlace(
  b: KernelBuilder,
  n: Numbers<WindowNumbers>,
  order: OutputOrder,
  { prepare, results }: OutputSource,
): void {
  const { target, type, step, ring, ranges } = order;
  const isReverse = step.direction === "reverse";
  const last = sub(mul(mul(n.batches, n.outputHeight), n.outputWidth), 1);
  const stepBytes = isReverse ? sub(0, n.outputPixelBytes) : n.outputPixelBytes;
  const start = isReverse ? add(n.output, mul(last, n.outputPixelBytes)) : n.output;
  forRange(b, { name: "group", range: ranges.groups, isReverse: false }, (group) => {
    const first = add(start, mul(group, type.bytes));
    const place = { output: target, ring, type, delay: step.delayPixels, first, stepBytes };
    const { push, flush } = delayedStore(b, place);
    forPixels(b, n, { ...order, lines: ranges.lines, isReverse, atOnce: 1 }, (pixel) => {
      prepare?.(pixel);
      push(b.let("result", results(pixel, { group, first: group, count: 1 })[0][0]));
    });
    flush();
  });
}

/** Where finished pixels of one channel wait, and where they go. */
export interface DelayedStore {
  readonly output: Region;
  readonly ring: Region | null;
  readonly type: ElementType;
  /** Pixels that are held back. */
  readonly delay: number;
  /** The channel's element in the first pixel stored; the next ones are `stepBytes` apart. */
  readonly first: Value;
  readonly stepBytes: Value;
}

/**
 * Stores the pixels of a channel one after the other, each when `delay` later ones are finished: the
 * ring has the element of pixel t in slot t modulo delay.
 */
function delayedStore(b: KernelBuilder, to: DelayedStore): {
  readonly push: (value: Value) => void;
  readonly flush: () => void;
} {
  const { output, ring, type: { load, store, bytes }, delay, first, stepBytes } = to;
  const y = b.let("y_next", first);
  const emit = (value: Value) => {
    b.store(store, { region: output, address: y }, value);
    b.advance(y, stepBytes);
  };
  if (delay === 0 || ring === null) return { push: emit, flush: () => {} };
  const [slot, held] = [b.let("slot", 0), b.let("held", 0)];
  const at = () => ({ region: ring, address: b.let("at", add(start(ring), mul(slot, bytes))) });
  const next = () => {
    const following = b.let("next", add(slot, 1));
    const isEnd = apply("i32.eq", [following, delay]);
    b.set(slot, choose(isEnd, 0, following));
  };
  return {
    push: (value) => {
      const place = at();
      const isFull = apply("i32.eq", [held, delay]);
      b.if(isFull, () => emit(b.load(load, place)), () => b.advance(held, 1));
      b.store(store, place, value);
      next();
    },
    // As many pixels as the delay are left: there are more pixels than that.
    flush: () =>
      b.for("left", { until: delay }, () => {
        emit(b.load(load, at()));
        next();
      }),
  };
}
