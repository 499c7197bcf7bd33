import { type Command, type CommandContext, type Flag, parseFlags, UsageError } from "./command.ts";
import { commands, loadCommand } from "./commands.ts";

/** Exit codes of the program. */
export const exitCode = { ok: 0, negative: 1, usage: 2, interrupted: 130 } as const;

/** What the program needs from the world around it. */
export type CliWorld = Omit<CommandContext, "flags" | "operands">;

/** Commands that end by themselves with what they have, and how long they may take for it. */
const graceMs: Readonly<Record<string, number>> = {
  ablate: 300,
  bench: 300,
  conv: 300,
  deploy: 300,
  matmul: 300,
  profile: 300,
  run: 300,
  search: 2000,
  tune: 300,
};

/** How long an interrupted command line may take to end by itself; null: it does not. */
export function graceOf([name]: readonly string[]): number | null {
  return name !== undefined && Object.hasOwn(graceMs, name) ? graceMs[name] : null;
}

/** Runs one command line and returns the exit code; every failure is one line on `note`. */
export async function runCli(args: readonly string[], given: CliWorld): Promise<number> {
  const world = await clean(given);
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    world.print(await helpOn(rest[0]));
    return name === undefined ? exitCode.usage : exitCode.ok;
  }
  let command: Command | undefined;
  try {
    if (!Object.hasOwn(commands, name)) {
      const names = Object.keys(commands).join(", ");
      throw new UsageError(`There is no command "${name}"; there are ${names}`);
    }
    command = await loadCommand(name);
    if (rest.includes("--help") || rest.includes("-h")) {
      world.print(commandHelp(commands[name], command));
      return exitCode.ok;
    }
    const code = await command.run({ ...world, ...parseFlags(command, rest) });
    return world.signal.aborted ? exitCode.interrupted : code;
  } catch (error) {
    if (world.signal.aborted) return exitCode.interrupted;
    const message = error instanceof Error ? error.message : String(error);
    world.note(`tinyloom: ${message}`);
    if (!isUsage(error)) return exitCode.negative;
    if (command) world.note(`Try: tinyloom ${command.name} --help`);
    return exitCode.usage;
  } finally {
    world.progress("");
  }
}

/** Names come from files: nothing that is in them is to act on a terminal. */
async function clean({ print, note, progress, ...world }: CliWorld): Promise<CliWorld> {
  const { printable } = await import("../measure/format.ts");
  return {
    ...world,
    print: (text) => print(printable(text)),
    note: (text) => note(printable(text)),
    progress: (text) => progress(printable(text)),
  };
}

async function helpOn(topic: string | undefined): Promise<string> {
  return topic !== undefined && Object.hasOwn(commands, topic)
    ? commandHelp(commands[topic], await loadCommand(topic))
    : programHelp(commands);
}

// What the user gave was wrong, or could not be read.
function isUsage(error: unknown): boolean {
  return error instanceof UsageError || error instanceof RangeError ||
    error instanceof TypeError || error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.IsADirectory ||
    (error instanceof Error && ["ScheduleError", "ModelError", "DeployError"].includes(error.name));
}

/** The help of the whole program. */
function programHelp(commands: Readonly<Record<string, string>>): string {
  return [
    "Usage: tinyloom COMMAND [ARGUMENTS]",
    "",
    "Takes efficient neural-network inference apart, step by step.",
    "",
    ...columns(Object.entries(commands)),
    "",
    "tinyloom COMMAND --help tells more. Exit codes: 0 ok, 1 a negative answer or a failed run,",
    "2 wrong usage or unreadable input, 130 interrupted.",
  ].join("\n");
}

/** The help of one command, which begins as its line in the list. */
export function commandHelp(about: string, command: Command): string {
  const { name, details, operands, flags, examples } = command;
  const rows = Object.entries(flags).map(([flag, each]): [string, string] => [
    `--${flag}${each.value ? ` ${each.value}` : ""}`,
    each.about + defaultOf(each),
  ]);
  return [
    `Usage: tinyloom ${name}${operands ? ` ${operands}` : ""} [FLAGS]`,
    "",
    about,
    ...details === undefined ? [] : ["", details],
    "",
    ...columns([...rows, ["--help", "this text"]]),
    "",
    "Examples:",
    ...examples.map((example) => `  tinyloom ${example}`),
  ].join("\n");
}

function defaultOf(flag: Flag): string {
  return flag.default === undefined ? "" : ` (default ${flag.default})`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
