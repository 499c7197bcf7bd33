import type { RunTasksOptions, WorkTask } from "../tinynas/workers.ts";
import type { Envelopes } from "./envelope.ts";
import { type Answer, type Hello, MEASURES, MOST_TRIES, type Welcome, wordOf } from "./messages.ts";
import { DATA, type Link, subjects, TASKS } from "./nats_link.ts";
import { unpack, viewOf } from "./wire.ts";

/** What the calls of `run` have in common. */
export interface Commander {
  readonly link: Link;
  readonly envelopes: Envelopes;
  readonly version: string;
  /** Told in words what goes on; the same once. */
  readonly tell: (text: string) => void;
}

/** Messages that a call makes at most: so many tasks go together in one. */
const MOST_MESSAGES = 128;
const SENT_AT_ONCE = 16;
/** How often it is looked after what nobody answers, and how long workers have to say that they are there. */
const LOOK_MS = 3000;
const HELLO_MS = 1000;
const THROW_AWAY_MS = 1500;

/**
 * Puts tasks on the server and waits for what workers make of them; results in the order of the tasks.
 * The tasks are kept here: what the server lost is sent again, what comes twice is dropped.
 *
 * @param call names the call among all.
 * @throws {Error} if a task failed too often.
 * @throws {NatsError} if the connection is given up.
 */
export async function runTasks<Result>(
  commander: Commander,
  tasks: readonly WorkTask[],
  { call, signal, onDone }: RunTasksOptions & { readonly call: string },
): Promise<readonly Result[]> {
  signal?.throwIfAborted();
  if (tasks.length === 0) return [];
  const { link, envelopes } = commander;
  const size = Math.ceil(tasks.length / MOST_MESSAGES);
  const parts = Array.from(
    { length: Math.ceil(tasks.length / size) },
    (_, part) => tasks.slice(part * size, (part + 1) * size),
  );
  const results = new Array<Result>(tasks.length);
  const unanswered = new Set(parts.keys());
  const ended = Promise.withResolvers<void>();
  const stop = new AbortController();
  const fail = (error: unknown): void => {
    ended.reject(error);
    stop.abort(error);
  };
  let done = 0;
  let answers = 0;
  const take = async (part: number, message: Uint8Array): Promise<void> => {
    if (!unanswered.has(part)) return;
    const { text, arrays } = await envelopes.open(message, stop.signal);
    if (!unanswered.delete(part)) return;
    const array: Parameters<typeof unpack>[1] = (sha256, kind) =>
      viewOf(arrays.get(sha256)!.slice(), kind);
    const answer = unpack(text, array) as Answer;
    if ("error" in answer) {
      const { failed, error, worker } = answer;
      const { kind } = parts[part][failed];
      return fail(
        new Error(
          `task ${part * size + failed + 1} of ${tasks.length} (${kind}) failed ` +
            `${MOST_TRIES} times, at last at ${worker}: ${error}`,
        ),
      );
    }
    answer.results.forEach((result, at) => results[part * size + at] = result as Result);
    answers++;
    onDone?.(done += answer.results.length);
    if (unanswered.size === 0) ended.resolve();
  };
  const results$ = link.nats.subscribe(`${subjects.results}.${call}.*`, {
    callback: (error, { subject, data }) => {
      if (error !== null) return fail(error);
      take(Number(subject.split(".").at(-1)), data).catch(fail);
    },
  });
  const onAbort = () => fail(signal!.reason);
  signal?.addEventListener("abort", onAbort);
  const forgetLost = link.onLost(fail);
  const state = { call, parts, unanswered, sent: new Set<number>(), take, signal: stop.signal };
  sendAll(commander, state).catch(fail);
  const looking = lookAfter(commander, { ...state, answers: () => answers }).catch(fail);
  try {
    await ended.promise;
    return results;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    forgetLost();
    results$.unsubscribe();
    if (unanswered.size > 0) await cancel(commander, call);
    stop.abort();
    await looking;
  }
}

/** A call of which not all is answered. */
interface Open {
  readonly call: string;
  readonly parts: readonly (readonly WorkTask[])[];
  readonly unanswered: ReadonlySet<number>;
  /** Parts that are on the server, or were. */
  readonly sent: Set<number>;
  readonly take: (part: number, message: Uint8Array) => Promise<void>;
  readonly signal: AbortSignal;
}

async function sendAll(commander: Commander, open: Open): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: SENT_AT_ONCE }, async () => {
    while (next < open.parts.length && !open.signal.aborted) {
      const part = next++;
      await send(commander, open, { part, attempt: 0 });
      open.sent.add(part);
    }
  }));
}

async function send(
  { link, envelopes, version }: Commander,
  { call, parts, signal }: Open,
  { part, attempt }: { readonly part: number; readonly attempt: number },
): Promise<void> {
  const { headers } = await import("../npm/nats.ts");
  const message = await envelopes.seal(parts[part], signal);
  const about = headers();
  if (parts[part].some(({ measures }) => measures)) about.set(MEASURES, "1");
  const subject = `${subjects.tasks}.${wordOf(version)}.${call}.${part}`;
  // A message that is sent again because its receipt was lost is dropped by the server.
  const msgID = `${call}.${part}.${attempt}`;
  await link.patiently(
    () => link.stream.publish(subject, message, { msgID, headers: about }),
    signal,
  );
}

/** Until all is answered: fetches answers that went past, sends again what was lost, asks for workers. */
async function lookAfter(
  commander: Commander,
  open: Open & { readonly answers: () => number },
): Promise<void> {
  const { link, version } = commander;
  for (let attempt = 1, before = 0; open.unanswered.size > 0; attempt++) {
    await pause(LOOK_MS, open.signal);
    if (open.signal.aborted) return;
    const now = open.answers();
    if (now !== before) {
      before = now;
      continue;
    }
    try {
      const subject = `${subjects.tasks}.${wordOf(version)}.${open.call}`;
      const { state } = await link.manager.streams.info(TASKS, { subjects_filter: `${subject}.*` });
      const waiting = state.subjects ?? {};
      for (const part of [...open.unanswered]) {
        if (!open.sent.has(part) || `${subject}.${part}` in waiting) continue;
        const answer = await link.manager.streams.getMessage(DATA, {
          last_by_subj: `${subjects.results}.${open.call}.${part}`,
        });
        if (answer !== null) await open.take(part, answer.data);
        else if (open.unanswered.has(part)) {
          commander.envelopes.forget();
          await send(commander, open, { part, attempt });
        }
      }
      await askForWorkers(commander);
    } catch (error) {
      // While the server is away there is nothing to be seen; whoever gives it up tells.
      if (open.signal.aborted) return;
      await link.patiently(() => link.nats.flush(), open.signal).catch(() => {
        throw error;
      });
    }
  }
}

async function askForWorkers({ link, version, tell }: Commander): Promise<void> {
  const found: Welcome[] = [];
  const hello: Hello = { version };
  try {
    const how = { strategy: "timer", maxWait: HELLO_MS } as const;
    for await (
      const each of await link.nats.requestMany(subjects.hello, JSON.stringify(hello), how)
    ) {
      found.push(each.json<Welcome>());
    }
  } catch {
    // Nobody is there to answer.
  }
  if (found.length === 0) {
    tell(`No worker answers yet: start some with tinyloom worker --nats ${link.shown}`);
  } else if (found.every((each) => each.version !== version)) {
    const others = found.map((each) => `${each.worker} (${each.version})`);
    tell(`Only workers of another version are there: ${others.join(", ")}; needed ${version}`);
  }
}

/** Ends what workers do for a call, and throws away what nobody has begun. */
async function cancel({ link, version }: Commander, call: string): Promise<void> {
  if (link.nats.isClosed()) return;
  link.nats.publish(`${subjects.cancel}.${call}`);
  const filter = `${subjects.tasks}.${wordOf(version)}.${call}.*`;
  await soon(link.manager.streams.purge(TASKS, { filter }));
}

/** Throws away all that a session has put on the server. */
export async function throwAway({ link }: Pick<Commander, "link">, session: string): Promise<void> {
  if (link.nats.isClosed()) return;
  await soon(
    Promise.all(
      [subjects.results, subjects.arrays].map((subject) =>
        link.manager.streams.purge(DATA, { filter: `${subject}.${session}.>` })
      ),
    ),
  );
}

/** Waits, but not for a server that is away: it throws away by itself after a week. */
async function soon(work: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  await Promise.race([work.catch(() => {}), pause(THROW_AWAY_MS, limit.signal)]);
  limit.abort();
}

/** Waits, or until a signal fires. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
