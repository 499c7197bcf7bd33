/** Texts are cut down to this if that lets a column stay. */
const SHORT_TEXT = 20;

/** The width of each column, 0 for those that have no room: the least important go first. */
export function fittingWidths(
  names: readonly string[],
  { lines, numeric, width, importance = [] }: {
    /** The headings, and the cells of every row. */
    readonly lines: readonly (readonly string[])[];
    readonly numeric: readonly boolean[];
    readonly width: number;
    readonly importance?: readonly string[];
  },
): readonly number[] {
  const widest = names.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const least = widest.map((size, column) => (
    numeric[column] ? size : Math.min(size, Math.max(SHORT_TEXT, lines[0][column].length))
  ));
  const rank = (name: string) => importance.includes(name) ? importance.indexOf(name) : Infinity;
  const byRank = names.map((_, column) => column)
    .sort((a, b) => rank(names[a]) - rank(names[b]) || a - b);
  const kept = new Set(byRank);
  const total = (sizes: readonly number[]) => (
    [...kept].reduce((sum, column) => sum + sizes[column] + 2, -2)
  );
  for (const column of byRank.toReversed()) {
    if (kept.size > 1 && total(least) > width) kept.delete(column);
  }
  const widths = names.map((_, column) => kept.has(column) ? widest[column] : 0);
  // What room is left goes to the texts that are cut, the most important first.
  let over = total(widths) - width;
  for (const column of byRank.toReversed()) {
    if (over <= 0 || !kept.has(column)) continue;
    const cut = Math.min(over, widths[column] - least[column]);
    widths[column] -= cut;
    over -= cut;
  }
  return widths;
}
