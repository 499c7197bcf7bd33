import { compare } from "../../measure/compare.ts";
import { loadTable } from "../../measure/table_file.ts";
import { type Command, UsageError } from "../command.ts";
import { say } from "../terminal.ts";

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
  },
  examples: ["compare monday.arrow tuesday.arrow"],
  run: async (context) => {
    const { flags, operands, print, resolve } = context;
    if (operands.length !== 2) {
      throw new UsageError(`compare needs two records, found ${operands.length}`);
    }
    const [a, b] = await Promise.all(operands.map((path) => loadTable(resolve(path))));
    const result = compare(a, b, { tolerance: flags.tolerance as number });
    if (flags.json) {
      print(JSON.stringify({ schemaVersion: 1, ...result }));
    } else {
      for (const row of result.rows) {
        say(context, `${row.reproduced ? "same     " : "different"}  ${row.kernel}: ${row.reason}`);
      }
      say(context, result.summary);
      if (result.differing.length > 0) {
        say(context, `The circumstances differ in ${result.differing.join(", ")}.`);
      }
    }
    return result.reproduced ? 0 : 1;
  },
};
