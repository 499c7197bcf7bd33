import { writeWhole } from "../../measure/table_file.ts";
import { allocate } from "../../plan/allocate/allocate.ts";
import { readBuffersCsv, writeBuffersCsv } from "../../plan/allocate/instances.ts";
import { type Command, UsageError } from "../command.ts";
import { readInput } from "../input_file.ts";
import { outputFormat } from "../write_result.ts";

/** `tinyloom allocate FILE.csv`. */
export const command: Command = {
  name: "allocate",
  operands: "FILE.csv",
  flags: {
    capacity: {
      kind: "size",
      value: "BYTES",
      about: "whether they fit in this much; exit code 1 if not (default: as low as possible)",
    },
    alignment: { kind: "integer", value: "N", about: "of every offset", default: 1, least: 1 },
    "time-limit": {
      kind: "number",
      value: "SECONDS",
      about: "time after which the best so far is the answer",
      default: 60,
    },
    seed: { kind: "integer", value: "N", about: "of the search", default: 1 },
    json: { kind: "boolean", about: "one JSON object on standard output" },
    out: {
      kind: "text",
      writes: true,
      value: "FILE.csv",
      about: "write the buffers with their offsets",
    },
  },
  examples: ["allocate buffers.csv", "allocate A.1048576.csv --capacity 1048576 --out placed.csv"],
  permissions: { write: "--out" },
  run: async ({ flags, operands, print, note, resolve, signal }) => {
    if (operands.length !== 1) {
      throw new UsageError(`allocate needs one file, found ${operands.length}`);
    }
    if (flags.out !== undefined) outputFormat(flags.out as string, ["csv"]);
    const { read, hasGaps } = await readInput(operands[0], { resolve }, (text) => ({
      read: readBuffersCsv(text),
      hasGaps: /^\uFEFF?[^\r\n]*\bgaps\b/i.test(text),
    }));
    if (hasGaps) note("buffers keep their bytes through their gaps: less memory may be possible");
    const buffers = read.map(({ offsetBytes: _, ...buffer }) => buffer);
    const capacity = flags.capacity as number | undefined;
    const allocation = allocate(buffers, {
      ...(capacity !== undefined && { capacity }),
      alignmentBytes: flags.alignment as number,
      timeLimitMs: 1000 * (flags["time-limit"] as number),
      seed: flags.seed as number,
      signal,
    });
    if (flags.out !== undefined) {
      await writeWhole(resolve(flags.out as string), writeBuffersCsv(allocation.buffers));
      note(`wrote ${flags.out}`);
    }
    if (flags.json) {
      print(JSON.stringify({ schemaVersion: 1, capacity: capacity ?? null, ...allocation }));
    } else {
      const { heightBytes, lowerBoundBytes, optimal, fits, method, timeMs } = allocation;
      const proof = optimal
        ? `optimal${hasGaps ? " without gaps" : ""}`
        : `lower bound ${lowerBoundBytes} B`;
      print(
        `${buffers.length} buffers in ${heightBytes} B (${proof}), by ${method}, ${
          timeMs.toFixed(0)
        } ms`,
      );
      if (capacity !== undefined) {
        print(
          fits
            ? `fits in ${capacity} B`
            : lowerBoundBytes > capacity
            ? `does not fit: at least ${lowerBoundBytes} B > ${capacity} B`
            : `no allocation within ${capacity} B was found in the time given`,
        );
      }
    }
    return allocation.fits ? 0 : 1;
  },
};
