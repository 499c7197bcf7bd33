/** Some neighbouring pixels of a tile. */
export interface TilePart<Pixels extends number> {
  readonly pixels: Pixels;
  /** The first one's place in the tile. */
  readonly at: number;
}

/**
 * A tile of `count` pixels in parts of as many pixels as there are functions for: the largest of
 * `sizes` (falling, down to 1) that is left, first to last.
 */
export function tileParts<Pixels extends number>(
  count: number,
  sizes: readonly Pixels[],
): readonly TilePart<Pixels>[] {
  const parts: TilePart<Pixels>[] = [];
  for (let at = 0; at < count;) {
    const pixels = sizes.find((size) => size <= count - at)!;
    parts.push({ pixels, at });
    at += pixels;
  }
  return parts;
}
