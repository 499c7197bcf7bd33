import type {
  Authenticator,
  ConnectionOptions,
  JetStreamClient,
  JetStreamManager,
  NatsConnection,
} from "../npm/nats.ts";
import { NatsError, type NatsLogin, type ParsedLogin, parseLogin } from "./login.ts";

/** A connection with the streams of this library behind it. */
export interface Link {
  readonly nats: NatsConnection;
  readonly stream: JetStreamClient;
  readonly manager: JetStreamManager;
  /** The address without secrets. */
  readonly shown: string;
  /** Bytes of one message at most; what is longer is cut. */
  readonly messageBytes: number;
  /**
   * Does something again and again while the server cannot be reached.
   *
   * @throws {NatsError} once the connection is given up.
   */
  readonly patiently: <Result>(
    act: () => Promise<Result>,
    signal?: AbortSignal,
  ) => Promise<Result>;
  /** Tells once the connection is given up, which a mere restart of the server does not do; gives an end to that. */
  readonly onLost: (tell: (error: NatsError) => void) => () => void;
}

/** Streams: tasks wait in the one until they are done; results and large arrays lie in the other. */
export const TASKS = "tinyloom_tasks";
export const DATA = "tinyloom_data";

/** Subjects, from the most common part to the rarest. */
export const subjects = {
  tasks: "tinyloom.tasks",
  results: "tinyloom.results",
  arrays: "tinyloom.arrays",
  hello: "tinyloom.hello",
  alive: "tinyloom.alive",
  cancel: "tinyloom.cancel",
} as const;

const CONNECT_MS = 4000;
const RETRY_MS = 500;
const DAY_NS = 24 * 3600 * 1e9;
/** Half of what NATS takes by default: JetStream answers with messages in base64. */
const MOST_MESSAGE_BYTES = 2 ** 19;

/**
 * Connects, and makes the streams where they are missing.
 *
 * @throws {TypeError} the address or the credentials are none.
 * @throws {NatsError} nobody answers there, the login is refused, or JetStream is missing.
 */
export async function openLink(
  login: NatsLogin,
  { name, onNotice }: { readonly name: string; readonly onNotice?: (text: string) => void },
): Promise<Link> {
  const parsed = parseLogin(login);
  const { connect, credsAuthenticator, jetstream, jetstreamManager } = await import(
    "../npm/nats.ts"
  );
  const { hosts, isEncrypted, shown: _, ...who } = parsed;
  const options: ConnectionOptions = {
    ...who,
    servers: [...hosts],
    name,
    timeout: CONNECT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: RETRY_MS,
    ...(isEncrypted && { tls: {} }),
    ...(login.credentials !== undefined && {
      authenticator: checked(credsAuthenticator(new TextEncoder().encode(login.credentials))),
    }),
  };
  let nats: NatsConnection;
  try {
    nats = await connect(options);
  } catch (error) {
    throw inWords(error, parsed);
  }
  try {
    const manager = await jetstreamManager(nats);
    await makeStreams(manager);
    return linkOf({ nats, stream: jetstream(nats), manager, ...parsed }, onNotice);
  } catch (error) {
    await nats.close();
    throw inWords(error, parsed);
  }
}

/** The client looks at credentials when a server asks for them; this does so before. */
function checked(authenticator: Authenticator): Authenticator {
  try {
    authenticator("");
    return authenticator;
  } catch {
    throw new TypeError("The credentials are none: needed the text of a file as nsc writes it");
  }
}

function linkOf(
  { nats, stream, manager, shown }: Pick<Link, "nats" | "stream" | "manager" | "shown">,
  onNotice: ((text: string) => void) | undefined,
): Link {
  let lost: NatsError | null = null;
  const listeners = new Set<(error: NatsError) => void>();
  void nats.closed().then((error) => {
    lost = new NatsError(
      `the connection to ${shown} has ended${error ? `: ${error.message}` : ""}`,
    );
    for (const tell of listeners) tell(lost);
  });
  void tellOfRestarts(nats, shown, onNotice);
  return {
    nats,
    stream,
    manager,
    shown,
    messageBytes: Math.min(MOST_MESSAGE_BYTES, Math.floor((nats.info?.max_payload ?? 2 ** 20) / 2)),
    onLost: (tell) => {
      if (lost !== null) tell(lost);
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    patiently: async (act, signal) => {
      for (;;) {
        signal?.throwIfAborted();
        if (lost !== null) throw lost;
        try {
          return await act();
        } catch (error) {
          if (!isPassing(error)) throw lost ?? error;
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        // A server that was started afresh has no streams.
        if (lost === null) await makeStreams(manager).catch(() => {});
      }
    },
  };
}

async function tellOfRestarts(
  nats: NatsConnection,
  shown: string,
  onNotice: ((text: string) => void) | undefined,
): Promise<void> {
  for await (const { type } of nats.status()) {
    if (type === "disconnect") onNotice?.(`The server at ${shown} is away; trying again`);
    if (type === "reconnect") onNotice?.(`The server at ${shown} is back`);
  }
}

/** Kept on disk, so that a server may be restarted; what nobody fetched in a week is thrown away. */
async function makeStreams(manager: JetStreamManager): Promise<void> {
  const { RetentionPolicy, StorageType } = await import("../npm/nats.ts");
  const kept = { storage: StorageType.File, max_age: 7 * DAY_NS };
  const tasks = {
    name: TASKS,
    subjects: [`${subjects.tasks}.>`],
    retention: RetentionPolicy.Workqueue,
    ...kept,
  };
  const data = {
    name: DATA,
    subjects: [`${subjects.results}.>`, `${subjects.arrays}.>`],
    retention: RetentionPolicy.Limits,
    // A second result of a task is thrown away by the server.
    duplicate_window: DAY_NS / 24,
    ...kept,
  };
  for (const config of [tasks, data]) {
    await manager.streams.add(config).catch((error) => {
      // Whoever runs the server may have made them otherwise, with replicas for instance.
      if (error?.code !== STREAM_IS_THERE) throw error;
    });
  }
}

const STREAM_IS_THERE = 10058;

/** Whether a failure will pass: the server is away, or has just been started. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  return [
    "TimeoutError",
    "NoRespondersError",
    "RequestError",
    "ConnectionError",
    "StreamNotFoundError",
    "ConsumerNotFoundError",
    "JetStreamNotEnabled",
    // What a waiting worker is told when the server shuts down.
    "JetStreamStatusError",
  ].includes(name) ||
    /no responders|timeout|not available|unavailable|not found|heartbeats missed/i.test(message);
}

function inWords(error: unknown, { shown, token, user }: ParsedLogin): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  const tell = (text: string) => new NatsError(text, { cause: error });
  if (/JetStreamNotEnabled/.test(name) || /jetstream (is )?not enabled/i.test(message)) {
    return tell(`The NATS server at ${shown} has no JetStream: start it with nats-server -js`);
  }
  if (/Authorization|Authentication/i.test(`${name} ${message}`)) {
    const who = token !== undefined
      ? "the token"
      : user !== undefined
      ? `the user ${user} and the password`
      : "who comes without token, user or credentials";
    return tell(`The NATS server at ${shown} refuses ${who}`);
  }
  if (/Permission/i.test(name)) {
    return tell(`The NATS server at ${shown} does not permit it: ${message}`);
  }
  if (/^JetStream/.test(name)) return tell(`The NATS server at ${shown} says: ${message}`);
  return tell(
    `No NATS server answers at ${shown} (${message.toLowerCase()}): start one there with ` +
      "nats-server -js",
  );
}
