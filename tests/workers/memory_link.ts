import { type Link, TASKS } from "../../lib/workers/nats_link.ts";
import type { JsMsg } from "../../lib/npm/nats.ts";

/** A message that was stored. */
export interface Stored {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What stands in a server's place: it keeps what it is given, and says what was asked of it. */
export interface MemoryLink {
  readonly link: Link;
  /** Messages in the order in which they came; one of a number that was there before is dropped. */
  readonly stored: Stored[];
  /** What was said beside: messages that nobody stores, and what was thrown away. */
  readonly said: string[];
  /** Whether somebody answers who waits for results, and what workers say who are asked. */
  isAlive: boolean;
  welcomes: readonly unknown[];
  /** Whether those who listen hear what is stored. */
  isHeard: boolean;
  /** Ends the connection. */
  readonly lose: (error: Error) => void;
}

/** A link without a server. */
export function memoryLink(messageBytes: number): MemoryLink {
  const listeners = new Map<
    string,
    (error: null, message: { subject: string; data: Uint8Array }) => void
  >();
  const lost = new Set<(error: Error) => void>();
  const ids = new Set<string>();
  const matches = (pattern: string, subject: string) =>
    new RegExp(`^${pattern.replaceAll(".", "\\.").replace("*", "[^.]+").replace(">", ".+")}$`)
      .test(subject);
  const nats = {
    subscribe: (subject: string, { callback }: { readonly callback: () => void }) => {
      listeners.set(subject, callback);
      return { unsubscribe: () => void listeners.delete(subject) };
    },
    publish: (subject: string) => void self.said.push(`publish ${subject}`),
    request: (subject: string) => {
      self.said.push(`request ${subject}`);
      return self.isAlive ? Promise.resolve({}) : Promise.reject(new Error("nobody"));
    },
    requestMany: () => Promise.resolve(self.welcomes.map((each) => ({ json: () => each }))),
    isClosed: () => false,
  };
  const manager = {
    streams: {
      getMessage: (_: string, { last_by_subj }: { readonly last_by_subj: string }) =>
        Promise.resolve(self.stored.findLast(({ subject }) => subject === last_by_subj) ?? null),
      info: (name: string, { subjects_filter }: { readonly subjects_filter: string }) => {
        self.said.push(`info ${name} ${subjects_filter}`);
        const waiting = self.stored.filter(({ subject }) => matches(subjects_filter, subject));
        const subjects = Object.fromEntries(waiting.map(({ subject }) => [subject, 1]));
        return Promise.resolve({ state: { subjects } });
      },
      purge: (name: string, { filter }: { readonly filter: string }) => {
        self.said.push(`purge ${name} ${filter}`);
        if (name === TASKS) self.stored.splice(0);
        return Promise.resolve();
      },
    },
  };
  const publish = (
    subject: string,
    data: Uint8Array,
    { msgID, headers }: { readonly msgID: string; readonly headers?: Iterable<[string, string[]]> },
  ) => {
    if (ids.has(msgID)) return Promise.resolve();
    ids.add(msgID);
    const given = Object.fromEntries([...headers ?? []].map(([key, [value]]) => [key, value]));
    self.stored.push({ subject, data, id: msgID, headers: given });
    for (const [pattern, hear] of self.isHeard ? listeners : []) {
      if (matches(pattern, subject)) hear(null, { subject, data });
    }
    return Promise.resolve();
  };
  const link = {
    ...{ nats, manager, stream: { publish }, shown: "nats://memory", messageBytes },
    patiently: (act: () => Promise<unknown>, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      return act();
    },
    onLost: (tell: (error: Error) => void) => {
      lost.add(tell);
      return () => void lost.delete(tell);
    },
  } as unknown as Link;
  const self: MemoryLink = {
    ...{ link, stored: [], said: [], isAlive: true, welcomes: [], isHeard: true },
    lose: (error) => lost.forEach((tell) => tell(error)),
  };
  return self;
}

/** A message as a worker gets it; `said` is what he says of it. */
export function messageOf(
  { subject, data, headers }: Pick<Stored, "subject" | "data" | "headers">,
  { deliveries = 1, seq = 7 }: { readonly deliveries?: number; readonly seq?: number } = {},
): JsMsg & { readonly said: string[] } {
  const said: string[] = [];
  const given = new Map(Object.entries(headers));
  return {
    ...{
      subject,
      data,
      seq,
      said,
      redelivered: deliveries > 1,
      info: { deliveryCount: deliveries },
    },
    headers: given.size === 0 ? undefined : given,
    ...Object.fromEntries(
      ["ack", "nak", "term", "working"].map((name) => [name, () => void said.push(name)]),
    ),
  } as unknown as JsMsg & { readonly said: string[] };
}
