import { cautions } from "../../measure/cautions.ts";
import { formatRatio } from "../../measure/format.ts";
import { loadTable } from "../../measure/table_file.ts";
import { tableMetadata } from "../../measure/table_rows.ts";
import { timingRows } from "../../measure/timing_row.ts";
import type { Table } from "../../npm/arrow.ts";
import { reproduce, type Reproduction } from "../../tune/reproduce.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { compareRuns, type RememberedCommand, rerun, rerunInWords } from "../rerun.ts";
import { progressText } from "../shared_flags.ts";
import { say } from "../terminal.ts";

/** `tinyloom reproduce TABLE.arrow`. */
export const command: Command = {
  name: "reproduce",
  details:
    "Timings of matmul, conv, bench and the log of tune: the schedules that the table holds run\n" +
    "again on the inputs of its seed, and their speed-ups are held to each other. Tables of other\n" +
    "commands: the same command line runs again on the same files; what does not depend on time\n" +
    "must be the same, times only on a processor of the same name.",
  operands: "TABLE.arrow",
  flags: {
    budget: {
      kind: "number",
      value: "SECONDS",
      about: "time for everything (default: as then)",
      least: 0.1,
    },
    tolerance: {
      kind: "number",
      value: "SHARE",
      about: "difference that counts as the same (default: 0.05 where intervals do not overlap, " +
        "0.25 where there are none)",
    },
    candidates: {
      kind: "integer",
      value: "N",
      about: "how many of the fastest of a tuning to run",
      default: 5,
      least: 1,
    },
    json: { kind: "boolean", about: "one JSON object on standard output" },
  },
  examples: ["reproduce matmul.arrow", "reproduce profile.arrow --budget 10 --json"],
  permissions: { write: "what runs again", records: true },
  run: async (context) => {
    const { flags, operands, print, resolve, progress, signal } = context;
    if (operands.length !== 1) {
      throw new UsageError(`reproduce needs one table, TABLE.arrow; found ${operands.length}`);
    }
    const table = await loadTable(resolve(operands[0]));
    const metadata = tableMetadata(table);
    const tolerance = flags.tolerance as number | undefined;
    const remembered = metadata.command as RememberedCommand | undefined;
    const isLog = table.getChild("origin") !== null && table.getChild("schedule") !== null;
    if (metadata.recipe === undefined && !isLog) {
      if (remembered === undefined) {
        throw new UsageError(
          `${operands[0]} does not carry what a repeat needs: neither schedules with what they ` +
            "compute, nor a command line; tables that `tinyloom COMMAND --out` writes now do",
        );
      }
      return await commandAgain(table, remembered, context);
    }
    const reproduction = await reproduce(table, {
      signal,
      candidates: flags.candidates as number,
      ...(tolerance !== undefined && { tolerance, singleTolerance: tolerance }),
      ...(flags.budget !== undefined && { budgetMs: 1000 * (flags.budget as number) }),
      onProgress: (now) => progress(progressText(now)),
    }).catch((error) => {
      throw error instanceof TypeError
        ? new UsageError(`${operands[0]}: ${error.message}`, { cause: error })
        : error;
    });
    const { comparison, changed } = reproduction;
    if (flags.json) print(JSON.stringify({ schemaVersion: 1, ...comparison, changed }));
    else for (const line of inWords(reproduction)) say(context, line);
    return comparison.reproduced ? 0 : 1;
  },
};

async function commandAgain(
  then: Table,
  remembered: RememberedCommand,
  context: CommandContext,
): Promise<number> {
  const { flags, print } = context;
  const now = await rerun(remembered, context);
  const comparison = compareRuns(then, now, {
    tolerance: (flags.tolerance as number | undefined) ?? 0.25,
  });
  if (flags.json) print(JSON.stringify({ schemaVersion: 1, command: remembered, ...comparison }));
  else {
    for (const line of rerunInWords(remembered, comparison)) say(context, line);
    for (const line of [...differing(then, now), ...cautions(now)]) say(context, line);
  }
  return comparison.reproduced ? 0 : 1;
}

function inWords({ then, now, comparison, changed }: Reproduction): readonly string[] {
  const [before, after] = [timingRows(then), timingRows(now)];
  const ratios = before.flatMap((row) => {
    const twin = after.find(({ kernel, shape, dtype, threads }) =>
      kernel === row.kernel && shape === row.shape && dtype === row.dtype && threads === row.threads
    );
    return twin === undefined ? [] : [twin.minNs / row.minNs];
  });
  const shapes = [...new Set(before.map(({ shape }) => shape))];
  return [
    `Ran again: ${before.length} ${before.length === 1 ? "schedule" : "schedules"} of ${
      shapes.join(", ")
    }, seed ${tableMetadata(now).seed}`,
    ...comparison.rows.map(({ reproduced, kernel, reason }) =>
      `${reproduced ? "same     " : "different"}  ${kernel}: ${reason}`
    ),
    ...changed.length === 0 ? [] : [
      `This version makes other schedules for ${changed.join(", ")}; they ran as they are now.`,
    ],
    comparison.summary,
    ...ratios.length === 0 ? [] : [
      `Times by minima are ${formatRatio(Math.min(...ratios))} to ` +
      `${formatRatio(Math.max(...ratios))} those of then.`,
    ],
    ...differing(then, now),
    ...cautions(now),
  ];
}

const CIRCUMSTANCES = ["cpuModel", "cores", "os", "deno", "v8", "v8Flags", "gitCommit"] as const;

/** What the record was made on and with, where that is known and differs. */
function differing(then: Table, now: Table): readonly string[] {
  const [a, b] = [tableMetadata(then), tableMetadata(now)];
  const other = CIRCUMSTANCES.filter((name) =>
    a[name] !== undefined && JSON.stringify(a[name]) !== JSON.stringify(b[name])
  );
  if (other.length === 0) return [];
  const list = other.map((name) => `${name} ${a[name] ?? "unknown"}, now ${b[name] ?? "unknown"}`);
  return [`The circumstances differ: ${list.join("; ")}.`];
}
