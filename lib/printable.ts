/**
 * A text for people in which nothing acts: control characters, those that turn the direction of
 * writing, and halves of characters are written as `\\u001b`. Tabs and ends of lines are left.
 */
export function printable(text: string): string {
  return text.replaceAll(
    ACTING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

// A carriage return alone writes over its line. Cc, and the bidirectional controls of Unicode UAX 9.
const ACTING =
  // deno-lint-ignore no-control-regex -- these are meant
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]|\r(?!\n)|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
