import { checkOptions } from "../check_arguments.ts";
import type { RunTasksOptions, Workers, WorkTask } from "../tinynas/workers.ts";
import { codeVersion } from "./code_version.ts";
import { envelopesOf } from "./envelope.ts";
import type { NatsLogin } from "./login.ts";
import { openLink, subjects } from "./nats_link.ts";
import { type Commander, runTasks, throwAway } from "./run_tasks.ts";

/**
 * How to reach workers.
 *
 * @category Many machines
 */
export interface ConnectWorkersOptions extends NatsLogin {
  /** The code that the workers must run; that of this process, `codeVersion()`, if left out. */
  readonly version?: string;
  /** Told in words what goes on: workers that refuse, a server that is away. */
  readonly onNotice?: (text: string) => void;
}

/**
 * The workers behind a NATS server, to be disposed of when they are not needed any more.
 *
 * @category Many machines
 */
export interface ConnectedWorkers extends Workers, AsyncDisposable {}

/**
 * Connects to the workers of a NATS server with JetStream (2.9 or later), started with
 * `tinyloom worker --nats URL` or {@linkcode serveTasks} on as many machines as there are. What runs tasks
 * takes them as `machines`: `optimizeSpace`, `searchNetwork`, `findNetwork`, `supernetFitness`,
 * `compareSearches`, and for times `tuneNests` and `benchModelsApart`.
 *
 * Tasks wait on the server until a worker of the same code has done them. A worker that dies or falls
 * silent loses its task to another; one that fails is tried three times, then `run` throws its error.
 * Server and workers may be restarted at any time: nothing is lost, nothing counts twice, and the
 * results are those of one thread.
 *
 * @throws {TypeError} the address is none.
 * @throws {NatsError} nobody answers there, the login is refused, or JetStream is missing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectWorkers } from "tinyloom";
 *
 * // Nobody is there. With a server: await using machines = await connectWorkers({ servers });
 * // const { best } = await searchNetwork(space, device, { machines });
 * await assert.rejects(connectWorkers({ servers: "nats://127.0.0.1:1" }), { name: "NatsError" });
 * ```
 *
 * @category Many machines
 */
export async function connectWorkers(options: ConnectWorkersOptions): Promise<ConnectedWorkers> {
  checkOptions(
    "connectWorkers",
    options,
    "servers token user password credentials version onNotice",
  );
  const { onNotice } = options;
  const version = options.version ?? await codeVersion();
  const link = await openLink(options, { name: "tinyloom", onNotice });
  const session = crypto.randomUUID().slice(0, 8);
  const told = new Set<string>();
  const tell = (text: string) => {
    if (!told.has(text)) onNotice?.(text);
    told.add(text);
  };
  const commander: Commander = { link, envelopes: envelopesOf(link, session), version, tell };
  // Workers ask whether anybody waits for what they are about to do.
  const alive = link.nats.subscribe(`${subjects.alive}.${session}`, {
    callback: (_, message) => void message.respond(),
  });
  let calls = 0;
  return {
    run: <Result>(tasks: readonly WorkTask[], how: RunTasksOptions = {}) =>
      runTasks<Result>(commander, tasks, { ...how, call: `${session}.${calls++}` }),
    [Symbol.asyncDispose]: async () => {
      alive.unsubscribe();
      await throwAway(commander, session);
      await link.nats.close();
    },
  };
}
