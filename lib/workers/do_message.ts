import type { JsMsg } from "../npm/nats.ts";
import type { ComputeThread } from "./compute_thread.ts";
import { type Envelopes, envelopesOf, type Opened } from "./envelope.ts";
import { type Answer, MEASURES, MOST_DELIVERIES, MOST_TRIES, TRIES } from "./messages.ts";
import { DATA, type Link, subjects } from "./nats_link.ts";
import type { OneOrMany } from "./one_or_many.ts";
import type { Outcome } from "./task_thread.ts";

/** What the slots of a worker have in common. */
export interface Server {
  readonly link: Link;
  readonly name: string;
  /** Fires when the worker is to end. */
  readonly signal: AbortSignal;
  readonly lock: OneOrMany;
  /** By call: what ends its tasks that run here. */
  readonly cancels: Map<string, Set<AbortController>>;
  readonly sessions: Map<string, Session>;
  readonly onNotice: (text: string) => void;
}

/** Whoever has tasks, as a worker sees him. */
interface Session {
  readonly envelopes: Envelopes;
  /** When he was heard of last. */
  aliveMs: number;
  /** Whether he did not answer for long. */
  isGone: boolean;
}

const SIGN_OF_LIFE_MS = 2500;
/** So long nobody is asked whether somebody still waits for what is done. */
const BELIEVED_MS = 10_000;
/** So long somebody who does not answer may be on his way back to a server that was restarted. */
const PATIENCE_MS = 20_000;
const MOST_SESSIONS = 8;

/**
 * Does the tasks of a message; gives whether its answer is on the server. The order makes that safe: an
 * answer is stored before its message is acknowledged, so whatever happens in between, one of the two is
 * there.
 */
export async function doMessage(
  message: JsMsg,
  server: Server,
  thread: ComputeThread,
): Promise<boolean> {
  const { signal } = server;
  const [session, number, part] = message.subject.split(".").slice(3);
  const call = `${session}.${number}`;
  const place = `${call}.${part}`;
  const signs = setInterval(() => message.working(), SIGN_OF_LIFE_MS);
  const cancel = new AbortController();
  const cancels = server.cancels.get(call) ?? new Set();
  server.cancels.set(call, cancels.add(cancel));
  const either = AbortSignal.any([signal, cancel.signal]);
  try {
    if (message.redelivered && await isAnswered(server, place)) {
      message.ack();
      return false;
    }
    if (message.info.deliveryCount > MOST_DELIVERIES) {
      const error = `${MOST_DELIVERIES} workers died or fell silent over it`;
      await answer(server, { session, place }, { failed: 0, error, worker: server.name });
      message.ack();
      return true;
    }
    if (!await isWanted(server, session, either)) {
      message.term();
      return false;
    }
    const outcome = await outcomeOf(message, { server, session, thread, signal: either });
    const tries = 1 + Number(message.headers?.get(TRIES) || 0);
    if ("error" in outcome && tries < MOST_TRIES) {
      server.onNotice(`A task failed (${tries} of ${MOST_TRIES} times): ${outcome.error}`);
      await tryAgain(server, message, tries);
    } else {
      const said: Answer = "error" in outcome ? { ...outcome, worker: server.name } : outcome;
      await answer(server, { session, place }, said);
    }
    message.ack();
    return true;
  } catch (error) {
    if (cancel.signal.aborted) message.term();
    else if (signal.aborted) message.nak();
    else throw error;
    return false;
  } finally {
    clearInterval(signs);
    cancels.delete(cancel);
    if (cancels.size === 0) server.cancels.delete(call);
  }
}

async function outcomeOf(
  message: JsMsg,
  { server, session, thread, signal }: {
    readonly server: Server;
    readonly session: string;
    readonly thread: ComputeThread;
    readonly signal: AbortSignal;
  },
): Promise<Outcome> {
  let opened: Opened;
  try {
    opened = await sessionOf(server, session).envelopes.open(message.data, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return { failed: 0, error: String(error) };
  }
  const leave = await server.lock.enter({ alone: message.headers?.has(MEASURES) ?? false });
  try {
    return await thread.run(opened, signal);
  } finally {
    leave();
  }
}

/** Stores an answer; a second one for the same tasks is dropped by the server. */
async function answer(
  server: Server,
  { session, place }: { readonly session: string; readonly place: string },
  said: Answer,
): Promise<void> {
  const { link, signal } = server;
  const sealed = await sessionOf(server, session).envelopes.seal(said, signal);
  const subject = `${subjects.results}.${place}`;
  await link.patiently(() => link.stream.publish(subject, sealed, { msgID: place }), signal);
}

/** Puts the message behind all others once more, with its number of tries. */
async function tryAgain(
  { link, signal }: Server,
  message: JsMsg,
  tries: number,
): Promise<void> {
  const { headers } = await import("../npm/nats.ts");
  const about = headers();
  about.set(TRIES, String(tries));
  if (message.headers?.has(MEASURES)) about.set(MEASURES, "1");
  const msgID = `${message.subject} ${message.seq}`;
  await link.patiently(
    () => link.stream.publish(message.subject, message.data, { msgID, headers: about }),
    signal,
  );
}

async function isAnswered({ link, signal }: Server, place: string): Promise<boolean> {
  const last_by_subj = `${subjects.results}.${place}`;
  const find = () => link.manager.streams.getMessage(DATA, { last_by_subj });
  return await link.patiently(find, signal) !== null;
}

/** Whether somebody waits for the answer; whoever was killed left tasks behind. */
async function isWanted(server: Server, name: string, signal: AbortSignal): Promise<boolean> {
  const session = sessionOf(server, name);
  const startMs = Date.now();
  while (Date.now() - session.aliveMs > BELIEVED_MS) {
    try {
      await server.link.nats.request(`${subjects.alive}.${name}`, "", { timeout: 2000 });
      session.aliveMs = Date.now();
      session.isGone = false;
    } catch {
      signal.throwIfAborted();
      if (session.isGone) return false;
      if (Date.now() - startMs > PATIENCE_MS) {
        server.onNotice(`Nobody waits for the tasks of ${name} any more`);
        session.isGone = true;
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  return true;
}

function sessionOf({ link, sessions }: Server, name: string): Session {
  const session = sessions.get(name) ??
    { envelopes: envelopesOf(link, name), aliveMs: 0, isGone: false };
  // The latest is the last.
  sessions.delete(name);
  sessions.set(name, session);
  for (const other of [...sessions.keys()].slice(0, -MOST_SESSIONS)) sessions.delete(other);
  return session;
}
