import { type Nest, pseudocode } from "tinyloom";
import { assertEquals } from "../assert.ts";

/** Asserts that a nest prints as the given text, which starts on the line after the backtick. */
export function assertShows(nest: Nest, expected: string): void {
  assertEquals("\n" + pseudocode(nest), expected);
}
