import type { Table } from "../npm/arrow.ts";
import { tableToText } from "../measure/table_to_text.ts";
import { verdicts } from "../measure/verdict.ts";
import type { CommandContext } from "./command.ts";
import { timingJson } from "./timing_json.ts";
import { type Result, writeResult } from "./write_table.ts";

/** Writes a timing record to the files of `--out`, then prints it: a table and verdicts, or JSON. */
export async function reportTimings(
  { flags, print, note, resolve }: CommandContext,
  { columns, ...result }: Omit<Result, "json"> & { readonly columns: readonly string[] },
): Promise<void> {
  const json = () => timingJson(result.table);
  for (const file of flags.out as readonly string[]) {
    await writeResult(resolve(file), { ...result, json });
    note(`wrote ${file}`);
  }
  if (flags.json) {
    print(JSON.stringify(json()));
    return;
  }
  print(tableToText(result.table as Table, { columns: [...columns] }));
  for (const verdict of verdicts(result.table)) print(verdict);
}
