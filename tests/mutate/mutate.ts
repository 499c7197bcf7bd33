/**
 * Small changes of the library, one at a time, and whether tests notice them.
 *
 * Run: deno task mutate [ROOM] [--count N] [--seed S] [--jobs J] [--limit SECONDS] [--minutes M]
 *      deno task mutate --learn
 *
 * Each mutant is made in a copy of the checkout and meets the tests that load its file, the most likely
 * ones first, up to the first that fails, for at most a minute (--limit), or less if the whole would
 * take more than an hour (--minutes). Without ROOM, changes are drawn from all rooms, 20 from each at
 * least. A table of survivors says which lines no test holds in place; those of which
 * `equivalents.ts` says why nothing can notice them count as equivalent. The exit code is 1 if less
 * than nine of ten are noticed.
 *
 * Which tests run which function --learn writes to `covering_tests.json` beside this file: where that
 * is, a change meets those that run what it changes, if any is known to.
 */
import settings from "../../deno.json" with { type: "json" };
import { scriptFlags } from "../script_flags.ts";
import { type Covering, coveringTests, enclosingFunction } from "./covering_tests.ts";
import { isEquivalent } from "./equivalents.ts";
import { learnCovering } from "./learn_covering.ts";
import { mutated } from "./mutations.ts";
import { knownFiles, nearestTests } from "./nearest_tests.ts";
import slowTests from "./slow_tests.json" with { type: "json" };
import { allSites, drawSites, type Site } from "./sites.ts";
import {
  type Checkout,
  copyCheckout,
  type Durations,
  type PlainRuns,
  tryMutant,
} from "./try_mutant.ts";

const LEAST_PER_ROOM = 20;
const LEAST_NOTICED = 0.9;
// One mutant may take so many times the time that there is for each of those left.
const MOST_SHARES = 4;
// Tests that take longer beside all others are no use where there is a minute for all.
const SLOWEST_LEARNT_MS = 40_000;

interface Result {
  readonly site: Site;
  readonly outcome: "killed" | "survived" | "equivalent";
  /** The tests that it met, the nearest first. */
  readonly tests: readonly string[];
}

const root = new URL("../../", import.meta.url);
const { values: flags, positionals: [wanted] } = scriptFlags({
  script: import.meta.url,
  options: {
    count: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: String(navigator.hardwareConcurrency) },
    limit: { type: "string", default: "60" },
    minutes: { type: "string", default: "55" },
    learn: { type: "boolean", default: false },
  },
  operands: 1,
  numbers: ["count", "seed", "jobs", "limit", "minutes"],
});
const [count, seed, jobs] = [flags.count, flags.seed, flags.jobs].map(Number);
const limitMs = Number(flags.limit) * 1000;
const wholeMs = Number(flags.minutes) * 60_000;

const texts = new Map<string, string>();
for (const folder of ["lib/", "tests/", "notebooks/"]) await readTexts(folder);
texts.set("mod.ts", await Deno.readTextFile(new URL("mod.ts", root)));
const files = knownFiles(texts, doors());
const coveringFile = new URL("covering_tests.json", import.meta.url);
if (flags.learn) Deno.exit(await learn());
const covering: Covering = JSON.parse(
  await Deno.readTextFile(coveringFile).catch(() => '{"tests":[],"sets":[],"functions":{}}'),
);
// Of one room as many as are asked for.
const least = wanted === undefined ? LEAST_PER_ROOM : 0;
const sites = drawSites(allSites(texts, wanted), { count, least, seed });
if (sites.length === 0) {
  console.error(`There is no room "${wanted}" in lib`);
  Deno.exit(2);
}

const begin = performance.now();
const results: Result[] = [];
const plain: PlainRuns = new Map();
// Tests that take long are tried after those that do not: roughly those of `slow_tests.json` at first,
// milliseconds on two busy cores, then what is kept from run to run.
const durationsFile = new URL("out/test_durations.json", root);
const durations: Durations = new Map(
  Object.entries({
    ...slowTests,
    ...JSON.parse(await Deno.readTextFile(durationsFile).catch(() => "{}")),
  }),
);
const folder = await Deno.makeTempDir({ prefix: "mutants_" });
try {
  const queue = [...sites];
  await Promise.all(Array.from({ length: Math.min(jobs, sites.length) }, async (_, job) => {
    const checkout = await copyCheckout(root, `${folder}/${job}`);
    for (let site = queue.shift(); site !== undefined; site = queue.shift()) {
      const beginMs = performance.now();
      const result = await judge(checkout, site);
      results.push(result);
      const seconds = Math.round((performance.now() - beginMs) / 1000);
      console.error(
        `${results.length}/${sites.length} ${result.outcome} in ${seconds} s by ` +
          `${result.tests.length} files: ${change(site)}`,
      );
    }
  }));
} finally {
  await Deno.remove(folder, { recursive: true });
}
await Deno.mkdir(new URL(".", durationsFile), { recursive: true });
await Deno.writeTextFile(durationsFile, JSON.stringify(Object.fromEntries(durations), null, 1));
report();

async function judge(checkout: Checkout, site: Site): Promise<Result> {
  if (isEquivalent(site)) return { site, outcome: "equivalent", tests: [] };
  const { path, mutation } = site;
  const source = texts.get(path)!;
  const secondsOf = (test: string) => (durations.get(test) ?? 0) / 1000;
  const nearest = nearestTests(files, path, { code: `${site.code} ${mutation.before}`, secondsOf });
  const name = enclosingFunction(source, mutation.from);
  const running = coveringTests(covering, { path, name });
  const meant = nearest.filter((test) => running.has(test));
  const tests = meant.length > 0 ? meant : nearest;
  const leftMs = wholeMs - (performance.now() - begin);
  const share = leftMs * jobs / (sites.length - results.length);
  const { outcome, ran } = await tryMutant(checkout, {
    path,
    source,
    mutant: mutated(source, mutation),
    tests,
    limitMs: Math.min(limitMs, Math.max(1000, MOST_SHARES * share)),
    plain,
    durations,
  });
  return { site, outcome, tests: tests.slice(0, ran) };
}

/** Finds out which tests run which functions. */
async function learn(): Promise<number> {
  const tests = [...texts.keys()].filter((path) =>
    path.endsWith("_test.ts") && !path.startsWith("tests/mutate/") &&
    ((slowTests as Record<string, number>)[path] ?? 0) <= SLOWEST_LEARNT_MS
  );
  let learnt = 0;
  const found = await learnCovering(root, tests, {
    jobs,
    onLearnt: (test, ms, functions) =>
      console.error(
        `${++learnt}/${tests.length} ${test}: ${functions} functions in ${
          (ms / 1000).toFixed(1)
        } s`,
      ),
  });
  await Deno.writeTextFile(coveringFile, `${JSON.stringify(found)}\n`);
  return 0;
}

function report(): void {
  const rooms = [...new Set(sites.map(({ room }) => room))].sort();
  console.log("room        mutants  killed  survived  equivalent  noticed");
  for (const room of [...rooms, "all"]) {
    const own = results.filter(({ site }) => room === "all" || site.room === room);
    const of = (outcome: string) => own.filter((each) => each.outcome === outcome).length;
    const cells = [own.length, of("killed"), of("survived"), of("equivalent")];
    const texts = [...cells.map(String), percent(1 - of("survived") / own.length)];
    console.log(
      room.padEnd(12) + texts.map((text, i) => text.padStart([7, 8, 10, 12, 9][i])).join(""),
    );
  }
  const survivors = results.filter(({ outcome }) => outcome === "survived");
  if (survivors.length > 0) console.log("\nSurvivors");
  for (const { site, tests } of survivors.sort((a, b) => a.site.path < b.site.path ? -1 : 1)) {
    const nearest = tests.slice(0, 3).map((test) => test.replace(/^tests\//, "")).join(", ");
    console.log(`${change(site)}\n    ${site.code}\n    met ${tests.length} files: ${nearest}`);
  }
  const share = 1 - survivors.length / results.length;
  const minutes = Math.round((performance.now() - begin) / 60_000);
  console.log(
    `\nseed ${seed}: ${results.length - survivors.length} of ${results.length} noticed or ` +
      `equivalent, ${percent(share)}, in ${minutes} minutes`,
  );
  Deno.exit(share >= LEAST_NOTICED ? 0 : 1);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function change({ path, mutation: { kind, line, before, after } }: Site): string {
  return `${path}:${line} ${kind} ${short(before)} -> ${short(after)}`;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 37)}...` : line;
}

function doors(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings.exports).map(([name, path]) => [
      name.replace(/^\./, "tinyloom"),
      path.replace(/^\.\//, ""),
    ]),
  );
}

async function readTexts(path: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(path, root))) {
    if (isDirectory) await readTexts(`${path}${name}/`);
    else if (name.endsWith(".ts")) {
      texts.set(path + name, await Deno.readTextFile(new URL(path + name, root)));
    }
  }
}
