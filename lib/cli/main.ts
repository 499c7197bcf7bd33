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
import { type CliWorld, exitCode, graceOf, runCli } from "./run_cli.ts";

/** What commands that end by themselves run in, so that an interrupt can end what they compute. */
const WORKER = "tinyloom command";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

const scope = globalThis as unknown as {
  readonly name?: string;
  onmessage: (event: MessageEvent) => void;
  readonly postMessage: (message: unknown) => void;
};

if (import.meta.main && scope.name === WORKER) {
  const interrupt = new AbortController();
  scope.onmessage = async ({ data }) => {
    if (data === "interrupt") interrupt.abort();
    else scope.postMessage(await runCli(data, worldOf(interrupt.signal)));
  };
} else if (import.meta.main) {
  const graceMs = graceOf(Deno.args);
  // Without a listener an interrupt ends the program at once, whatever it computes.
  const code = graceMs === null
    ? await runCli(Deno.args, worldOf(new AbortController().signal))
    : await runInWorker(Deno.args, graceMs);
  Deno.exit(code);
}

/** Runs a command in a thread: it may end by itself when it is interrupted, but not take longer. */
function runInWorker(args: readonly string[], graceMs: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const worker = new Worker(import.meta.url, { type: "module", name: WORKER });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    console.error(`tinyloom: ${event.message}`);
    resolve(exitCode.negative);
  };
  // Schedulers of clusters ask for the end by the second, which Windows does not have.
  for (const signal of Deno.build.os === "windows" ? ["SIGINT"] as const : SIGNALS) {
    Deno.addSignalListener(signal, () => {
      worker.postMessage("interrupt");
      setTimeout(() => resolve(exitCode.interrupted), graceMs);
    });
  }
  worker.postMessage(args);
  return promise;
}

function worldOf(signal: AbortSignal): CliWorld {
  const watched = Deno.stderr.isTerminal();
  const encoder = new TextEncoder();
  let shown = false;
  const clear = (): void => {
    if (shown) Deno.stderr.writeSync(encoder.encode("\r\x1b[K"));
    shown = false;
  };
  const env = Deno.env.toObject();
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
    // `deno task` starts in the project's folder and tells where the caller stands.
    resolve: (path) => nodePath.resolve(env.INIT_CWD ?? Deno.cwd(), path),
    signal,
    env,
  };
}
