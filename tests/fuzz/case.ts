// What a fuzz tries, how it becomes a file and how it becomes smaller.

/** One thing to try. */
export interface Case {
  /** Says how it ended; throws for whatever should not have happened. */
  readonly run: () => string | Promise<string>;
  /** It as a file, which its kind reads again. */
  readonly file: () => Uint8Array;
  /** The ending of the file's name. */
  readonly extension: string;
  /** The same with less in it: with most of it left out first. */
  readonly smaller: () => Iterable<Case>;
}

/** Things of a kind to try. */
export interface Kind {
  /** How many of them make up a night. */
  readonly night: number;
  /** After how much computing one of them hangs; 5 seconds if left out. */
  readonly mostMs?: number;
  /** The case of a number and a seed. */
  readonly make: (index: number, seed: number) => Case;
  /** The case in a file. */
  readonly read: (file: Uint8Array, name: string) => Case;
  /** Ends the threads that it has: those of a worker that is ended go on, with the memory they share. */
  readonly end?: () => void;
}

/** Seeds of cases lie apart, whatever the run's seed. */
export function seedOf(index: number, seed: number): number {
  return seed * 1_000_003 + index;
}

/** A case of plain data, which its file holds as JSON: bytes and odd numbers included. */
export function plainCase<Value>(
  value: Value,
  { run, smaller }: {
    readonly run: (value: Value) => string | Promise<string>;
    readonly smaller: (value: Value) => Iterable<Value>;
  },
): Case {
  const self = {
    run: () => run(value),
    file: () => new TextEncoder().encode(JSON.stringify(value, packed, 1)),
    extension: "json",
    smaller: function* () {
      for (const less of smaller(value)) yield plainCase(less, { run, smaller });
    },
  };
  return self;
}

/** The data in the file of such a case. */
export function plainValue<Value>(file: Uint8Array): Value {
  return JSON.parse(new TextDecoder().decode(file), unpacked);
}

function packed(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: value.toBase64() };
  if (typeof value !== "number" || Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { number: Object.is(value, -0) ? "-0" : String(value) };
}

function unpacked(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 1) return value;
  const { bytes, number } = value as { readonly bytes?: unknown; readonly number?: unknown };
  if (typeof bytes === "string") return Uint8Array.fromBase64(bytes);
  return typeof number === "string" ? Number(number) : value;
}

/** A list with parts left out, halves first, then quarters, in the end single elements. */
export function* withoutParts<Element>(list: readonly Element[]): Generator<readonly Element[]> {
  let size = list.length;
  while (size > 0) {
    for (let at = 0; at < list.length; at += size) yield list.toSpliced(at, size);
    size = size === 1 ? 0 : Math.ceil(size / 2);
  }
}

/** Bytes with parts left out, and with parts that are zeros instead. */
export function* smallerBytes(bytes: Uint8Array): Generator<Uint8Array> {
  for (let size = bytes.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < bytes.length; at += size) {
      const rest = bytes.subarray(at + size);
      const shorter = new Uint8Array(at + rest.length);
      shorter.set(bytes.subarray(0, at));
      shorter.set(rest, at);
      yield shorter;
      if (bytes.subarray(at, at + size).some((byte) => byte !== 0)) {
        yield bytes.slice().fill(0, at, at + size);
      }
    }
  }
}
