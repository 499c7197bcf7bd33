import { columnsLeftOut, tableToText } from "../measure/print_table.ts";
import { columnNames } from "../measure/table_rows.ts";
import { namesThereAre } from "../nearest_name.ts";
import type { Table } from "../npm/arrow.ts";
import { type CommandContext, UsageError } from "./command.ts";
import { wrap } from "./wrap.ts";

/** Prints a table in the terminal's width, or with the columns that the flags ask for. */
export function printTable(
  { flags, width, print, note }: CommandContext,
  table: Table,
  { columns, importance }: {
    /** Those of the table that are shown without flags; all if left out. */
    readonly columns?: readonly string[];
    /** The most important first. */
    readonly importance?: readonly string[];
  } = {},
): void {
  const all = columnNames(table);
  const asked = flags.columns as string | undefined;
  if (asked !== undefined || flags.wide) {
    const chosen = asked === undefined ? columns ?? all : chosenColumns(asked, all);
    return print(tableToText(table, { columns: chosen }).trimEnd());
  }
  const view = { columns: columns ?? all, width, importance };
  print(tableToText(table, view).trimEnd());
  const missing = columnsLeftOut(table, view);
  if (missing.length > 0) note(wrap(`Not shown: ${missing.join(", ")} (--wide, --columns)`, width));
}

function chosenColumns(list: string, all: readonly string[]): readonly string[] {
  if (list === "all") return all;
  return list.split(",").map((name) => {
    const known = all.find((each) => each.toLowerCase() === name.trim().toLowerCase());
    if (known !== undefined) return known;
    throw new UsageError(`--columns: there is no "${name}"${namesThereAre(name.trim(), all)}`);
  });
}

/** Prints sentences, broken where the terminal ends. */
export function say({ flags, width, print }: CommandContext, text: string): void {
  print(flags.wide ? text : wrap(text, width));
}
