import { namesThereAre } from "../nearest_name.ts";
import { printable } from "../printable.ts";
import {
  type Command,
  type CommandContext,
  type Flag,
  InputError,
  parseFlags,
  UsageError,
} from "./command.ts";
import { commands, loadCommand, loadLater } from "./commands.ts";
import { missingPermission, permissionRows } from "./permissions.ts";
import { wrap } from "./wrap.ts";

/** Exit codes of the program. */
export const exitCode = { ok: 0, negative: 1, usage: 2, interrupted: 130 } as const;

/** What the program needs from the world around it. */
export type CliWorld = Omit<CommandContext, "flags" | "operands">;

/** Commands that are done at once: an interrupt just ends them. */
const BRIEF = ["completion", "doctor", "init", "kernel", "operators"];

/**
 * How long an interrupted command line may take to end with what it has; null: it has nothing. From the
 * interrupt to the end may be 300 ms, 2 s of a search or where workers are told: the rest is left for a
 * busy machine.
 */
export function graceOf([name, ...args]: readonly string[]): number | null {
  if (!Object.hasOwn(commands, name ?? "") || BRIEF.includes(name)) return null;
  const isElsewhere = args.some((arg) => /^--nats(=|$)/.test(arg));
  return name === "search" || name === "worker" || isElsewhere ? 1700 : 200;
}

/** What is used of `rerun.ts`, which is loaded where a table was written. */
interface Rerun {
  readonly rememberCommand: (
    command: Command,
    args: readonly string[],
    context: Pick<CommandContext, "flags" | "operands" | "resolve">,
  ) => Promise<void>;
}

/** Runs one command line and returns the exit code; every failure is one line on `note`. */
export async function runCli(args: readonly string[], given: CliWorld): Promise<number> {
  const world = clean(given);
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    world.print(await helpOn(rest[0], world.width));
    return name === undefined ? exitCode.usage : exitCode.ok;
  }
  if (name === "--version" || name === "-V") {
    const { version } = await import("./package_origin.ts");
    world.print(`tinyloom ${version}`);
    return exitCode.ok;
  }
  let command: Command | undefined;
  try {
    if (!Object.hasOwn(commands, name)) {
      const there = namesThereAre(name, Object.keys(commands));
      throw new UsageError(`There is no command "${name}"${there}`);
    }
    command = await loadCommand(name);
    // Behind -- are words of somebody else's command line.
    const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
    if (own.includes("--help") || own.includes("-h")) {
      world.print(commandHelp(commands[name], command, world.width));
      return exitCode.ok;
    }
    const parsed = parseFlags(command, rest);
    await refuseOverwriting(command, { ...world, ...parsed });
    const note = (text: string) => world.note(wrap(text, world.width));
    const code = await command.run({ ...world, note, ...parsed });
    if (world.signal.aborted) note("interrupted: this is what there was by then");
    if (rest.some((arg) => /\.arrow$/i.test(arg))) {
      const { rememberCommand } = await loadLater<Rerun>("../rerun");
      await rememberCommand(command, rest, { ...world, ...parsed });
    }
    return world.signal.aborted ? exitCode.interrupted : code;
  } catch (error) {
    if (world.signal.aborted) return exitCode.interrupted;
    const missing = missingPermission(error);
    if (missing !== null) {
      world.note(`tinyloom: ${command?.name ?? name} ${missing}`);
      return exitCode.usage;
    }
    world.note(wrap(`tinyloom: ${messageOf(error)}`, world.width));
    if (!isUsage(error)) return exitCode.negative;
    if (command && !isInput(error)) world.note(`Try: tinyloom ${command.name} --help`);
    return exitCode.usage;
  } finally {
    world.progress("");
  }
}

/** Looks at what is read and written only where something is written. */
async function refuseOverwriting(
  command: Command,
  context: Pick<CommandContext, "flags" | "operands" | "resolve">,
): Promise<void> {
  const { flags } = context;
  const writes = Object.entries(command.flags)
    .some(([name, { writes }]) => writes && [flags[name] ?? []].flat().length > 0);
  if (!writes || flags.force) return;
  const { checkOutputs } = await loadLater<Outputs>("../outputs");
  await checkOutputs(command, context);
}

/** What is used of `outputs.ts`, which is loaded where something is written. */
interface Outputs {
  readonly checkOutputs: (
    command: Command,
    context: Pick<CommandContext, "flags" | "operands" | "resolve">,
  ) => Promise<void>;
}

/** Names come from files: nothing that is in them is to act on a terminal. */
function clean({ print, note, progress, ...world }: CliWorld): CliWorld {
  return {
    ...world,
    print: (text) => print(printable(text)),
    note: (text) => note(printable(text)),
    progress: (text) => progress(printable(text)),
  };
}

async function helpOn(topic: string | undefined, width: number): Promise<string> {
  return topic !== undefined && Object.hasOwn(commands, topic)
    ? commandHelp(commands[topic], await loadCommand(topic), width)
    : programHelp(commands, width);
}

/** What was wrong, in words; of files that cannot be opened, which and why. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const path = /'([^']*)'/.exec(error.message)?.[1];
  if (path === undefined) return error.message;
  if (error instanceof Deno.errors.NotFound) return `There is no ${path}`;
  if (error instanceof Deno.errors.PermissionDenied) return `${path} may not be opened`;
  if (error instanceof Deno.errors.IsADirectory) return `${path} is a folder`;
  return error.message;
}

// What the user gave cannot be read, however the command is written.
function isInput(error: unknown): boolean {
  return error instanceof InputError || error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.IsADirectory ||
    (error instanceof Error &&
      ["ModelError", "DeployError", "FileInUseError"].includes(error.name));
}

// What the user gave was wrong, or could not be read.
function isUsage(error: unknown): boolean {
  return isInput(error) || error instanceof UsageError || error instanceof RangeError ||
    error instanceof TypeError || (error instanceof Error && error.name === "ScheduleError");
}

/** The help of the whole program. */
function programHelp(commands: Readonly<Record<string, string>>, width: number): string {
  return [
    "Usage: tinyloom COMMAND [ARGUMENTS]",
    "",
    "Takes efficient neural-network inference apart, step by step.",
    "",
    ...columns(Object.entries(commands), width),
    "",
    "tinyloom COMMAND --help tells more, tinyloom --version which one this is. Exit codes: 0 ok, " +
    "1 a negative answer or a failed run, " +
    "2 wrong usage or unreadable input, 130 interrupted.",
  ].map((line) => wrap(line, width, 0)).join("\n");
}

/** The help of one command, which begins as its line in the list. */
export function commandHelp(about: string, command: Command, width = 80): string {
  const { name, details, operands, flags, examples } = command;
  const permissions = permissionRows(command.permissions);
  const rows = Object.entries(flags).map(([flag, each]): [string, string] => [
    `--${flag}${each.value ? ` ${each.value}` : ""}`,
    each.about + defaultOf(each),
  ]);
  return [
    wrap(`Usage: tinyloom ${name}${operands ? ` ${operands}` : ""} [FLAGS]`, width),
    "",
    wrap(about, width, 0),
    ...details === undefined ? [] : ["", wrap(details.replaceAll(/\n {8,}/g, " "), width)],
    "",
    ...columns([...rows, ["--help", "this text"]], width),
    "",
    "Examples:",
    ...examples.map((example) => `  tinyloom ${example}`),
    "",
    `Permissions: ${permissions.map(([flag]) => flag).join(" ")}`,
    ...columns(permissions, width),
  ].join("\n");
}

function defaultOf(flag: Flag): string {
  return flag.default === undefined ? "" : ` (default ${flag.default})`;
}

/** Words and what they mean, beside them; below them where they are long. */
function columns(rows: readonly (readonly [string, string])[], width: number): string[] {
  const most = Math.floor(width * 0.35);
  const lengths = rows.map(([left]) => left.length).filter((length) => length <= most);
  const wide = Math.max(0, ...lengths);
  const indent = wide + 4;
  return rows.map(([left, right]) => {
    const text = wrap(" ".repeat(indent) + right, width, indent);
    return left.length > wide
      ? `  ${left}\n${text}`
      : `  ${left.padEnd(wide)}${text.slice(wide + 2)}`;
  });
}
