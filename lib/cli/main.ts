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
import { runCli } from "./run_cli.ts";

if (import.meta.main) {
  const interrupt = new AbortController();
  Deno.addSignalListener("SIGINT", () => interrupt.abort());
  const watched = Deno.stderr.isTerminal();
  const encoder = new TextEncoder();
  let shown = false;
  const clear = (): void => {
    if (shown) Deno.stderr.writeSync(encoder.encode("\r\x1b[K"));
    shown = false;
  };
  const env = Deno.env.toObject();
  const code = await runCli(Deno.args, {
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
      Deno.stderr.writeSync(encoder.encode(text));
      shown = true;
    },
    width: Deno.stdout.isTerminal() ? Math.max(40, Deno.consoleSize().columns) : 80,
    // `deno task` starts in the project's folder and tells where the caller stands.
    resolve: (path) => nodePath.resolve(env.INIT_CWD ?? Deno.cwd(), path),
    signal: interrupt.signal,
    env,
  });
  clear();
  Deno.exit(code);
}
