import { reportHtml } from "../../chart/report_html.ts";
import {
  anyType,
  operatorCoverage,
  operatorTable,
  shortTypes,
} from "../../engine/operator_table.ts";
import { tableToText } from "../../measure/print_table.ts";
import { tableFromRows } from "../../measure/table_from_rows.ts";
import { type Command, UsageError } from "../command.ts";
import { outputFormat, writeResult } from "../write_result.ts";

/** `tinyloom operators`. */
export const command: Command = {
  name: "operators",
  details:
    "Types are those of an operator's data: f32 is float32, i8 int8, u8 uint8. All listed are " +
    "read from TFLite files, run by the reference interpreter and by the engine, and written as C.",
  operands: "",
  flags: {
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "texts",
      writes: true,
      value: "FILE",
      about: "also write .arrow .csv .json .html or .md, a row for each type; may be repeated",
    },
  },
  examples: ["operators", "operators --json", "operators --out operators.csv"],
  permissions: { write: "--out" },
  run: async ({ flags, operands, print, note, resolve }) => {
    if (operands.length > 0) throw new UsageError(`operators takes no ${operands[0]}`);
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file, ["arrow", "csv", "json", "html", "md"]);
    const json = () => ({ schemaVersion: 1, operators: operatorCoverage() });
    const table = operatorTable();
    const html = () =>
      reportHtml({ title: "Operators", summary: "", sections: [{ title: "Operators", table }] });
    for (const file of files) {
      await writeResult(resolve(file), { table, json, html });
      note(`wrote ${file}`);
    }
    if (flags.json) print(JSON.stringify(json()));
    else print(inWords());
    return 0;
  },
};

/** A line for each operator, within 80 columns. */
function inWords(): string {
  const all = operatorCoverage();
  const rows = all.map(({ operator, types, planned, vectors, dsp, helium }) => ({
    operator,
    types: shortTypes(types) || null,
    planned: planned?.replace(", view", "+").replace("in place, ", ""),
    kernels: [vectors && "v", dsp && "d", helium && "h"].filter(Boolean).join(" "),
  }));
  return tableToText(tableFromRows(rows)) + [
    `${all.length} operators; all are read, run by reference and engine, and written as C`,
    `types: any is ${anyType()}`,
    "planned: in place lies over its input, and so may rolling (but MEAN), which can",
    "also run row by row in a segment; view moves no bytes, and neither does",
    "in place+ where what it moves lies in one piece on both sides",
    "kernels: v with vectors; d, h C of its own for DSP extensions and for Helium",
  ].join("\n");
}
