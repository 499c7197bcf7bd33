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
