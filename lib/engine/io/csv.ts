/** Numbers of a text file, separated by commas, semicolons or white space; a line of titles may lead. */
export function readNumbers(bytes: Uint8Array): Float64Array {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|[\r\n]/).map((line) => line.trim())
    .filter((line) => line !== "");
  const rows = lines.map((line) => line.split(/[\s,;]+/).filter((word) => word !== ""));
  const isTitle = rows.length > 1 && rows[0].every((word) => Number.isNaN(Number(word)));
  const numbers = rows.slice(isTitle ? 1 : 0).flatMap((words, row) =>
    words.map((word, column) => {
      const number = Number(word);
      if (!Number.isNaN(number) || /^[-+]?nan$/i.test(word)) return number;
      const line = row + (isTitle ? 2 : 1);
      throw new TypeError(
        `"${word.slice(0, 30)}" in line ${line}, column ${column + 1} is no number`,
      );
    })
  );
  return Float64Array.from(numbers);
}
