const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

// Names become variables of the JavaScript that a nest is written as.
const reserved = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum " +
    "eval export extends false finally for function if implements import in instanceof interface " +
    "let new null package private protected public return static super switch this throw true " +
    "try typeof var void while with yield Math").split(" "),
);

/**
 * Checks that a name can be a variable.
 *
 * @throws {TypeError} it is no identifier, or a word of JavaScript.
 */
export function checkName(name: string, what: string): void {
  if (typeof name !== "string" || !identifier.test(name)) {
    throw new TypeError(`Cannot name a ${what} "${name}": use a letter, then letters, digits or _`);
  }
  if (reserved.has(name)) {
    throw new TypeError(`Cannot name a ${what} "${name}": it is a word of JavaScript`);
  }
}
