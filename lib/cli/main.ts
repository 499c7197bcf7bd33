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
import { resolve } from "node:path";
import { ablateCommand } from "./commands/ablate.ts";
import { allocateCommand } from "./commands/allocate.ts";
import { benchCommand } from "./commands/bench.ts";
import { compareCommand } from "./commands/compare.ts";
import { convCommand } from "./commands/conv.ts";
import { deployCommand } from "./commands/deploy.ts";
import { explainCommand } from "./commands/explain.ts";
import { kernelCommandLine } from "./commands/kernel.ts";
import { matmulCommand } from "./commands/matmul.ts";
import { modelCommand } from "./commands/model.ts";
import { planCommand } from "./commands/plan.ts";
import { profileCommand } from "./commands/profile.ts";
import { runCommand } from "./commands/run.ts";
import { searchCommand } from "./commands/search.ts";
import { tuneCommand } from "./commands/tune.ts";
import { runCli } from "./run_cli.ts";

const commands = [
  matmulCommand,
  convCommand,
  tuneCommand,
  compareCommand,
  modelCommand,
  planCommand,
  deployCommand,
  runCommand,
  profileCommand,
  explainCommand,
  benchCommand,
  ablateCommand,
  searchCommand,
  allocateCommand,
  kernelCommandLine,
];

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
    commands,
    world: {
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
      // `deno task` starts in the project's folder and tells where the caller stands.
      resolve: (path) => resolve(env.INIT_CWD ?? Deno.cwd(), path),
      signal: interrupt.signal,
      env,
    },
  });
  clear();
  Deno.exit(code);
}
