import { checkOptions } from "../check_arguments.ts";
import type { Consumer, JsMsg } from "../npm/nats.ts";
import { machineName } from "../measure/environment.ts";
import { codeVersion } from "./code_version.ts";
import { type ComputeThread, computeThread } from "./compute_thread.ts";
import { doMessage, type Server } from "./do_message.ts";
import type { NatsLogin } from "./login.ts";
import { type Hello, wordOf } from "./messages.ts";
import { type Link, openLink, subjects, TASKS } from "./nats_link.ts";
import { oneOrMany } from "./one_or_many.ts";

/**
 * How to serve.
 *
 * @category Many machines
 */
export interface ServeTasksOptions extends NatsLogin {
  /** How the worker calls itself; the machine's name and four letters if left out. */
  readonly name?: string;
  /** Tasks at a time, each on a thread; 1 if left out. What takes times runs alone all the same. */
  readonly slots?: number;
  /** Modules (their URLs) that export `taskKinds`: who does tasks of kinds of your own, by their names. */
  readonly modules?: readonly string[];
  /** The code that runs here; `codeVersion({ modules })` if left out. */
  readonly version?: string;
  /** Fires to end; tasks that run go back to the server, for others. */
  readonly signal?: AbortSignal;
  /** Told in words what goes on. */
  readonly onNotice?: (text: string) => void;
  /** Told how many messages of tasks are done. */
  readonly onDone?: (count: number) => void;
}

const PULL_MS = 5000;
/** Without a sign of life for so long a worker has died, and its task is handed to another. */
export const ACK_WAIT_MS = 10_000;
const HOUR_NS = 3600 * 1e9;

/**
 * Does tasks from a NATS server until the signal fires, for whoever runs {@linkcode connectWorkers} with
 * the same code; gives the number of messages done.
 *
 * @throws {RangeError} `slots` is not an integer from 1 to 64.
 * @throws {TypeError} the address is none, or a module cannot be loaded.
 * @throws {NatsError} nobody answers there, the login is refused, JetStream is missing, or the connection
 *   is given up.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { serveTasks } from "tinyloom";
 *
 * // Nobody is there. With a server this goes on until its signal fires.
 * await assert.rejects(serveTasks({ servers: "nats://127.0.0.1:1" }), { name: "NatsError" });
 * ```
 *
 * @category Many machines
 */
export async function serveTasks(options: ServeTasksOptions): Promise<number> {
  checkOptions(
    "serveTasks",
    options,
    "servers token user password credentials name slots modules version signal onNotice onDone",
  );
  const { slots = 1, modules = [], onNotice, signal } = options;
  if (!Number.isInteger(slots) || slots < 1 || slots > 64) {
    throw new RangeError(`slots is ${slots}, needed a whole number from 1 to 64`);
  }
  const name = options.name ?? `${machineName() ?? "worker"}-${crypto.randomUUID().slice(0, 4)}`;
  const version = options.version ?? await codeVersion({ modules });
  using threads = new DisposableStack();
  const own = Array.from({ length: slots }, () => threads.use(computeThread(modules)));
  if (modules.length > 0) await tryModules(own[0]);
  const link = await openLink(options, { name: `tinyloom worker ${name}`, onNotice });
  const stop = new AbortController();
  const end = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  let lost: Error | null = null;
  link.onLost((error) => {
    lost = error;
    stop.abort(error);
  });
  answerHello(link, { name, version, onNotice });
  onNotice?.(
    `${name} waits for tasks of tinyloom ${version} at ${link.shown}, ${slots} at a time`,
  );
  let done = 0;
  const server: Server = {
    link,
    name,
    signal: stop.signal,
    lock: oneOrMany(),
    cancels: cancelsOf(link),
    sessions: new Map(),
    onNotice: (text) => onNotice?.(text),
  };
  const onDone = () => options.onDone?.(++done);
  await Promise.all(own.map((thread) => serve(server, { thread, version, onDone })));
  signal?.removeEventListener("abort", end);
  if (lost !== null && !signal?.aborted) throw lost;
  // What was given back must reach the server.
  await Promise.race([link.nats.drain().catch(() => {}), new Promise((r) => setTimeout(r, 1000))]);
  return done;
}

/** What cannot be loaded is told before anything is promised. */
async function tryModules(thread: ComputeThread): Promise<void> {
  const outcome = await thread.run({ text: "[]", arrays: new Map() }, new AbortController().signal);
  if ("error" in outcome) throw new TypeError(`the tasks cannot be loaded: ${outcome.error}`);
}

/** Fetches one message after the other, and does it. */
async function serve(
  server: Server,
  { thread, version, onDone }: {
    readonly thread: ComputeThread;
    readonly version: string;
    readonly onDone: () => void;
  },
): Promise<void> {
  const { link, signal } = server;
  const next = messagesOf(link, version, signal);
  while (!signal.aborted) {
    try {
      const message = await link.patiently(next, signal);
      if (message === null) continue;
      if (signal.aborted) message.nak();
      else if (await doMessage(message, server, thread)) onDone();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** What gives the next message that no other worker has, or null after some time. */
function messagesOf(
  link: Link,
  version: string,
  signal: AbortSignal,
): () => Promise<JsMsg | null> {
  let consumer: Consumer | null = null;
  return async () => {
    consumer ??= await consumerOf(link, version);
    let end = () => {};
    try {
      const pulled = await consumer.fetch({ max_messages: 1, expires: PULL_MS });
      end = () => void pulled.close();
      signal.addEventListener("abort", end);
      for await (const message of pulled) return message;
      return null;
    } catch (error) {
      // A server that was started afresh has none.
      consumer = null;
      throw error;
    } finally {
      signal.removeEventListener("abort", end);
    }
  };
}

/** The consumer that all workers of a version share: each message goes to one of them. */
async function consumerOf({ manager, stream }: Link, version: string): Promise<Consumer> {
  const { AckPolicy } = await import("../npm/nats.ts");
  const name = `workers_${wordOf(version)}`;
  await manager.consumers.add(TASKS, {
    durable_name: name,
    filter_subject: `${subjects.tasks}.${wordOf(version)}.>`,
    ack_policy: AckPolicy.Explicit,
    ack_wait: ACK_WAIT_MS * 1e6,
    max_deliver: -1,
    max_ack_pending: 20_000,
    inactive_threshold: 24 * HOUR_NS,
  });
  return await stream.consumers.get(TASKS, name);
}

/** Says that it is there; what runs other code is told so here too. */
function answerHello(
  { nats }: Link,
  { name, version, onNotice }: {
    readonly name: string;
    readonly version: string;
    readonly onNotice: ((text: string) => void) | undefined;
  },
): void {
  const told = new Set([version]);
  nats.subscribe(subjects.hello, {
    callback: (_, message) => {
      const { version: asked } = message.json<Hello>();
      message.respond(JSON.stringify({ worker: name, version }));
      if (told.has(asked)) return;
      told.add(asked);
      onNotice?.(
        `Somebody has tasks for tinyloom ${asked}; this is ${version} and refuses them: other code ` +
          "may give other results",
      );
    },
  });
}

/** For each call whose tasks run here, what ends them when nobody wants them any more. */
function cancelsOf({ nats }: Link): Server["cancels"] {
  const cancels = new Map<string, Set<AbortController>>();
  nats.subscribe(`${subjects.cancel}.>`, {
    callback: (_, { subject }) => {
      const call = subject.slice(subjects.cancel.length + 1);
      for (const each of cancels.get(call) ?? []) each.abort();
    },
  });
  return cancels;
}
