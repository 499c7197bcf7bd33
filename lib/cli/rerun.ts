import { formatRatio } from "../measure/format.ts";
import { loadTable, saveTable } from "../measure/table_file.ts";
import { type Row, tableMetadata, tableToRows } from "../measure/table_rows.ts";
import type { Table } from "../npm/arrow.ts";
import { type Command, type CommandContext, parseFlags, UsageError } from "./command.ts";

/** The command line that wrote a table, as the table carries it. */
export interface RememberedCommand {
  readonly name: string;
  /** Without what it wrote to. */
  readonly args: readonly string[];
  /** Digests of the files that it read, by the paths in the arguments. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Puts the command line into the Arrow files that it wrote, so that `tinyloom reproduce` can run it
 * again.
 */
export async function rememberCommand(
  command: Command,
  args: readonly string[],
  { flags, operands, resolve }: Pick<CommandContext, "flags" | "operands" | "resolve">,
): Promise<void> {
  const writing = Object.keys(command.flags).filter((flag) => command.flags[flag].writes);
  const written = writing.flatMap((flag) => textsOf(flags[flag]));
  const unsaid = Object.keys(command.flags)
    .filter((flag) => command.flags[flag].writes || command.flags[flag].secret);
  const tables = written.filter((path) => path.toLowerCase().endsWith(".arrow"));
  if (tables.length === 0) return;
  const texts = Object.keys(command.flags)
    .filter((flag) => command.flags[flag].kind.startsWith("text"))
    .flatMap((flag) => textsOf(flags[flag]));
  const files: Record<string, string> = {};
  for (const path of new Set([...operands, ...texts])) {
    if (written.includes(path)) continue;
    const digest = await digestOf(resolve(path));
    if (digest !== null) files[path] = digest;
  }
  const remembered: RememberedCommand = { name: command.name, args: without(unsaid, args), files };
  for (const path of tables) {
    const table = await loadTable(resolve(path));
    table.schema.metadata.set("command", JSON.stringify(remembered));
    await saveTable(resolve(path), table);
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
}

/** Arguments without flags that say what to write, and where, or by whose help. */
function without(unsaid: readonly string[], args: readonly string[]): readonly string[] {
  return args.filter((arg, at) => {
    const names = (text: string | undefined) => unsaid.some((flag) => text === `--${flag}`);
    return arg !== "--json" && arg !== "--force" && !names(arg.split("=")[0]) &&
      !names(args[at - 1]);
  });
}

async function digestOf(path: string): Promise<string | null> {
  try {
    if (!(await Deno.stat(path)).isFile) return null;
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
    return new Uint8Array(digest).toHex();
  } catch {
    // No file: a name of the zoo, a list, a choice.
    return null;
  }
}

/**
 * Runs the command line of a table again, into a table.
 *
 * @throws {UsageError} a file that it read is not there, or is another one now.
 */
export async function rerun(
  { name, args, files }: RememberedCommand,
  context: CommandContext,
): Promise<Table> {
  const { resolve, flags } = context;
  for (const [path, digest] of Object.entries(files)) {
    const found = await digestOf(resolve(path));
    if (found === digest) continue;
    throw new UsageError(
      found === null
        ? `${path}, which the record was made from, is not here: run this where it lies`
        : `${path} is another file than the record was made from: sha256 ${
          found.slice(0, 16)
        }..., ` +
          `then ${digest.slice(0, 16)}...`,
    );
  }
  const { commands, loadCommand } = await import("./commands.ts");
  if (!Object.hasOwn(commands, name)) {
    throw new UsageError(`there is no command "${name}" any more`);
  }
  const command = await loadCommand(name);
  const out = await Deno.makeTempFile({ suffix: ".arrow" });
  try {
    const budget = flags.budget === undefined || !("budget" in command.flags)
      ? args
      : [...withoutBudget(args), "--budget", String(flags.budget)];
    const parsed = parseFlags(command, [...budget, "--out", out]);
    await command.run({ ...context, ...parsed, print: () => {}, note: () => {} });
    return await loadTable(out);
  } finally {
    await Deno.remove(out).catch(() => {});
  }
}

function withoutBudget(args: readonly string[]): readonly string[] {
  return args.filter((arg, at) => !/^--budget(=|$)/.test(arg) && args[at - 1] !== "--budget");
}

/** What two tables of one command have in common, and what not. */
export interface RerunComparison {
  readonly reproduced: boolean;
  /** Where what does not depend on time differs, in words. */
  readonly differences: readonly string[];
  /** How long each row takes now, as a multiple of then; empty if nothing was timed. */
  readonly timeRatios: readonly { readonly row: string; readonly ratio: number }[];
  /** Whether both were timed on processors of one name, so that times are held to each other. */
  readonly sameProcessor: boolean;
}

const TIME = /(Ns|Ms|Seconds|PerS)$|^(speedup|samples|batch|outliers|clock)/;

/**
 * Compares two tables row by row: all that does not depend on time must be the same; on a processor
 * of the same name, times must be within `tolerance` of each other too.
 */
export function compareRuns(
  then: Table,
  now: Table,
  { tolerance }: { readonly tolerance: number },
): RerunComparison {
  const [before, after] = [tableToRows(then), tableToRows(now)];
  const isTimed = then.getChild("minNs") !== null;
  const isTime = (column: string) => TIME.test(column) || (isTimed && column.endsWith("Share"));
  const columns = (table: Table) => table.schema.fields.map(({ name }) => name);
  const exact = columns(then).filter((column) => !isTime(column));
  const differences = [
    ...before.length === after.length ? [] : [`${before.length} rows then, ${after.length} now`],
    ...exact.filter((column) => !columns(now).includes(column)).map((column) =>
      `column ${column} is gone`
    ),
  ];
  const timeRatios: { row: string; ratio: number }[] = [];
  for (const [at, row] of before.slice(0, after.length).entries()) {
    const name = nameOf(row, at);
    for (const column of exact) {
      const [a, b] = [row[column], after[at][column]];
      if (b === undefined || Object.is(a, b) || String(a) === String(b)) continue;
      differences.push(`${name}: ${column} ${brief(a)} then, ${brief(b)} now`);
    }
    if (typeof row.minNs === "number" && typeof after[at].minNs === "number") {
      timeRatios.push({ row: name, ratio: after[at].minNs / row.minNs });
    }
  }
  const processor = tableMetadata(then).cpuModel ?? null;
  const sameProcessor = processor !== null && processor === tableMetadata(now).cpuModel;
  const isWithin = ({ ratio }: { ratio: number }) => Math.max(ratio, 1 / ratio) <= 1 + tolerance;
  return {
    reproduced: differences.length === 0 && (!sameProcessor || timeRatios.every(isWithin)),
    differences,
    timeRatios,
    sameProcessor,
  };
}

const NAMES = ["kernel", "model", "optimization", "name", "operator", "device"];

function nameOf(row: Row, at: number): string {
  const name = NAMES.map((column) => row[column]).find((each) => typeof each === "string" && each);
  return name === undefined ? `row ${at}` : `row ${at}, ${name}`;
}

function brief(value: unknown): string {
  const text = String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

const mostDifferences = 8;

/** The comparison in words. */
export function rerunInWords(
  { name, args }: RememberedCommand,
  { reproduced, differences, timeRatios, sameProcessor }: RerunComparison,
): readonly string[] {
  const [fastest, slowest] = [
    timeRatios.reduce((a, b) => b.ratio < a.ratio ? b : a, timeRatios[0]),
    timeRatios.reduce((a, b) => b.ratio > a.ratio ? b : a, timeRatios[0]),
  ];
  const held = sameProcessor ? "" : "; on another processor they claim nothing";
  return [
    `Ran again: tinyloom ${[name, ...args].join(" ")}`,
    ...differences.slice(0, mostDifferences).map((each) => `different  ${each}`),
    ...differences.length > mostDifferences
      ? [`and ${differences.length - mostDifferences} more differences`]
      : [],
    ...timeRatios.length === 0 ? [] : [
      `Times by minima are ${formatRatio(fastest.ratio)} (${fastest.row}) to ` +
      `${formatRatio(slowest.ratio)} (${slowest.row}) those of then${held}.`,
    ],
    reproduced
      ? `Reproduced: all that does not depend on time is the same${
        timeRatios.length > 0 && sameProcessor ? ", and times agree" : ""
      }.`
      : differences.length > 0
      ? "Not reproduced."
      : "Not reproduced: all else is the same, but times are not.",
  ];
}
