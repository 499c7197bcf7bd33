import { namesThereAre } from "../nearest_name.ts";
import { parseArgs } from "../npm/parse_args.ts";
import type { Permissions } from "./permissions.ts";

/** One flag of a command. */
export interface Flag {
  readonly kind: "integer" | "number" | "size" | "text" | "boolean" | "texts";
  readonly about: string;
  /** What stands after the flag in the help, such as `N` or `FILE`. */
  readonly value?: string;
  readonly default?: number | string;
  /** Smallest value of a number. */
  readonly least?: number;
  /** Whether it names what is written. */
  readonly writes?: true;
  /** Whether it may hold a secret: tables do not remember it. */
  readonly secret?: true;
}

/** Values of the flags that were given or have a default. */
export type FlagValues = Readonly<Record<string, unknown>>;

/** Where a command reads and writes; a test passes its own. */
export interface CommandContext {
  readonly flags: FlagValues;
  /** Arguments that are no flags. */
  readonly operands: readonly string[];
  /** Results. */
  readonly print: (text: string) => void;
  /** Context and warnings. */
  readonly note: (text: string) => void;
  /** A line that replaces the one before it; does nothing unless a person watches. */
  readonly progress: (text: string) => void;
  /** Characters of a line of the terminal; 80 where there is none. */
  readonly width: number;
  /** Makes a path of the caller's absolute. */
  readonly resolve: (path: string) => string;
  /** Fires when the user interrupts. */
  readonly signal: AbortSignal;
  /** A variable of the environment. */
  readonly env: (name: string) => string | undefined;
}

/** A command of the `tinyloom` program. */
export interface Command {
  readonly name: string;
  /** What its help tells beyond the line in the list of commands. */
  readonly details?: string;
  /** What may follow the name, such as `A.arrow B.arrow`. */
  readonly operands: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
  /** What it asks Deno for. */
  readonly permissions: Permissions;
  /** Returns the exit code: 0 ok, 1 a negative answer. */
  readonly run: (context: CommandContext) => Promise<number>;
}

/** A command line that cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Input that cannot be read: exit code 2, but help would not help. */
export class InputError extends UsageError {
  override readonly name = "InputError";
}

/**
 * Reads a command's flags and operands.
 *
 * @throws {UsageError} a flag is unknown, has no value, or has one of the wrong form.
 */
export function parseFlags(
  command: Command,
  args: readonly string[],
): { readonly flags: FlagValues; readonly operands: readonly string[] } {
  const names = Object.keys(command.flags);
  const ofKind = (...kinds: Flag["kind"][]) =>
    names.filter((name) => kinds.includes(command.flags[name].kind));
  const parsed = parseArgs(joinNegatives(args, command), {
    boolean: ofKind("boolean"),
    string: [...ofKind("integer", "number", "size", "text", "texts"), "_"],
    collect: names.filter((name) => command.flags[name].kind !== "boolean"),
    unknown: (argument, key) => {
      if (key === undefined) return true;
      const found = argument.split("=")[0];
      const there = namesThereAre(found, names.map((name) => `--${name}`)).replaceAll('"', "");
      throw new UsageError(`${command.name} has no flag ${found}${there}`);
    },
  });
  const flags: Record<string, unknown> = {};
  for (const name of names) {
    const flag = command.flags[name];
    if (flag.kind === "boolean") {
      flags[name] = parsed[name] === true;
      continue;
    }
    const given = parsed[name] as readonly string[];
    if (flag.kind === "texts") flags[name] = given.map((text) => textOf(name, text));
    else if (given.length > 1) throw new UsageError(`--${name} is given ${given.length} times`);
    else if (given.length === 0) flags[name] = flag.default;
    else flags[name] = valueOf(name, flag, given[0]);
  }
  return { flags, operands: parsed._.map(String) };
}

// The parser takes what begins with a minus for a flag: `--range -1,1` becomes `--range=-1,1`.
function joinNegatives(args: readonly string[], { flags }: Command): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? "";
    const flag = before.startsWith("--") ? flags[before.slice(2)] : undefined;
    const isValue = flag !== undefined && flag.kind !== "boolean" && /^-[\d.]/.test(arg);
    if (isValue) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function valueOf(name: string, flag: Flag, text: string): string | number {
  if (flag.kind === "text") return textOf(name, text);
  if (flag.kind === "size") return bytesOf(name, text);
  const value = text.trim() === "" ? NaN : Number(text);
  const whole = flag.kind === "integer";
  const least = flag.least ?? 0;
  if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value)) || value < least) {
    throw new UsageError(
      `--${name} must be ${
        whole ? "an integer" : "a number"
      } of at least ${least}, found "${text}"`,
    );
  }
  return value;
}

/** Bytes: `65536`, `64k` or `64 KiB`, `1M`; a kilobyte of memory has 1024. */
function bytesOf(name: string, text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?(?:([km])(?:i?b)?|b)?$/i.exec(text.trim()) ?? [];
  const factor = unit === undefined ? 1 : /k/i.test(unit) ? 1024 : 1024 ** 2;
  const bytes = digits === undefined ? NaN : Number(digits) * factor;
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new UsageError(`--${name} must be a number of bytes, as 65536, 64k or 1M, found "${text}"`);
}

function textOf(name: string, text: string): string {
  if (text === "") throw new UsageError(`--${name} needs a value`);
  return text;
}
