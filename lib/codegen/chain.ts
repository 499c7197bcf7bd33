/** What holds of the loops around a place by name, the innermost first; null: nothing. */
export type Chain<Value> = Link<Value> | null;

/** One of them; unlike a copy of a map it costs the same however many there are. */
export interface Link<Value> {
  readonly name: string;
  readonly value: Value;
  readonly outer: Chain<Value>;
}

/** What holds of a name innermost. */
export function innermost<Value>(chain: Chain<Value>, name: string): Value | undefined {
  for (let link = chain; link !== null; link = link.outer) {
    if (link.name === name) return link.value;
  }
  return undefined;
}
