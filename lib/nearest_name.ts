/**
 * The name that was probably meant by one that there is not; null if none is near. Near is a name
 * that begins as the other does, or with few letters wrong, missing, too many or exchanged.
 */
export function nearestName(given: string, known: readonly string[]): string | null {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_ ]/g, "");
  const word = plain(given);
  const most = Math.max(1, Math.floor(word.length / 3));
  let nearest: string | null = null;
  let least = most + 1;
  for (const name of known) {
    const other = plain(name);
    const isBeginning = Math.min(word.length, other.length) >= 3 &&
      (other.startsWith(word) || word.startsWith(other));
    const far = isBeginning ? Math.min(1, editDistance(word, other)) : editDistance(word, other);
    if (far < least) [nearest, least] = [name, far];
  }
  return nearest;
}

/** How an error goes on: `, did you mean "fusion"? There are fusion, input`, or `; there are ...`. */
export function namesThereAre(given: string, known: readonly string[]): string {
  if (known.length === 0) return "; there are none";
  const nearest = nearestName(given, known);
  const are = known.length === 1 ? "is" : "are";
  return nearest === null
    ? `; there ${are} ${known.join(", ")}`
    : `, did you mean "${nearest}"? There ${are} ${known.join(", ")}`;
}

/** Letters to insert, delete, replace, or exchange with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1));
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isExchanged) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
