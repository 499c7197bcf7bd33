/**
 * The program `tinyloom`: what the other doors do, from the command line.
 *
 * Run it as `deno run -A jsr:@tinyloom/tinyloom/cli`, or in a checkout as `deno task tinyloom`;
 * `--help` lists the commands. Results go to standard output, everything else to standard error;
 * `--json` is for other programs, `--out FILE` writes tables, charts and reports by extension. As a
 * module it does nothing and exports nothing.
 *
 * @example
 * ```ts ignore
 * const { stdout } = await new Deno.Command("deno", {
 *   args: ["run", "-A", "jsr:@tinyloom/tinyloom/cli", "plan", "zoo:mcunet-in3", "--json"],
 * }).output();
 * console.log(JSON.parse(new TextDecoder().decode(stdout)).peakBytes);
 * ```
 *
 * @module
 */
import defer * as nodePath from "node:path";
import defer * as nodeUrl from "node:url";
import { missingPermission } from "./permissions.ts";
import { type CliWorld, exitCode, graceOf, runCli } from "./run_cli.ts";

/** What commands that end by themselves run in, so that an interrupt can end what they compute. */
const WORKER = "tinyloom command";

const scope = globalThis as unknown as {
  readonly name?: string;
  onmessage: (event: MessageEvent) => void;
  readonly postMessage: (message: unknown) => void;
};

/** What a worker is given: a command line, and the number of interrupts so far. */
interface Order {
  readonly args: readonly string[];
  readonly interrupts: Int32Array<SharedArrayBuffer>;
}

if (import.meta.main && scope.name === WORKER) {
  const interrupt = new AbortController();
  const abort = () => interrupt.abort(new DOMException("Interrupted", "AbortError"));
  scope.onmessage = async ({ data }) => {
    if (data === "interrupt") return abort();
    const { args, interrupts } = data as Order;
    const { setHost } = await import("../host.ts");
    setHost({
      display: () => undefined,
      watch: () => null,
      // Work that lets nobody else have a turn hears the interrupt by looking.
      lookOut: (work) => {
        const heard = work === null ? Atomics.load(interrupts, 0) : 0;
        const isStopped = () => {
          const is = Atomics.load(interrupts, 0) > heard;
          if (is) abort();
          return is;
        };
        return { isStopped, end: () => {} };
      },
    });
    scope.postMessage(await runCli(args, worldOf(interrupt.signal)));
  };
} else if (import.meta.main) {
  // Node knows no modules that are workers of themselves.
  const graceMs = Deno.version.deno === null ? null : graceOf(Deno.args);
  // Without a listener an interrupt ends the program at once, whatever it computes.
  const code = graceMs === null
    ? await runCli(Deno.args, worldOf(new AbortController().signal))
    : await runInWorker(Deno.args, graceMs);
  Deno.exit(code);
}

/** Runs a command in a thread: it may end by itself when it is interrupted, but not take longer. */
function runInWorker(args: readonly string[], graceMs: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const interrupts = new Int32Array(new SharedArrayBuffer(4));
  let worker: Worker | null = null;
  const interrupt = () => {
    // Who asks twice has no patience.
    if (Atomics.add(interrupts, 0, 1) > 0) resolve(exitCode.interrupted);
    worker?.postMessage("interrupt");
    setTimeout(() => resolve(exitCode.interrupted), graceMs);
  };
  Deno.addSignalListener("SIGINT", interrupt);
  // Schedulers of clusters ask for the end so, which Windows does not have.
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", interrupt);
  const fail = (error: Error): void => {
    // What breaks while it is being stopped was stopped.
    if (Atomics.load(interrupts, 0) > 0) return resolve(exitCode.interrupted);
    const missing = missingPermission(error);
    console.error(`tinyloom: ${missing === null ? error.message : `${args[0]} ${missing}`}`);
    resolve(missing === null ? exitCode.negative : exitCode.usage);
  };
  try {
    askToRead(import.meta.url);
    worker = new Worker(import.meta.url, { type: "module", name: WORKER });
    worker.onmessage = ({ data }) =>
      resolve(Atomics.load(interrupts, 0) > 0 ? exitCode.interrupted : data);
    worker.onerror = (event) => {
      event.preventDefault();
      fail(new Error(event.message));
    };
    worker.postMessage({ args, interrupts } satisfies Order);
  } catch (error) {
    fail(error as Error);
  }
  return promise;
}

/** A worker that may not read its own module would end with more than one line. */
function askToRead(url: string): void {
  if (!url.startsWith("file:")) return;
  const { state } = Deno.permissions.requestSync({ name: "read", path: new URL(url) });
  if (state === "granted") return;
  throw new Error(`Requires read access to "${url}", run again with the --allow-read flag`);
}

function worldOf(signal: AbortSignal): CliWorld {
  const watched = Deno.stderr.isTerminal();
  const encoder = new TextEncoder();
  let shown = false;
  const clear = (): void => {
    if (shown) Deno.stderr.writeSync(encoder.encode("\r\x1b[K"));
    shown = false;
  };
  return {
    print: (text) => {
      clear();
      console.log(text);
    },
    note: (text) => {
      clear();
      console.error(text);
    },
    progress: (text) => {
      if (!watched) return;
      clear();
      if (text === "") return;
      Deno.stderr.writeSync(encoder.encode(text));
      shown = true;
    },
    width: Deno.stdout.isTerminal() ? Math.max(40, Deno.consoleSize().columns) : 80,
    resolve: (path) => nodePath.resolve(callersFolder() ?? Deno.cwd(), path),
    signal,
    env: (name) => Deno.env.get(name),
  };
}

/**
 * `deno task` starts in the folder of its settings and tells where the caller stands, mostly below it;
 * not worth a question. What a task starts in another folder, such as `cd models && tinyloom ...`, is told
 * the same, but stands where it stands.
 */
function callersFolder(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "INIT_CWD" });
  const caller = state === "granted" ? Deno.env.get("INIT_CWD") : undefined;
  if (caller === undefined) return undefined;
  const isBelow = !/^\.\.|^([a-z]:)?[\\/]/i.test(nodePath.relative(Deno.cwd(), caller));
  // A checkout's own task is called from anywhere.
  const own = nodeUrl.pathToFileURL(nodePath.resolve("lib/cli/main.ts")).href;
  return isBelow || own === import.meta.url ? caller : undefined;
}
