import { chartSpeedup } from "../../chart/chart_speedup.ts";
import { type Report, reportHtml } from "../../chart/report_html.ts";
import { compare, type Comparison } from "../../measure/compare.ts";
import { loadTable } from "../../measure/table_file.ts";
import { tableFromRows } from "../../measure/table_from_rows.ts";
import { tableMetadata } from "../../measure/table_rows.ts";
import { timingRows } from "../../measure/timing_row.ts";
import type { Table } from "../../npm/arrow.ts";
import { type Command, UsageError } from "../command.ts";
import { say } from "../terminal.ts";
import { outputFormat, writeResult } from "../write_result.ts";

/** `tinyloom compare A.arrow B.arrow`. */
export const command: Command = {
  name: "compare",
  operands: "A.arrow B.arrow",
  flags: {
    tolerance: {
      kind: "number",
      value: "SHARE",
      about: "difference that counts as the same where intervals do not overlap",
      default: 0.05,
    },
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "texts",
      writes: true,
      value: "FILE",
      about: "also write .html .json .csv .arrow or .md; may be repeated",
    },
  },
  examples: [
    "compare monday.arrow tuesday.arrow",
    "compare monday.arrow tuesday.arrow --out compared.html",
  ],
  permissions: { write: "--out" },
  run: async (context) => {
    const { flags, operands, print, note, resolve } = context;
    const files = flags.out as readonly string[];
    for (const file of files) outputFormat(file, ["html", "json", "csv", "arrow", "md"]);
    if (operands.length !== 2) {
      throw new UsageError(`compare needs two records, found ${operands.length}`);
    }
    // One after the other, so that of two files that are missing it is always the first that is named.
    const a = await loadTable(resolve(operands[0]));
    const b = await loadTable(resolve(operands[1]));
    const result = compare(a, b, { tolerance: flags.tolerance as number });
    const json = () => ({ schemaVersion: 1, ...result });
    for (const file of files) {
      await writeResult(resolve(file), {
        table: tableFromRows(result.rows),
        json,
        html: () => reportHtml(report(result, { names: operands, records: [a, b] })),
      });
      note(`wrote ${file}`);
    }
    if (flags.json) {
      print(JSON.stringify(json()));
    } else {
      for (const row of result.rows) {
        say(context, `${row.reproduced ? "same     " : "different"}  ${row.kernel}: ${row.reason}`);
      }
      say(context, result.summary);
      for (const line of circumstances(result)) say(context, line);
    }
    return result.reproduced ? 0 : 1;
  },
};

function circumstances({ differing }: Comparison): readonly string[] {
  return differing.length === 0 ? [] : [`The circumstances differ in ${differing.join(", ")}.`];
}

function report(
  result: Comparison,
  { names, records }: { readonly names: readonly string[]; readonly records: readonly Table[] },
): Report {
  const charts = records.flatMap((record, index) =>
    timingRows(record).some(({ speedup }) => speedup !== null)
      ? [chartSpeedup(record, { title: `${"AB"[index]}: ${names[index]}` })]
      : []
  );
  const missing = [
    ...result.missingInA.map((name) => `Only ${names[1]} has ${name}.`),
    ...result.missingInB.map((name) => `Only ${names[0]} has ${name}.`),
  ];
  return {
    title: `${names[1]} against ${names[0]}`,
    summary: result.summary,
    sections: [
      {
        title: "Speed-ups",
        verdicts: [
          ...result.rows.map(({ kernel, reproduced, reason }) =>
            `${reproduced ? "same" : "different"}: ${kernel}: ${reason}`
          ),
          ...missing,
          ...circumstances(result),
        ],
        charts,
        table: tableFromRows(result.rows),
      },
    ],
    environment: Object.fromEntries(
      records.flatMap((record, index) =>
        Object.entries(tableMetadata(record)).map((
          [key, value],
        ) => [`${"AB"[index]} ${key}`, value])
      ),
    ),
  };
}
