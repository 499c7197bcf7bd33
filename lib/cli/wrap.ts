/**
 * Breaks lines at blanks so that none is wider, if it can be; what goes on is indented two further
 * than the line that it belongs to, under the second of two columns, or by `hanging`.
 */
export function wrap(text: string, width: number, hanging?: number): string {
  return text.split("\n").flatMap((line) => {
    if (line.length <= width) return [line];
    // What stands in two columns goes on in the second.
    const first = /^ *(?:\S+ )*\S* {2,}/.exec(line)?.[0] ?? /^ */.exec(line)![0];
    const isColumn = first.trim() !== "";
    const inward = hanging ?? (isColumn ? first.length : first.length + 2);
    const next = " ".repeat(Math.min(inward, Math.floor(width / 2)));
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
