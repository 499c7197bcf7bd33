/** A tap of a window, counted in taps. */
export interface Tap {
  readonly row: number;
  /** May lie beyond the window where the tap is not used. */
  readonly column: number;
  /** Whether it counts; the others have a weight of 0. */
  readonly isUsed: boolean;
}

/** Taps that one instruction multiplies and adds. */
export type TapGroup = readonly Tap[];

/** How taps are grouped. */
export interface TapGrouping {
  /** Taps of a group: 2 or 4. */
  readonly size: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideW: number;
}

/**
 * A row of taps in groups of neighbours. What is left goes with taps before it, or after it, whichever
 * makes a group that another pixel needs as well.
 */
export function groupsOfRow({ size, kernelWidth, strideW }: TapGrouping, row = 0): TapGroup[] {
  const groups: TapGroup[] = [];
  for (let first = 0; first < kernelWidth; first += size) {
    const isLeft = strideW % 2 === 1 && kernelWidth >= size;
    const from = isLeft ? Math.min(first, kernelWidth - size) : first;
    groups.push(Array.from({ length: size }, (_, i) => {
      const isUsed = from + i >= first && from + i < kernelWidth;
      // Too few for a group: every other one again.
      const column = kernelWidth <= size / 2 ? i % kernelWidth : from + i;
      return { row, column, isUsed: isUsed && column === from + i };
    }));
  }
  return groups;
}

/** All taps of a window in groups of neighbours in a column, the last rows in groups of their own. */
export function groupsOfWindow(grouping: TapGrouping): TapGroup[] {
  const { size, kernelHeight, kernelWidth } = grouping;
  const groups: TapGroup[] = [];
  let first = 0;
  for (; kernelHeight - first > size / 2; first += size) {
    for (let column = 0; column < kernelWidth; column++) {
      groups.push(Array.from({ length: size }, (_, i) => (
        { row: Math.min(first + i, kernelHeight - 1), column, isUsed: first + i < kernelHeight }
      )));
    }
  }
  for (let row = first; row < kernelHeight; row++) groups.push(...groupsOfRow(grouping, row));
  return groups;
}
