import { DATA, type Link, subjects } from "./nats_link.ts";
import { pack, sha256Of } from "./wire.ts";

/** A large array, or a text, that lies beside its message in pieces. */
interface Stored {
  readonly sha256: string;
  readonly pieces: number;
}

/** The first line of a message. */
interface Head {
  readonly arrays: readonly Stored[];
  /** Where the text is, if it does not follow. */
  readonly text?: Stored;
}

/** What a message holds: a text (`unpack`), and the large arrays that it names. */
export interface Opened {
  readonly text: string;
  readonly arrays: ReadonlyMap<string, Uint8Array>;
}

/** Makes messages of values and values of messages; what is large is sent once a session. */
export interface Envelopes {
  readonly seal: (
    value: unknown,
    options: { readonly signal: AbortSignal; readonly digests?: Parameters<typeof pack>[1] },
  ) => Promise<Uint8Array>;
  /** What was sent has to be sent again: the server has lost something. */
  readonly forget: () => void;
  /** @throws {Error} if a large array is not there any more. */
  readonly open: (message: Uint8Array, signal?: AbortSignal) => Promise<Opened>;
}

const MOST_HELD_BYTES = 2 ** 29;

/** Envelopes of a session; its large arrays are thrown away with it. */
export function envelopesOf(
  link: Link,
  session: string,
  { mostHeldBytes = MOST_HELD_BYTES }: { readonly mostHeldBytes?: number } = {},
): Envelopes {
  const sent = new Map<string, Stored>();
  const held = new Map<string, Uint8Array>();
  const subjectOf = (sha256: string, piece: number) =>
    `${subjects.arrays}.${session}.${sha256}.${piece}`;

  const put = async (sha256: string, bytes: Uint8Array, signal?: AbortSignal) => {
    const pieces = Math.ceil(bytes.length / link.messageBytes);
    const stored = { sha256, pieces };
    if (sent.has(sha256)) return stored;
    for (let piece = 0; piece < pieces; piece++) {
      const from = piece * link.messageBytes;
      const part = bytes.slice(from, from + link.messageBytes);
      const msgID = `${session}.${sha256}.${piece}`;
      await link.patiently(
        () => link.stream.publish(subjectOf(sha256, piece), part, { msgID }),
        signal,
      );
    }
    sent.set(sha256, stored);
    return stored;
  };

  const get = async ({ sha256, pieces }: Stored, signal?: AbortSignal) => {
    const known = held.get(sha256);
    if (known !== undefined) return known;
    const parts: Uint8Array[] = [];
    for (let piece = 0; piece < pieces; piece++) {
      const last_by_subj = subjectOf(sha256, piece);
      const found = await link.patiently(
        () => link.manager.streams.getMessage(DATA, { last_by_subj }),
        signal,
      );
      if (found === null) throw new Error("an array of the task is not on the server any more");
      parts.push(found.data);
    }
    // Threads see the same memory.
    const bytes = new Uint8Array(
      new SharedArrayBuffer(parts.reduce((sum, { length }) => sum + length, 0)),
    );
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    hold(held, { sha256, bytes, mostHeldBytes });
    return bytes;
  };

  return {
    forget: () => sent.clear(),
    seal: async (value, { signal, digests }) => {
      const { text, blobs } = await pack(value, digests);
      const arrays: Stored[] = [];
      for (const [sha256, bytes] of blobs) arrays.push(await put(sha256, bytes, signal));
      const whole = bytesOf({ arrays }, text);
      if (whole.length <= link.messageBytes) return whole;
      const bytes = new TextEncoder().encode(text);
      return bytesOf({ arrays, text: await put(await sha256Of(bytes), bytes, signal) }, "");
    },
    open: async (message, signal) => {
      const end = message.indexOf(10);
      const decoder = new TextDecoder();
      const head = JSON.parse(decoder.decode(message.subarray(0, end))) as Head;
      const arrays = new Map<string, Uint8Array>();
      for (const stored of head.arrays) arrays.set(stored.sha256, await get(stored, signal));
      const text = head.text === undefined
        ? message.subarray(end + 1)
        : (await get(head.text, signal)).slice();
      return { text: decoder.decode(text), arrays };
    },
  };
}

function bytesOf(head: Head, text: string): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(head)}\n${text}`);
}

/** Keeps the latest, as far as memory for it goes. */
function hold(
  held: Map<string, Uint8Array>,
  { sha256, bytes, mostHeldBytes }: {
    readonly sha256: string;
    readonly bytes: Uint8Array;
    readonly mostHeldBytes: number;
  },
): void {
  held.set(sha256, bytes);
  let sum = [...held.values()].reduce((total, { length }) => total + length, 0);
  for (const [key, { length }] of held) {
    if (sum <= mostHeldBytes || key === sha256) break;
    held.delete(key);
    sum -= length;
  }
}
