/**
 * Damaged models through reading, planning, validating and checked execution, under a watchdog.
 *
 * Run: deno task fuzz models --count 10000 --seed 1 [--out DIR]
 *
 * What fails is written to DIR (default: out/fuzz), and the exit code is 1.
 */
import { parseArgs } from "../../lib/npm/parse_args.ts";

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
    readonly mutant: Uint8Array;
  };

const args = parseArgs(Deno.args, { string: ["count", "seed", "out"] });
const [what = "models"] = args._ as string[];
if (what !== "models") {
  console.error(`There is no fuzz "${what}", only models`);
  Deno.exit(2);
}
const count = Number(args.count ?? 1000);
const seed = Number(args.seed ?? 1);
const out = String(args.out ?? "out/fuzz");
const outcomes = new Map<string, number>();
const failures: string[] = [];
let slowestMs = 0;
let largestRss = 0;

let next = 0;
while (next < count) next = await runFrom(next);

console.log(
  `${count} mutants, seed ${seed}: ` +
    [...outcomes].map(([outcome, n]) => `${n} ${outcome}`).join(", ") +
    `; slowest ${slowestMs.toFixed(0)} ms, at most ${(largestRss / 2 ** 20).toFixed(0)} MiB`,
);
for (const failure of failures) console.log(failure);
console.log(`${count - failures.length} passed, ${failures.length} failed`);
Deno.exit(failures.length === 0 ? 0 : 1);

/** Runs mutants in a worker until all are done or one of them hangs; gives the next number. */
function runFrom(from: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const worker = new Worker(new URL("./model_worker.ts", import.meta.url), { type: "module" });
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
        return worker.postMessage({ from, until: count, seed });
      case "done":
        return end(count);
      case "begins":
        current = data.index;
        clearTimeout(timer);
        timer = setTimeout(() => {
          failures.push(`mutant ${current}: more than ${MOST_MS} ms`);
          end(current + 1);
        }, MOST_MS);
        return;
      case "failed":
        failures.push(`mutant ${data.index}: ${data.error}`);
        Deno.mkdirSync(out, { recursive: true });
        return Deno.writeFileSync(`${out}/${seed}-${data.index}.tflite`, data.mutant);
      case "ended":
        outcomes.set(data.outcome, (outcomes.get(data.outcome) ?? 0) + 1);
        slowestMs = Math.max(slowestMs, data.ms);
        largestRss = Math.max(largestRss, data.rss);
        if (data.rss > MOST_RSS) {
          failures.push(`mutant ${data.index}: ${data.rss} bytes of memory`);
          end(data.index + 1);
        }
    }
  };
  worker.onerror = (event) => {
    event.preventDefault();
    failures.push(`mutant ${current}: ${event.message}`);
    end(current + 1);
  };
  return promise;
}
