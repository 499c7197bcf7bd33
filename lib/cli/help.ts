import type { Command, Flag } from "./command.ts";

/** The help of the whole program. */
export function programHelp(commands: Readonly<Record<string, string>>): string {
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
