/**
 * Random and damaged things through everything that takes them, under a watchdog:
 *
 * - `models`: damaged files are read, planned, validated and run with checks beside the reference
 * - `plans`: edited plans are refused, or give the right bytes
 * - `graphs`: random graphs are planned in all ways, validly, and run as the reference does
 * - `schedules`: random schedules compute what the interpreter does, on one thread and on two
 * - `inputs`: damaged pictures, arrays, sounds and tables are read or refused
 *
 * Run: deno task fuzz [KIND ...] --count 10000 --seed 1 [--from N] [--out DIR] [--nats URL]
 *
 * Without kinds all of them run. A run goes on at case N of its seed with `--from N`. What fails is
 * written to DIR (default: out/fuzz), and the exit code is 1. With --nats (and NATS_TOKEN and others in
 * the environment, as `tinyloom worker --help` tells) the cases run on as many machines as do
 * `deno task tinyloom worker --nats URL --tasks tests/fuzz/tasks.ts` there.
 */
import { codeVersion, connectWorkers, NatsError } from "tinyloom";
import { loginOf } from "../../lib/cli/machines.ts";
import { parseArgs } from "../../lib/npm/parse_args.ts";
import { kinds } from "./kinds.ts";
import { type FuzzReport, type FuzzTask, runCases } from "./run_cases.ts";

/** Cases that a machine gets at a time. */
const CASES_AT_ONCE = 100;

const names = ["count", "seed", "from", "out", "nats", "nats-creds"];
const args = parseArgs(Deno.args, { string: names });
const chosen = args._.length > 0 ? args._ as string[] : Object.keys(kinds);
const stray = chosen.find((kind) => !Object.hasOwn(kinds, kind));
if (stray !== undefined) {
  console.error(`There is no fuzz "${stray}", only ${Object.keys(kinds).join(", ")}`);
  Deno.exit(2);
}
const count = Number(args.count ?? 1000);
const seed = Number(args.seed ?? 1);
const from = Number(args.from ?? 0);
const out = String(args.out ?? "out/fuzz");

const machines = await connected();
const failures: string[] = [];
for (const what of chosen) {
  const reports = await reportsOf(what);
  const outcomes = new Map<string, number>();
  for (const report of reports) {
    for (const [outcome, n] of Object.entries(report.outcomes)) {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + n);
    }
    for (const { index, error, file } of report.failures) {
      failures.push(`${what} ${index}: ${error}`);
      if (file === null) continue;
      await Deno.mkdir(out, { recursive: true });
      const bytes = typeof file.content === "string"
        ? new TextEncoder().encode(file.content)
        : file.content;
      await Deno.writeFile(`${out}/${what}-${seed}-${index}.${file.extension}`, bytes);
    }
  }
  const most = (of: (report: FuzzReport) => number) => Math.max(0, ...reports.map(of));
  console.log(
    `${what}, seed ${seed}: ` +
      [...outcomes].map(([outcome, n]) => `${n} ${outcome}`).join(", ") +
      `; slowest ${most((report) => report.slowestMs).toFixed(0)} ms, ` +
      `at most ${(most((report) => report.largestRss) / 2 ** 20).toFixed(0)} MiB`,
  );
}
await machines?.[Symbol.asyncDispose]();
for (const failure of failures) console.log(failure);
const tried = chosen.length * (count - from);
console.log(`${tried - failures.length} passed, ${failures.length} failed`);
Deno.exit(failures.length === 0 ? 0 : 1);

/** How all cases of a kind ended: here, or on other machines. */
async function reportsOf(what: string): Promise<readonly FuzzReport[]> {
  const whole: FuzzTask = { kind: "fuzz", what, seed, from, until: count };
  if (machines === undefined) return [await runCases(whole)];
  const tasks = Array.from({ length: Math.ceil((count - from) / CASES_AT_ONCE) }, (_, i) => {
    const first = from + i * CASES_AT_ONCE;
    return { ...whole, from: first, until: Math.min(count, first + CASES_AT_ONCE) };
  });
  return await machines.run<FuzzReport>(tasks);
}

async function connected() {
  const login = await loginOf({
    flags: args,
    env: Deno.env.toObject(),
    resolve: (path) => path,
  });
  if (login === undefined) return undefined;
  const version = await codeVersion({ modules: [new URL("./tasks.ts", import.meta.url).href] });
  try {
    return await connectWorkers({ ...login, version, onNotice: console.error });
  } catch (error) {
    if (!(error instanceof NatsError || error instanceof TypeError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}
