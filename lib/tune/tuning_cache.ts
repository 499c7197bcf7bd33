import { form, positive, readForm, record, text } from "../form.ts";
import { lockFile } from "../measure/file_lock.ts";
import { writeWhole } from "../measure/table_file.ts";
import type { Step } from "../nest/nest.ts";
import { scheduleForm } from "../schedule/apply_steps.ts";

/** Times of schedules that are known from a file, for one problem on one machine. */
export interface TuningCache extends Disposable {
  /** What the caller should know of the file; empty if nothing. */
  readonly notes: readonly string[];
  /** Time of one run in ns, or undefined. */
  readonly get: (steps: readonly Step[]) => number | undefined;
  /** Appends a time to the file. */
  readonly add: (steps: readonly Step[], minNs: number) => Promise<void>;
}

const header = { format: "tinyloom tuning cache", schemaVersion: 1 } as const;

/**
 * Opens a cache file, which is made if there is none. It begins with a line that names the format;
 * then come lines that describe problems under a digest, and lines with a schedule's time. Lines of
 * other problems are left alone, so one file can be shared, by one process at a time. Each line is
 * appended in one write; half a line at the end, which a process that was killed left, is dropped.
 *
 * @throws {FileInUseError} another process is writing the file.
 * @throws {TypeError} the file is something else, or a line is damaged; the file is not touched.
 */
export async function openTuningCache(path: string, problem: unknown): Promise<TuningCache> {
  const lock = await lockFile(path);
  try {
    const { lines, torn } = linesOf(await readIfThere(path), path);
    const key = await digest(problem);
    const times = new Map<string, number>();
    let described = false;
    for (const [index, line] of lines.entries()) {
      const entry = parseLine(line, { path, number: index + 1 });
      if (entry.problem !== key) continue;
      if (entry.schedule === undefined) described = true;
      else times.set(JSON.stringify(entry.schedule), entry.minNs!);
    }
    if (torn !== "") await writeWhole(path, lines.map((line) => `${line}\n`).join(""));
    if (lines.length === 0) await append(path, header);
    if (!described) await append(path, { problem: key, is: problem });
    return {
      notes: torn === "" ? [] : [
        `the last line of "${path}" was cut off after ${torn.length} characters and is dropped`,
      ],
      get: (steps) => times.get(JSON.stringify(steps)),
      add: async (steps, minNs) => {
        times.set(JSON.stringify(steps), minNs);
        await append(path, { problem: key, schedule: steps, minNs });
      },
      [Symbol.dispose]: () => lock[Symbol.dispose](),
    };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

interface Line {
  readonly problem?: string;
  readonly schedule?: readonly Step[];
  readonly minNs?: number;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

async function append(path: string, line: unknown): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(line) + "\n", { append: true });
}

/** Whole lines, and what was written of one more. */
function linesOf(
  text: string,
  path: string,
): { readonly lines: readonly string[]; readonly torn: string } {
  const lines = text.split("\n");
  const torn = lines.pop()!;
  const first = JSON.stringify(header);
  const isTornAtOnce = lines.length === 0 &&
    (torn === "" || (torn.length >= 20 && first.startsWith(torn)));
  if (!isTornAtOnce && lines[0] !== first) {
    throw new TypeError(
      `"${path}" is no tuning cache: its first line must be ${first}, ` +
        `found ${JSON.stringify(text.split("\n")[0].slice(0, 80))}; name another file`,
    );
  }
  return { lines, torn };
}

const isObject = form((value) => typeof value === "object" && value !== null, "an object");
const description = record({ problem: text, is: isObject });
const time = record({ problem: text, schedule: scheduleForm, minNs: positive });

function parseLine(line: string, { path, number }: { path: string; number: number }): Line {
  // Two processes may have begun the file at once.
  if (line === JSON.stringify(header)) return {};
  try {
    return readForm<Line>(line, {
      kind: "a problem or a time",
      form: (value, at) => (Object.hasOwn(Object(value), "is") ? description : time)(value, at),
    });
  } catch (error) {
    throw new TypeError(
      `Line ${number} of the tuning cache "${path}" is damaged: ${(error as Error).message}; ` +
        "remove the line or the file",
      { cause: error },
    );
  }
}

async function digest(problem: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(problem));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.subarray(0, 12).toHex();
}
