import { checkOptions } from "../../check_arguments.ts";
import { uniformInt, xoroshiro128plus } from "../../npm/pure_rand.ts";
import { type Buffer, checkInteger } from "./buffers.ts";

type Column = "id" | "lower" | "upper" | "size" | "alignment" | "offset";

// Names that minimalloc accepts for a column; "end" is the last moment alive, one before "upper".
const columnNames: Readonly<Record<string, Column>> = {
  id: "id",
  buffer: "id",
  buffer_id: "id",
  lower: "lower",
  start: "lower",
  begin: "lower",
  upper: "upper",
  end: "upper",
  size: "size",
  alignment: "alignment",
  offset: "offset",
};

/**
 * Reads buffers from CSV in the format of minimalloc: a header with `id,lower,upper,size` and
 * optionally `alignment` and `offset`, in any order, then one buffer a line.
 *
 * Lifetimes are half-open, `[lower, upper)`; a column named `end` instead of `upper` holds the last
 * moment alive. Quoted fields, CRLF and blank lines are tolerated. Whether the buffers make sense
 * together is checked by whoever allocates them.
 *
 * Source: https://github.com/google/minimalloc, README and `src/converter.cc`.
 *
 * @throws {SyntaxError} with the line number if a line or the header is malformed.
 *
 * @example
 * ```ts
 * import { readBuffersCsv } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const buffers = readBuffersCsv("id,lower,upper,size\nb1,0,3,4\nb2,3,9,4\n");
 * assert.deepEqual(buffers[1], { id: "b2", from: 3, until: 9, sizeBytes: 4 });
 * ```
 *
 * @category Allocation
 */
export function readBuffersCsv(text: string): Buffer[] {
  if (typeof text !== "string") throw new TypeError(`text is ${typeof text}, must be a string`);
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)
    .map((content, i) => ({ content, number: i + 1 }))
    .filter(({ content }) => content.trim() !== "");
  if (lines.length === 0) {
    throw new SyntaxError('the text is empty; a header "id,lower,upper,size" is needed');
  }
  const names = fieldsOf(lines[0].content, lines[0].number).map((name) => name.toLowerCase());
  const columns = columnsOf(names, lines[0].number);
  const isLastMoment = names.includes("end");
  return lines.slice(1).map(({ content, number }) => {
    const fields = fieldsOf(content, number);
    if (fields.length !== names.length) {
      throw new SyntaxError(
        `line ${number} has ${fields.length} fields, the header has ${names.length}`,
      );
    }
    const integer = (column: Column) => integerOf(fields[columns.get(column)!], column, number);
    return {
      id: fields[columns.get("id")!],
      from: integer("lower"),
      until: integer("upper") + (isLastMoment ? 1 : 0),
      sizeBytes: integer("size"),
      ...(columns.has("alignment") ? { alignmentBytes: integer("alignment") } : {}),
      ...(columns.has("offset") ? { offsetBytes: integer("offset") } : {}),
    };
  });
}

function columnsOf(names: readonly string[], line: number): Map<Column, number> {
  const columns = new Map<Column, number>();
  names.forEach((name, i) => {
    if (!Object.hasOwn(columnNames, name)) {
      throw new SyntaxError(
        `line ${line}: unknown column "${name}"; known are ${Object.keys(columnNames).join(", ")}`,
      );
    }
    if (columns.has(columnNames[name])) {
      throw new SyntaxError(`line ${line}: column "${name}" occurs twice`);
    }
    columns.set(columnNames[name], i);
  });
  for (const needed of ["id", "lower", "upper", "size"] as const) {
    if (!columns.has(needed)) {
      throw new SyntaxError(
        `line ${line}: column "${needed}" is missing; found ${names.join(", ")}`,
      );
    }
  }
  return columns;
}

function integerOf(field: string, column: Column, line: number): number {
  const value = Number(field);
  if (!/^[+-]?\d+$/.test(field) || !Number.isSafeInteger(value)) {
    throw new SyntaxError(`line ${line}: ${column} is "${field}", must be an integer`);
  }
  return value;
}

/** Fields of one line; a field in double quotes may hold commas and doubled quotes. */
function fieldsOf(content: string, line: number): string[] {
  const fields: string[] = [];
  const field = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;
  for (let more = true; more;) {
    const match = field.exec(content);
    if (match === null) throw new SyntaxError(`line ${line}: misplaced quote in ${content}`);
    fields.push(match[1] === undefined ? match[2].trim() : match[1].replaceAll('""', '"'));
    more = match[3] === ",";
  }
  return fields;
}

/**
 * Writes buffers as CSV in the format of minimalloc; `alignment` and `offset` are columns where
 * every buffer has one.
 *
 * @throws {RangeError} if only some of the buffers have an alignment, or an offset: the format
 * cannot say that one is absent; or if an id holds a line break.
 *
 * @example
 * ```ts
 * import { allocate, writeBuffersCsv } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const plan = allocate([{ id: "b1", from: 0, until: 3, sizeBytes: 4 }]);
 * assert.equal(writeBuffersCsv(plan.buffers), "id,lower,upper,size,offset\nb1,0,3,4,0\n");
 * ```
 *
 * @category Allocation
 */
export function writeBuffersCsv(buffers: readonly Buffer[]): string {
  const optional = (["alignmentBytes", "offsetBytes"] as const).filter((field) => {
    const missing = buffers.filter((b) => b[field] === undefined);
    if (missing.length > 0 && missing.length < buffers.length) {
      throw new RangeError(
        `buffer "${missing[0].id}" has no ${field}, others have; all or none must`,
      );
    }
    return buffers.length > 0 && missing.length === 0;
  });
  const header = ["id", "lower", "upper", "size", ...optional.map((f) => f.replace("Bytes", ""))];
  const rows = buffers.map((b) =>
    [quoted(b.id), b.from, b.until, b.sizeBytes, ...optional.map((field) => b[field])].join(",")
  );
  return [header.join(","), ...rows].join("\n") + "\n";
}

function quoted(id: string): string {
  if (/[\r\n]/.test(id)) {
    throw new RangeError(`id ${JSON.stringify(id)} holds a line break; CSV lines cannot`);
  }
  return /[",]|^\s|\s$|^$/.test(id) ? `"${id.replaceAll('"', '""')}"` : id;
}

/**
 * Options of {@link guillotineInstance}.
 *
 * @category Allocation
 */
export interface GuillotineOptions {
  /** Moments the rectangle spans; 1,024 when absent. */
  readonly moments?: number;
  /** Height of the rectangle in units; 1,024 when absent. */
  readonly heightUnits?: number;
  /** Bytes per unit: every size is a multiple of it; 1,024 when absent. */
  readonly unitBytes?: number;
  /** Seed of the cuts and of the order; 1 when absent. */
  readonly seed?: number;
}

/**
 * A hard allocation problem with a known answer: a rectangle of time and memory, cut into `count`
 * buffers by random straight cuts and shuffled.
 *
 * The pieces fill the rectangle, so the load is the full height at every moment, and the optimum is
 * exactly `moments` wide and `heightUnits * unitBytes` high, with no byte to spare.
 *
 * @throws {RangeError} if the rectangle has fewer cells than `count`.
 *
 * @example
 * ```ts
 * import { allocate, guillotineInstance, lowerBound } from "tinyloom";
 * import assert from "node:assert/strict";
 *
 * const buffers = guillotineInstance(20, { heightUnits: 64, unitBytes: 16 });
 * assert.equal(lowerBound(buffers), 1024);
 * assert.equal(allocate(buffers).heightBytes, 1024);
 * ```
 *
 * @category Allocation
 */
export function guillotineInstance(count: number, options: GuillotineOptions = {}): Buffer[] {
  checkOptions("guillotineInstance", options, "moments heightUnits unitBytes seed");
  const { moments = 1024, heightUnits = 1024, unitBytes = 1024, seed = 1 } = options;
  checkInteger("count", count, 1);
  for (const [name, value] of Object.entries({ moments, heightUnits, unitBytes })) {
    checkInteger(name, value, 1);
  }
  checkInteger("seed", seed, 0);
  if (moments * heightUnits < count) {
    throw new RangeError(`${moments} x ${heightUnits} cells cannot be cut into ${count} pieces`);
  }
  const random = xoroshiro128plus(seed);
  const pieces = [{ from: 0, until: moments, height: heightUnits }];
  while (pieces.length < count) {
    // The larger of two picks, so that sizes spread over orders of magnitude without dust.
    const [i, j] = [0, 1].map(() => uniformInt(random, 0, pieces.length - 1));
    const area = (k: number) => (pieces[k].until - pieces[k].from) * pieces[k].height;
    const chosen = area(i) >= area(j) ? i : j;
    const { from, until, height } = pieces[chosen];
    const cutsInTime = until - from - 1;
    const cutsInMemory = height - 1;
    if (cutsInTime + cutsInMemory === 0) continue;
    const inTime = cutsInMemory === 0 || (cutsInTime > 0 && uniformInt(random, 0, 1) === 0);
    if (inTime) {
      const at = from + uniformInt(random, 1, cutsInTime);
      pieces[chosen] = { from, until: at, height };
      pieces.push({ from: at, until, height });
    } else {
      const at = uniformInt(random, 1, cutsInMemory);
      pieces[chosen] = { from, until, height: at };
      pieces.push({ from, until, height: height - at });
    }
  }
  for (let i = pieces.length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [pieces[i], pieces[j]] = [pieces[j], pieces[i]];
  }
  return pieces.map(({ from, until, height }, i) => ({
    id: `b${i}`,
    from,
    until,
    sizeBytes: height * unitBytes,
  }));
}
