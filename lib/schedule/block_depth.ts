/** Most values of a reduction that a packed panel of float32 holds: it stays in a level-2 cache. */
export const mostDepth = 1280;

/** The same for pairs of int16. */
export const mostPairDepth = 1024;

/** Cuts a reduction into as few blocks as possible, all about as deep; even, for pairs. */
export function blockDepth(extent: number, most: number): number {
  const blocks = Math.ceil(extent / most);
  return Math.ceil(extent / blocks / 2) * 2;
}
