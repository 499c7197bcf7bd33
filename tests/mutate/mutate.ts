/**
 * Small changes of the library, one at a time, and whether tests notice them.
 *
 * Run: deno task mutate [ROOM] [--count N] [--seed S] [--jobs J] [--limit SECONDS]
 *
 * Each mutant is made in a copy of the checkout and meets the tests that load its file, the most likely
 * ones first, up to the first that fails, for at most a minute (--limit). Without ROOM, changes are drawn from all
 * rooms, 20 from each at least. The table of survivors says which lines no test holds in place; those
 * of which `equivalents.ts` says why nothing can notice them count as equivalent. The exit code is 1
 * if less than nine of ten are noticed. On two cores 300 mutants take less than an hour.
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { parseArgs } from "../../lib/npm/parse_args.ts";
import settings from "../../deno.json" with { type: "json" };
import { equivalents } from "./equivalents.ts";
import { mutated, type Mutation, mutationsOf } from "./mutations.ts";
import { type KnownFiles, knownFiles, nearestTests } from "./nearest_tests.ts";
import { type Checkout, copyCheckout, type Outcome, tryMutant } from "./try_mutant.ts";

const LEAST_PER_ROOM = 20;
const LEAST_KILLED = 0.9;

interface Site {
  readonly path: string;
  readonly room: string;
  readonly mutation: Mutation;
}

const root = new URL("../../", import.meta.url);
const args = parseArgs(Deno.args, { string: ["count", "seed", "jobs", "limit"] });
const count = Number(args.count ?? 300);
const seed = Number(args.seed ?? 1);
const jobs = Number(args.jobs ?? navigator.hardwareConcurrency);
const limitMs = Number(args.limit ?? 60) * 1000;
const [wanted] = args._.map(String);

const texts = new Map<string, string>();
for (const folder of ["lib/", "tests/"]) await readTexts(folder);
texts.set("mod.ts", await Deno.readTextFile(new URL("mod.ts", root)));
const files = knownFiles(texts, doors());
const sites = drawn(allSites(), count);
if (sites.length === 0) {
  console.error(`There is no room "${wanted}" in lib`);
  Deno.exit(2);
}

const results: { readonly site: Site; readonly outcome: Outcome | "equivalent" }[] = [];
const folder = await Deno.makeTempDir({ prefix: "mutants_" });
try {
  const queue = [...sites];
  await Promise.all(Array.from({ length: Math.min(jobs, sites.length) }, async (_, job) => {
    const checkout = await copyCheckout(root, `${folder}/${job}`);
    for (let site = queue.shift(); site !== undefined; site = queue.shift()) {
      results.push({ site, outcome: await judged(checkout, files, site) });
      const { path, mutation: { line, before, after } } = site;
      const [at, outcome] = [`${results.length}/${sites.length}`, results.at(-1)!.outcome];
      console.error(`${at} ${outcome}: ${path}:${line} ${short(before)} -> ${short(after)}`);
    }
  }));
} finally {
  await Deno.remove(folder, { recursive: true });
}
report();

async function judged(
  checkout: Checkout,
  files: KnownFiles,
  { path, mutation }: Site,
): Promise<Outcome | "equivalent"> {
  const source = texts.get(path)!;
  const text = lineOf({ path, mutation });
  const known = equivalents.some((each) =>
    each.path === path && each.line === text && each.before === mutation.before &&
    each.after === mutation.after
  );
  if (known) return "equivalent";
  return await tryMutant(checkout, {
    path,
    source,
    mutant: mutated(source, mutation),
    tests: nearestTests(files, path),
    limitMs,
  });
}

function report(): void {
  const rooms = [...new Set(sites.map(({ room }) => room))].sort();
  console.log("room        mutants  killed  survived  equivalent");
  for (const room of [...rooms, "all"]) {
    const own = results.filter(({ site }) => room === "all" || site.room === room);
    const of = (outcome: string) => own.filter((each) => each.outcome === outcome).length;
    const cells = [own.length, of("killed"), of("survived"), of("equivalent")];
    console.log(
      room.padEnd(12) + cells.map((n, i) => String(n).padStart([7, 8, 10, 12][i])).join(""),
    );
  }
  const survivors = results.filter(({ outcome }) => outcome === "survived");
  if (survivors.length > 0) console.log("\nSurvivors");
  for (const { site } of survivors.sort((a, b) => a.site.path < b.site.path ? -1 : 1)) {
    const { path, mutation: { kind, line, before, after } } = site;
    console.log(`${path}:${line} ${kind} ${short(before)} -> ${short(after)}\n    ${lineOf(site)}`);
  }
  const share = 1 - survivors.length / results.length;
  const [killed, all] = [results.length - survivors.length, results.length];
  console.log(
    `\nseed ${seed}: ${killed} of ${all} noticed or equivalent, ${(share * 100).toFixed(1)} %`,
  );
  Deno.exit(share >= LEAST_KILLED ? 0 : 1);
}

function allSites(): readonly Site[] {
  return [...texts].flatMap(([path, text]) => {
    const [top, room, ...rest] = path.split("/");
    // Packages' doors and lists that a program writes have no code of their own.
    if (top !== "lib" || rest.length === 0 || room === "npm" || /registry\.ts$/.test(path)) {
      return [];
    }
    if (wanted !== undefined && room !== wanted) return [];
    return mutationsOf(text).map((mutation) => ({ path, room, mutation }));
  });
}

/** So many sites drawn by the seed; each room gets its share, but not less than the least. */
function drawn(sites: readonly Site[], count: number): readonly Site[] {
  const random = xoroshiro128plus(seed);
  const shuffled = [...sites].sort((a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : a.mutation.from - b.mutation.from
  );
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  const rooms = new Map<string, Site[]>();
  for (const site of shuffled) rooms.set(site.room, [...rooms.get(site.room) ?? [], site]);
  const least = wanted === undefined ? LEAST_PER_ROOM : count;
  const first = [...rooms.values()].flatMap((own) => own.slice(0, least));
  const more = [...rooms.values()].flatMap((own) => own.slice(least));
  more.sort((a, b) => shuffled.indexOf(a) - shuffled.indexOf(b));
  return [...first, ...more.slice(0, Math.max(0, count - first.length))];
}

function lineOf({ path, mutation }: Pick<Site, "path" | "mutation">): string {
  return texts.get(path)!.split("\n")[mutation.line - 1].trim();
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
