import type { Step } from "../nest/nest.ts";

/** Times of schedules that are known from a file, for one problem on one machine. */
export interface TuningCache {
  /** Time of one run in ns, or undefined. */
  readonly get: (steps: readonly Step[]) => number | undefined;
  /** Appends a time to the file. */
  readonly add: (steps: readonly Step[], minNs: number) => Promise<void>;
}

const header = { format: "tinyloom tuning cache", schemaVersion: 1 } as const;

/**
 * Opens a cache file, which is made if there is none. It begins with a line that names the format;
 * then come lines that describe problems under a digest, and lines with a schedule's time. Lines of
 * other problems are left alone, so one file can be shared. Each line is appended in one write.
 *
 * @throws {TypeError} the file is something else, or a line is damaged; the file is not touched.
 */
export async function openTuningCache(path: string, problem: unknown): Promise<TuningCache> {
  const text = await readIfThere(path);
  const key = await digest(problem);
  const times = new Map<string, number>();
  let described = false;
  for (const [index, line] of linesOf(text, path).entries()) {
    const entry = parseLine(line, { path, number: index + 1 });
    if (entry.problem !== key) continue;
    if (entry.schedule === undefined) described = true;
    else times.set(JSON.stringify(entry.schedule), entry.minNs!);
  }
  if (text === "") await append(path, header);
  if (!described) await append(path, { problem: key, is: problem });
  return {
    get: (steps) => times.get(JSON.stringify(steps)),
    add: async (steps, minNs) => {
      times.set(JSON.stringify(steps), minNs);
      await append(path, { problem: key, schedule: steps, minNs });
    },
  };
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

function linesOf(text: string, path: string): readonly string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines[0] !== JSON.stringify(header)) {
    throw new TypeError(
      `"${path}" is no tuning cache: its first line must be ${JSON.stringify(header)}, ` +
        `found ${JSON.stringify(lines[0].slice(0, 80))}; name another file`,
    );
  }
  if (lines.pop() !== "") {
    throw damaged({ path, number: lines.length + 1 }, "it does not end");
  }
  return lines;
}

function parseLine(line: string, place: { path: string; number: number }): Line {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    throw damaged(place, "it is no JSON");
  }
  // Two processes may have begun the file at once.
  if (line === JSON.stringify(header)) return {};
  const { problem, schedule, is, minNs } = (entry ?? {}) as Record<string, unknown>;
  const describes = typeof is === "object" && schedule === undefined;
  const times = Array.isArray(schedule) && typeof minNs === "number" && minNs > 0;
  if (typeof problem !== "string" || !(describes || times)) {
    throw damaged(place, "it needs a problem, a schedule and a time above 0");
  }
  return entry as Line;
}

function damaged({ path, number }: { path: string; number: number }, why: string): TypeError {
  return new TypeError(
    `Line ${number} of the tuning cache "${path}" is damaged: ${why}; remove the line or the file`,
  );
}

async function digest(problem: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(problem));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.subarray(0, 12).toHex();
}
