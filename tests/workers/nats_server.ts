import { hasTool } from "../../lib/deploy/tools.ts";

/** Whether there is a server to be started; without one tests skip and say so. */
export const hasServer = await hasTool("nats-server");
if (!hasServer) console.log("No nats-server here: tests on workers are skipped");

/** A NATS server on a port of this machine that nobody else has. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** Ends it as an administrator would, and starts it again on what it has stored. */
  readonly restart: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Starts a server with JetStream in a folder of its own; further arguments as its command line has them. */
export async function startServer(
  { args = [], jetstream = true }: {
    readonly args?: readonly string[];
    readonly jetstream?: boolean;
  } = {},
): Promise<NatsServer> {
  const folder = await Deno.makeTempDir({ prefix: "tinyloom-nats-" });
  const stored = jetstream ? ["-js", "-sd", folder] : [];
  const start = (port: number) =>
    new Deno.Command("nats-server", {
      args: ["-a", "127.0.0.1", "-p", String(port), "--ports_file_dir", folder, ...stored, ...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  let child = start(-1);
  const port = await portOf(folder, child.pid);
  const end = async (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
    }
    await child.status;
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    restart: async () => {
      await end("SIGTERM");
      child = start(port);
      await portOf(folder, child.pid);
    },
    [Symbol.asyncDispose]: async () => {
      await end("SIGKILL");
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** The port that a server took, from the file that it writes once it listens. */
async function portOf(folder: string, pid: number): Promise<number> {
  for (let tries = 0; tries < 400; tries++) {
    const text = await Deno.readTextFile(`${folder}/nats-server_${pid}.ports`).catch(() => "");
    const port = /"nats:\/\/[^"]*:(\d+)"/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("nats-server did not begin to listen within 20 s");
}

/** A `tinyloom worker` in a process of its own. */
export interface WorkerProcess {
  readonly kill: (signal: Deno.Signal) => void;
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Starts one, by default with the odd tasks of these tests. */
export function startWorker(
  url: string,
  { args = [], own = true }: { readonly args?: readonly string[]; readonly own?: boolean } = {},
): WorkerProcess {
  const main = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
  const tasks = own ? ["--tasks", oddTasks.pathname] : [];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, "worker", "--nats", url, ...tasks, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ended = child.output().then(({ code, stderr }) => ({
    code,
    stderr: new TextDecoder().decode(stderr),
  }));
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
    }
  };
  return {
    kill,
    ended,
    [Symbol.asyncDispose]: async () => {
      kill("SIGKILL");
      await ended;
    },
  };
}

export const oddTasks = new URL("./odd_tasks.ts", import.meta.url);
