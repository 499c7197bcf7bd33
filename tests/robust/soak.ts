/**
 * Hours of what runs for hours: two engines take turns on two threads, each now and then made anew,
 * and beside them a search on two threads whose process is killed every ten seconds and goes on from
 * its state. No byte may be wrong, memory has to stay flat, and no process may be left.
 *
 * Run: deno task soak MINUTES
 */
import {
  type ConstantArray,
  createEngine,
  createPool,
  type Engine,
  type Model,
  randomFrame,
  run,
  runReference,
  zoo,
} from "tinyloom";

const minutes = Number(Deno.args[0] ?? 60);
if (!(minutes > 0)) {
  console.error(`MINUTES is ${Deno.args[0]}, needed a number above 0`);
  Deno.exit(2);
}
const endMs = performance.now() + minutes * 60_000;
const KILL_MS = 10_000;
/** In a run as long as this a search has to have come to its end, however busy the machine is. */
const SEARCH_MINUTES = 60;
const SAMPLE_MS = 1000;
/** What is left out of the slope: until then code is compiled and heaps take their sizes. */
const WARM_UP = 1 / 3;
/** The collector makes memory go up and down, by about 50 MiB here: its floor is what counts. */
const FLOOR_MINUTES = 0.25;
/** Bytes a minute up to which that floor counts as flat, or that much in all in a short run. */
const FLAT_BYTES = 2 ** 20;
const SWING_BYTES = 2 ** 24;
const MAIN = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const faults: string[] = [];

/** What of this process's memory is in use, and what the system has given it. */
interface Sample {
  readonly minute: number;
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
}

const memory: Sample[] = [];
const startMs = performance.now();
const sampler = setInterval(() => {
  const { rss, heapUsed: heap, external } = Deno.memoryUsage();
  memory.push({ minute: (performance.now() - startMs) / 60_000, rss, heap, external });
}, SAMPLE_MS);
const [runs, searches] = await Promise.all([soakEngines(), soakSearch()]);
clearInterval(sampler);

const warm = memory.filter(({ minute }) => minute >= WARM_UP * minutes);
const flatBytes = Math.max(FLAT_BYTES, SWING_BYTES / ((1 - WARM_UP) * minutes));
const slopes = (["rss", "heap", "external"] as const).map((role) => {
  const floor = floorOf(warm, role);
  return { role, slope: slopeOf(floor), from: floor[0]?.bytes ?? 0, to: floor.at(-1)?.bytes ?? 0 };
});
for (const { role, slope } of slopes) {
  if (slope > flatBytes) faults.push(`memory grew: ${role} by ${mebibytes(slope)} a minute`);
}
if (minutes >= SEARCH_MINUTES && searches.finished === 0) faults.push("no search came to its end");
const left = childrenOf(Deno.pid);
if (left.length > 0) faults.push(`processes left: ${left.join(", ")}`);
console.log(
  `${minutes} minutes: ${runs.runs} runs of two engines on two threads, made anew ${runs.made} times; ` +
    `${searches.finished} searches, killed ${searches.killed} times`,
);
console.log(
  `memory after ${(WARM_UP * minutes).toFixed(1)} minutes, by its floor, flat up to ${
    mebibytes(flatBytes)
  } a minute:`,
);
for (const { role, slope, from, to } of slopes) {
  console.log(`  ${role}: ${mebibytes(from)} to ${mebibytes(to)}, ${mebibytes(slope)} a minute`);
}
for (const fault of faults) console.log(fault);
console.log(faults.length === 0 ? "right" : `${faults.length} faults`);
Deno.exit(faults.length === 0 ? 0 : 1);

interface Subject {
  readonly model: Model;
  readonly frames: readonly (readonly ConstantArray[])[];
  readonly right: readonly string[];
  engine: Engine;
}

/** Runs two engines in turn on one pool; every hundredth time an engine is made anew. */
async function soakEngines(): Promise<{ readonly runs: number; readonly made: number }> {
  using pool = createPool(2);
  const subjects = [zoo("mlperf-tiny-kws"), zoo("mlperf-tiny-ad")].map((model): Subject => {
    const frames = [1, 2, 3, 4].map((seed) => randomFrame(model, { seed }));
    const right = frames.map((frame) => String(runReference(model, frame).outputs));
    return { model, frames, right, engine: createEngine(model, { pool }) };
  });
  let [runs, made] = [0, 0];
  while (performance.now() < endMs && faults.length < 10) {
    const subject = subjects[runs % 2];
    const frame = (runs >> 1) % subject.frames.length;
    const found = String(run(subject.engine, subject.frames[frame]));
    if (found !== subject.right[frame]) faults.push(`run ${runs}: wrong bytes of frame ${frame}`);
    if (++runs % 100 > 1) continue;
    subject.engine[Symbol.dispose]();
    subject.engine = createEngine(subject.model, { pool });
    made++;
    // The search's turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (const { engine } of subjects) engine[Symbol.dispose]();
  return { runs, made };
}

/** Searches until the end, killed again and again; every result is to be that of the first, undisturbed one. */
async function soakSearch(): Promise<{ readonly finished: number; readonly killed: number }> {
  const folder = await Deno.makeTempDir();
  const state = `${folder}/state.json`;
  try {
    const right = resultOf((await search(state, Infinity))!);
    let [finished, killed] = [0, 0];
    await Deno.remove(state);
    let [patience, before] = [1, ""];
    while (performance.now() < endMs) {
      const mostMs = patience * KILL_MS;
      const text = await search(state, Math.min(mostMs, endMs - performance.now()));
      if (text === null) {
        killed++;
        // On a busy machine not even the first generation may be done by then.
        const after = await Deno.readTextFile(state).catch(() => "");
        if (after === before) patience *= 2;
        before = after;
        continue;
      }
      [patience, before] = [1, ""];
      finished++;
      if (resultOf(text) !== right) faults.push(`search ${finished}: another result`);
      await Deno.remove(state);
    }
    return { finished, killed };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a search prints; null if it was killed. */
async function search(state: string, mostMs: number): Promise<string | null> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--config", CONFIG, MAIN, "search", "--device", "nano33ble"],
      ...["--samples", "20", "--population", "16", "--generations", "30", "--seed", "7"],
      ...["--workers", "2", "--resume", state, "--json"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let isKilled = false;
  const timer = mostMs === Infinity ? undefined : setTimeout(() => {
    isKilled = true;
    child.kill("SIGKILL");
  }, mostMs);
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  if (success) return new TextDecoder().decode(stdout);
  if (!isKilled) faults.push(`the search fails: ${new TextDecoder().decode(stderr)}`);
  return null;
}

function resultOf(text: string): string {
  const { best, pareto } = JSON.parse(text);
  return JSON.stringify({ best, pareto });
}

interface Floor {
  readonly minute: number;
  readonly bytes: number;
}

/** The least of each quarter of a minute. */
function floorOf(samples: readonly Sample[], role: "rss" | "heap" | "external"): readonly Floor[] {
  const least = new Map<number, number>();
  for (const sample of samples) {
    const part = Math.floor(sample.minute / FLOOR_MINUTES);
    least.set(part, Math.min(least.get(part) ?? Infinity, sample[role]));
  }
  return [...least].map(([part, bytes]) => ({ minute: (part + 0.5) * FLOOR_MINUTES, bytes }));
}

/** Bytes a minute, by least squares. */
function slopeOf(floor: readonly Floor[]): number {
  const mean = (of: (each: Floor) => number) =>
    floor.reduce((sum, each) => sum + of(each), 0) / floor.length;
  const [minute, bytes] = [mean((each) => each.minute), mean((each) => each.bytes)];
  const along = mean((each) => (each.minute - minute) ** 2);
  return along > 0 ? mean((each) => (each.minute - minute) * (each.bytes - bytes)) / along : 0;
}

/** Processes whose parent is this one, where the system says so in files. */
function childrenOf(parent: number): readonly string[] {
  try {
    return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).flatMap(
      ({ name }) => {
        try {
          const status = Deno.readTextFileSync(`/proc/${name}/status`);
          return status.includes(`\nPPid:\t${parent}\n`) ? [name] : [];
        } catch {
          // It has ended meanwhile.
          return [];
        }
      },
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}
