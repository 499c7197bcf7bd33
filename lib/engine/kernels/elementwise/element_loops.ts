import type { Region, Value } from "../../../kernel/kernel.ts";
import type { At, KernelBuilder } from "../../../kernel/kernel_builder.ts";
import { add, apply, constant, mul } from "../../../kernel/values.ts";
import type { Layer } from "../../layer.ts";
import { forRange, rangeOf, share } from "../walk/index_range.ts";

/** Below this many elements of output threads cost more than they save. */
const PARALLEL_ELEMENTS = 4096;

/** Elements side by side: one for all where an operand is stretched. */
export interface Elements extends At {
  readonly isStretched: boolean;
}

/** Whether threads share a layer that can be shared out and has so many elements. */
export function isShared({ step, threads }: Layer, elements: number): boolean {
  return threads > 1 && step.form === "plain" && elements >= PARALLEL_ELEMENTS;
}

/**
 * Goes over the elements of some tensors in the order of the output's, `lanes` of them at a time and
 * fewer at the end of a row. `dimensions` count elements; along the last one tensors advance by one
 * element or, stretched, not at all.
 *
 * Vectors never store on elements that are still to be read where one element at a time does not:
 * work loads all its elements first, and what the elements of a vector overwrite one by one is read
 * by then in either direction, whatever the distance of the tensors and the sizes of their elements.
 */
export function elementLoops(
  b: KernelBuilder,
  { layer, thread, tensors, dimensions: { extents, steps }, lanes, starts }: {
    readonly layer: Layer;
    readonly thread: Value;
    readonly tensors: readonly { readonly region: Region; readonly elementBytes: number }[];
    readonly dimensions: Dimensions;
    readonly lanes: number;
    /** Where the tensors' first elements lie; if left out, where their regions begin. */
    readonly starts?: readonly Value[];
  },
  work: (elements: readonly Elements[], count: number) => void,
): { readonly isParallel: boolean } {
  const isReverse = layer.call === null && layer.step.direction === "reverse";
  const total = extents.reduce((product, extent) => product * extent, 1);
  const last = extents.length - 1;
  const vectors = Math.floor(extents[last] / lanes);
  const rest = extents[last] % lanes;
  const isParallel = isShared(layer, total) && (last > 0 ? extents[0] : vectors) >= layer.threads;
  const part = (count: number) =>
    isParallel ? share(thread, count, layer.threads) : rangeOf(0, count);

  // Tensors that advance alike share one offset; their addresses are immediates of the accesses.
  const advances = tensors.map(({ elementBytes }, i) =>
    steps[i].map((step) => step * elementBytes)
  );
  const kinds = starts !== undefined
    ? advances
    : [...new Map(advances.map((each) => [each.join(), each])).values()];
  const kindOf = advances.map((each, i) =>
    starts !== undefined ? i : kinds.findIndex((kind) => kind.join() === each.join())
  );

  const move = (offsets: readonly Value[], axis: number, index: Value, by: number) =>
    offsets.map((offset, kind) => {
      const bytes = kinds[kind][axis] * by;
      return bytes === 0 ? offset : b.let("offset", add(offset, mul(index, bytes)));
    });

  function row(offsets: readonly Value[]): void {
    const workAt = (index: Value, count: number) => {
      const moved = move(offsets, last, index, lanes);
      const elements = tensors.map(({ region }, i) => ({
        region,
        address: moved[kindOf[i]],
        isIndex: starts === undefined,
        isStretched: steps[i][last] === 0,
      }));
      work(elements, count);
    };
    const main = () => {
      const range = last === 0 ? part(vectors) : rangeOf(0, vectors);
      forRange(b, { name: "vector", range, isReverse }, (index) => workAt(index, lanes));
    };
    const remainder = () => {
      if (rest === 0) return;
      const finish = () => workAt(constant(vectors), rest);
      if (isParallel && last === 0) b.if(apply("i32.eq", [thread, layer.threads - 1]), finish);
      else finish();
    };
    for (const half of isReverse ? [remainder, main] : [main, remainder]) half();
  }

  function nest(axis: number, offsets: readonly Value[]): void {
    if (axis === last) return row(offsets);
    const range = axis === 0 ? part(extents[0]) : rangeOf(0, extents[axis]);
    forRange(b, { name: "row", range, isReverse }, (index) => {
      nest(axis + 1, move(offsets, axis, index, 1));
    });
  }

  if (total > 0) nest(0, starts ?? kinds.map(() => constant(0)));
  return { isParallel };
}

/** A walk over several arrays at once, dimension by dimension. */
export interface Dimensions {
  /** Indices of each dimension. */
  readonly extents: readonly number[];
  /** For each array the distance from one index of each dimension to the next. */
  readonly steps: readonly (readonly number[])[];
}

/**
 * The same walk in as few dimensions as possible, at least one: extents of 1 are dropped, and two
 * dimensions are one where all arrays go on from the last index of the inner one as within it.
 */
export function collapseDimensions({ extents, steps }: Dimensions): Dimensions {
  const kept: { extent: number; steps: number[] }[] = [];
  extents.forEach((extent, axis) => {
    if (extent === 1) return;
    const own = steps.map((array) => array[axis]);
    const outer = kept.at(-1);
    if (outer !== undefined && outer.steps.every((step, i) => step === own[i] * extent)) {
      kept[kept.length - 1] = { extent: outer.extent * extent, steps: own };
    } else kept.push({ extent, steps: own });
  });
  if (kept.length === 0) kept.push({ extent: 1, steps: steps.map(() => 1) });
  return {
    extents: kept.map(({ extent }) => extent),
    steps: steps.map((_, i) => kept.map((dimension) => dimension.steps[i])),
  };
}
