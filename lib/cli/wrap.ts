/**
 * Breaks lines at blanks so that none is wider, if it can be; what goes on is indented two further
 * than the line that it belongs to, under the second of two columns, or by `hanging`.
 */
export function wrap(text: string, width: number, hanging?: number): string {
  return text.split("\n").flatMap((line) => {
    if (line.length <= width) return [line];
    // What stands in columns goes on in the last of them, if there is room.
    const starts = [...line.matchAll(/\S {2,}(?=\S)/g)].map((gap) => gap.index + gap[0].length);
    const column = starts.findLast((start) => start <= 0.7 * width);
    const first = column === undefined ? /^ */.exec(line)![0] : line.slice(0, column);
    const inward = hanging ?? column ?? first.length + 2;
    const next = " ".repeat(Math.min(inward, Math.floor(0.7 * width)));
    const lines: string[] = [];
    let current = first;
    let isEmpty = true;
    for (const word of line.slice(first.length).trim().split(/ +/)) {
      if (!isEmpty && current.length + 1 + word.length > width) {
        lines.push(current);
        [current, isEmpty] = [next, true];
      }
      current += isEmpty ? word : ` ${word}`;
      isEmpty = false;
    }
    return [...lines, current];
  }).join("\n");
}
