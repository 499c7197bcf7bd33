/**
 * Random and damaged things through everything that takes them, under a watchdog:
 *
 * - `models`: damaged files are read, planned, validated and run with checks beside the reference
 * - `plans`: edited plans are refused, or give the right bytes
 * - `graphs`: random graphs are planned in all ways, validly, and run as the reference does
 * - `code`: random graphs as C under sanitizers give the bytes that WebAssembly and the reference give
 * - `schedules`: random schedules compute what the interpreter does, as JavaScript, on one thread and two
 * - `native`: the same schedules as C, fifty in a program under sanitizers
 * - `inputs`: damaged pictures, arrays, sounds and tables are read or refused
 * - `bounds`: no plan and no allocation is below its bound, and none below one that says it is optimal
 * - `operators`: reference and engine refuse an operator in the same words, or give the same bytes
 * - `unknown`: operators with extents that are not known are checked and counted without them
 *
 * Run: deno task fuzz [KIND ...] --count 10000 --seed 1 [--from N] [--resume] [--out DIR] [--nats URL]
 *      deno task fuzz KIND --case FILE
 *
 * Without kinds all of them run, without `--count` as many of each as make up a night. What fails is
 * made smaller and written to DIR (default: out/fuzz), and `--case` tries it again. How far a run of a
 * seed has come stands in DIR/state.json: `--resume` goes on there. The exit code is 1 if any case fails.
 *
 * With --nats (and NATS_TOKEN and others in the environment, as `tinyloom worker --help` tells) the cases
 * are tried on as many machines as do `deno task tinyloom worker --nats URL --tasks tests/fuzz/tasks.ts`.
 */
import { codeVersion, connectWorkers, NatsError } from "tinyloom";
import { loginOf } from "../../lib/cli/machines.ts";
import { scriptFlags } from "../script_flags.ts";
import type { Case, Kind } from "./case.ts";
import { kinds } from "./kinds.ts";
import { minimise, signatureOf } from "./minimise.ts";
import { type FuzzReport, type FuzzTask, MOST_MS, runCases } from "./run_cases.ts";
import { type Failure, watch } from "./watched_worker.ts";

const MINIMISE_MS = 30_000;
/** By how much more time a case gets that seems to hang. */
const PATIENCE = 8;
/** Cases between two states that are written. */
const STEP = 500;
/** Cases that another machine gets at a time, and tasks between two states. */
const CASES_AT_ONCE = 100;
const TASKS_AT_ONCE = 100;

/** What has come out of one kind and seed so far. */
interface Progress {
  next: number;
  readonly outcomes: Record<string, number>;
  readonly failures: string[];
  slowestMs: number;
  largestRss: number;
}

const { values: flags, positionals } = scriptFlags({
  script: import.meta.url,
  options: {
    count: { type: "string" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
    out: { type: "string", default: "out/fuzz" },
    case: { type: "string" },
    nats: { type: "string" },
    "nats-creds": { type: "string" },
    resume: { type: "boolean", default: false },
  },
  numbers: ["count", "seed", "from"],
});
const chosen = positionals.length > 0 ? positionals : Object.keys(kinds);
const stray = chosen.find((kind) => !Object.hasOwn(kinds, kind));
if (stray !== undefined) {
  console.error(`There is no fuzz "${stray}", only ${Object.keys(kinds).join(", ")}`);
  Deno.exit(2);
}
const seed = Number(flags.seed);
const out = flags.out;
const statePath = `${out}/state.json`;
const states = readStates();
using watched = watch();
const machines = await connected();
const isRight = flags.case === undefined ? await runAll() : await repeat(flags.case);
await machines?.[Symbol.asyncDispose]();
Deno.exit(isRight ? 0 : 1);

async function runAll(): Promise<boolean> {
  let [tried, failed] = [0, 0];
  for (const name of chosen) {
    const progress = await runKind(name, await kinds[name]());
    tried += Object.values(progress.outcomes).reduce((sum, count) => sum + count, 0);
    failed += progress.failures.length;
  }
  console.log(`${tried} passed, ${failed} failed`);
  return failed === 0;
}

async function runKind(name: string, kind: Kind): Promise<Progress> {
  const key = `${name} ${seed}`;
  const start = { outcomes: {}, failures: [], slowestMs: 0, largestRss: 0 };
  const progress: Progress = flags.resume && states[key] !== undefined
    ? states[key]
    : { next: Number(flags.from), ...start };
  states[key] = progress;
  const count = Number(flags.count ?? kind.night);
  while (progress.next < count) {
    const step = machines === undefined ? STEP : CASES_AT_ONCE * TASKS_AT_ONCE;
    const until = Math.min(count, progress.next + step);
    const reports = await reportsOf({ kind: "fuzz", what: name, from: progress.next, until, seed });
    progress.next = until;
    for (const { outcomes, slowestMs, largestRss } of reports) {
      for (const [outcome, n] of Object.entries(outcomes)) {
        progress.outcomes[outcome] = (progress.outcomes[outcome] ?? 0) + n;
      }
      progress.slowestMs = Math.max(progress.slowestMs, slowestMs);
      progress.largestRss = Math.max(progress.largestRss, largestRss);
    }
    for (const failure of reports.flatMap(({ failures }) => failures)) {
      if (await isMerelySlow({ name, kind }, failure)) {
        progress.outcomes.slow = (progress.outcomes.slow ?? 0) + 1;
      } else progress.failures.push(await report({ name, kind }, failure));
    }
    writeStates();
  }
  const { outcomes, slowestMs, largestRss } = progress;
  console.log(
    `${key.replace(" ", ", seed ")}: ` +
      Object.entries(outcomes).map(([outcome, n]) => `${n} ${outcome}`).join(", ") +
      `; slowest ${slowestMs.toFixed(0)} ms, at most ${(largestRss / 2 ** 20).toFixed(0)} MiB`,
  );
  return progress;
}

/** How cases end, here or on other machines. */
async function reportsOf(whole: FuzzTask): Promise<readonly FuzzReport[]> {
  if (machines === undefined) return [await runCases(whole, watched)];
  const { from, until } = whole;
  const tasks = Array.from({ length: Math.ceil((until - from) / CASES_AT_ONCE) }, (_, i) => {
    const first = from + i * CASES_AT_ONCE;
    return { ...whole, from: first, until: Math.min(until, first + CASES_AT_ONCE) };
  });
  return await machines.run<FuzzReport>(tasks);
}

/** The machines behind --nats. */
async function connected() {
  try {
    const login = await loginOf({
      flags,
      env: (name) => Deno.env.get(name),
      resolve: (path) => path,
    });
    if (login === undefined) return undefined;
    const version = await codeVersion({ modules: [new URL("./tasks.ts", import.meta.url).href] });
    return await connectWorkers({ ...login, version, onNotice: console.error });
  } catch (error) {
    if (!(error instanceof NatsError || error instanceof TypeError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}

/** Whether a case that hung comes to an end when it is given more time: the machine may be busy. */
async function isMerelySlow(
  { name, kind }: { readonly name: string; readonly kind: Kind },
  { index, error }: Failure,
): Promise<boolean> {
  if (!error.startsWith("more than")) return false;
  const { mostMs = MOST_MS } = kind;
  return await failureOf(name, { ...kind, mostMs: PATIENCE * mostMs }, kind.make(index, seed)) ===
    null;
}

/** Makes a case that failed smaller, writes it, and says how it is tried again. */
async function report(
  { name, kind }: { readonly name: string; readonly kind: Kind },
  { index, error }: Failure,
): Promise<string> {
  const found = kind.make(index, seed);
  const signature = signatureOf(error);
  const least = await minimise(found, {
    fails: async (each) => signatureOf(await failureOf(name, kind, each) ?? "") === signature,
    timeMs: MINIMISE_MS,
  });
  const path = `${out}/${name}-${seed}-${index}.${least.extension}`;
  Deno.mkdirSync(out, { recursive: true });
  Deno.writeFileSync(path, least.file());
  const text = `${name} ${index} of seed ${seed}: ${error.slice(0, 1000)}\n` +
    `  deno task fuzz ${name} --case ${path}`;
  console.log(text);
  return text;
}

/** What a case fails with when it is read from its file; null if it does not. */
async function failureOf(name: string, { mostMs = MOST_MS }: Kind, each: Case) {
  let error: string | null = null;
  const order = { kind: name, file: each.file(), name: `x.${each.extension}` };
  await watched.run(order, {
    mostMs,
    ended: () => {},
    failed: (failure) => error = failure.error,
  });
  return error as string | null;
}

/** Tries the case in a file. */
async function repeat(path: string): Promise<boolean> {
  if (chosen.length !== 1) {
    console.error("--case needs the one kind that the file is of");
    Deno.exit(2);
  }
  const kind = await kinds[chosen[0]]();
  const error = await failureOf(chosen[0], kind, kind.read(await Deno.readFile(path), path));
  console.log(error ?? "it does not fail");
  return error === null;
}

function readStates(): Record<string, Progress> {
  try {
    return JSON.parse(Deno.readTextFileSync(statePath));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Whole, or as it was: never a part of it. */
function writeStates(): void {
  Deno.mkdirSync(out, { recursive: true });
  Deno.writeTextFileSync(`${statePath}.new`, JSON.stringify(states, null, 1));
  Deno.renameSync(`${statePath}.new`, statePath);
}
