/**
 * Random and damaged things through everything that takes them, under a watchdog:
 *
 * - `models`: damaged files are read, planned, validated and run with checks beside the reference
 * - `plans`: edited plans are refused, or give the right bytes
 * - `graphs`: random graphs are planned in all ways, validly, and run as the reference does
 * - `schedules`: random schedules compute what the interpreter does, on one thread and on two
 * - `inputs`: damaged pictures, arrays, sounds and tables are read or refused
 *
 * Run: deno task fuzz [KIND ...] --count 10000 --seed 1 [--from N] [--out DIR]
 *
 * Without kinds all of them run. A run goes on at case N of its seed with `--from N`. What fails is
 * written to DIR (default: out/fuzz), and the exit code is 1.
 */
import { parseArgs } from "../../lib/npm/parse_args.ts";
import { kinds } from "./kinds.ts";

const MOST_MS = 5000;
const MOST_RSS = 2 ** 30;

type Message =
  | { readonly kind: "ready" | "done" }
  | { readonly kind: "begins"; readonly index: number }
  | {
    readonly kind: "ended";
    readonly index: number;
    readonly outcome: string;
    readonly ms: number;
    readonly rss: number;
  }
  | {
    readonly kind: "failed";
    readonly index: number;
    readonly error: string;
    readonly what: Uint8Array | string;
    readonly extension: string;
  };

const args = parseArgs(Deno.args, { string: ["count", "seed", "from", "out"] });
const chosen = args._.length > 0 ? args._ as string[] : Object.keys(kinds);
const stray = chosen.find((kind) => !Object.hasOwn(kinds, kind));
if (stray !== undefined) {
  console.error(`There is no fuzz "${stray}", only ${Object.keys(kinds).join(", ")}`);
  Deno.exit(2);
}
const count = Number(args.count ?? 1000);
const seed = Number(args.seed ?? 1);
const out = String(args.out ?? "out/fuzz");
const failures: string[] = [];
let outcomes = new Map<string, number>();
let slowestMs = 0;
let largestRss = 0;

for (const kind of chosen) {
  [outcomes, slowestMs, largestRss] = [new Map(), 0, 0];
  let next = Number(args.from ?? 0);
  while (next < count) next = await runFrom(kind, next);
  console.log(
    `${kind}, seed ${seed}: ` +
      [...outcomes].map(([outcome, n]) => `${n} ${outcome}`).join(", ") +
      `; slowest ${slowestMs.toFixed(0)} ms, at most ${(largestRss / 2 ** 20).toFixed(0)} MiB`,
  );
}
for (const failure of failures) console.log(failure);
const tried = chosen.length * (count - Number(args.from ?? 0));
console.log(`${tried - failures.length} passed, ${failures.length} failed`);
Deno.exit(failures.length === 0 ? 0 : 1);

/** Runs cases in a worker until all are done or one of them hangs; gives the next number. */
function runFrom(kind: string, from: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const worker = new Worker(new URL("./fuzz_worker.ts", import.meta.url), { type: "module" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let current = from;
  const end = (following: number) => {
    clearTimeout(timer);
    worker.terminate();
    resolve(following);
  };
  worker.onmessage = ({ data }: MessageEvent<Message>) => {
    switch (data.kind) {
      case "ready":
        return worker.postMessage({ kind, from, until: count, seed });
      case "done":
        return end(count);
      case "begins":
        current = data.index;
        clearTimeout(timer);
        timer = setTimeout(() => {
          failures.push(`${kind} ${current}: more than ${MOST_MS} ms`);
          end(current + 1);
        }, MOST_MS);
        return;
      case "failed":
        failures.push(`${kind} ${data.index}: ${data.error}`);
        Deno.mkdirSync(out, { recursive: true });
        return Deno.writeFileSync(
          `${out}/${kind}-${seed}-${data.index}.${data.extension}`,
          typeof data.what === "string" ? new TextEncoder().encode(data.what) : data.what,
        );
      case "ended":
        outcomes.set(data.outcome, (outcomes.get(data.outcome) ?? 0) + 1);
        slowestMs = Math.max(slowestMs, data.ms);
        largestRss = Math.max(largestRss, data.rss);
        if (data.rss > MOST_RSS) {
          failures.push(`${kind} ${data.index}: ${data.rss} bytes of memory`);
          end(data.index + 1);
        }
    }
  };
  worker.onerror = (event) => {
    event.preventDefault();
    failures.push(`${kind} ${current}: ${event.message}`);
    end(current + 1);
  };
  return promise;
}
