/** What tests did without any change: whether they passed, and how long they took. */
interface Plain {
  readonly passed: boolean;
  readonly ms: number;
}

/** Whether tests noticed a mutant, and how many files of them it met. */
export interface Verdict {
  readonly outcome: "killed" | "survived";
  readonly ran: number;
}

/** A copy of the checkout in which mutants are made. */
export interface Checkout {
  readonly folder: string;
}

/** What files of tests do without any change, each tried once. */
export type PlainRuns = Map<string, Promise<Plain>>;

/** How long files of tests took when they ran last. */
export type Durations = Map<string, number>;

// Files of tests that run in one process: few first, as most mutants die in the nearest ones.
const BATCHES = [2, 4, 8, 16];
const LEFT_OUT = new Set([".git", "out", "node_modules"]);

/** Copies a checkout, with a link to the shared data beside it where there is such. */
export async function copyCheckout(root: URL, folder: string): Promise<Checkout> {
  const copy = `${folder}/checkout`;
  await copyFolder(root, copy);
  const shared = new URL("../shared", root);
  if (await Deno.stat(shared).then(() => true, () => false)) {
    await Deno.symlink(shared, `${folder}/shared`);
  }
  return { folder: copy };
}

/**
 * Runs tests with a mutant in place of a file, in order, up to the first that fails. A failure counts
 * only of tests that pass without the mutant; running out of time only if all that ran until then
 * takes less than a third of it without.
 */
export async function tryMutant(
  { folder }: Checkout,
  { path, source, mutant, tests, limitMs, plain, durations = new Map() }: {
    readonly path: string;
    readonly source: string;
    readonly mutant: string;
    readonly tests: readonly string[];
    readonly limitMs: number;
    readonly plain: PlainRuns;
    readonly durations?: Durations;
  },
): Promise<Verdict> {
  const file = `${folder}/${path}`;
  const withoutMutant = async (test: string): Promise<Plain> => {
    if (!plain.has(test)) {
      await Deno.writeTextFile(file, source);
      plain.set(test, plainRun(folder, test, limitMs));
    }
    return await plain.get(test)!;
  };
  const queue = [...tests];
  const met = new Set<string>();
  let leftMs = limitMs;
  try {
    for (let batch = 0; queue.length > 0 && leftMs > 0; batch++) {
      const some = queue.splice(0, BATCHES[Math.min(batch, BATCHES.length - 1)]);
      for (const test of some) met.add(test);
      await Deno.writeTextFile(file, mutant);
      const { ms, failed, text } = await runTests(folder, some, leftMs);
      noteDurations(durations, text, { tests: some, lateMs: failed === "late" ? ms : 0 });
      leftMs -= ms;
      if (failed === "late") {
        let plainMs = 0;
        for (const test of met) {
          const { passed, ms } = await withoutMutant(test);
          plainMs += passed ? ms : Infinity;
          if (plainMs >= limitMs / 3) return { outcome: "survived", ran: met.size };
        }
        return { outcome: "killed", ran: met.size };
      }
      for (const test of failed) {
        if ((await withoutMutant(test)).passed) return { outcome: "killed", ran: met.size };
      }
      // What fails by itself says nothing; what stood behind it has not run.
      if (failed.length > 0) queue.unshift(...some.filter((test) => !failed.includes(test)));
    }
    return { outcome: "survived", ran: met.size };
  } finally {
    await Deno.writeTextFile(file, source);
  }
}

async function plainRun(folder: string, test: string, limitMs: number): Promise<Plain> {
  const { ms, failed } = await runTests(folder, [test], limitMs);
  return { passed: failed.length === 0, ms };
}

/** Runs files of tests in a process of its own, which ends with all that it has started. */
async function runTests(
  folder: string,
  tests: readonly string[],
  limitMs: number,
): Promise<{
  readonly ms: number;
  readonly failed: readonly string[] | "late";
  readonly text: string;
}> {
  const begin = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--no-check",
      "--fail-fast",
      "--v8-flags=--max-old-space-size=3000",
      ...tests,
    ],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end(child.pid);
  }, limitMs);
  const texts = [child.stdout, child.stderr].map((stream) => new Response(stream).text());
  const { success } = await child.status;
  clearTimeout(timer);
  end(child.pid);
  const text = (await Promise.all(texts)).join("\n");
  const ms = performance.now() - begin;
  if (isLate) return { ms, failed: "late", text };
  return { ms, failed: success ? [] : failedOf(text, tests), text };
}

/** The files of which a run says that they failed; all if it says nothing. */
function failedOf(text: string, tests: readonly string[]): readonly string[] {
  const named = [
    ...text.matchAll(/=> \.\/(\S+?\.ts)[:#]/g),
    ...text.matchAll(/^\.\/(\S+\.ts) \(uncaught error\)/gm),
  ].map(([, name]) => name);
  const failed = tests.filter((test) => named.includes(test));
  return failed.length > 0 ? failed : tests;
}

const UNITS: Readonly<Record<string, number>> = { "µs": 1e-3, ms: 1, s: 1000, m: 60_000 };

/** Adds up what a run says of the time of each test; the file that it was in when time ran out took the rest. */
function noteDurations(
  durations: Durations,
  text: string,
  { tests, lateMs }: { readonly tests: readonly string[]; readonly lateMs: number },
): void {
  const parts = text.split(/^running \d+ tests? from \.\//m).slice(1);
  let leftMs = lateMs;
  parts.forEach((part, i) => {
    const test = tests.find((each) => part.startsWith(`${each}\n`));
    if (test === undefined) return;
    const times = [...part.matchAll(/ \.\.\. (?:ok|FAILED) \((?:(\d+)m)?([\d.]+)(µs|ms|s|m)\)/g)];
    const ms = times.reduce(
      (sum, [, minutes, n, unit]) => sum + Number(minutes ?? 0) * 60_000 + Number(n) * UNITS[unit],
      0,
    );
    const isLast = i === parts.length - 1;
    durations.set(test, Math.max(durations.get(test) ?? 0, isLast ? Math.max(ms, leftMs) : ms));
    leftMs -= ms;
  });
}

/** Ends a group of processes, if there is any of it left. */
function end(group: number): void {
  try {
    Deno.kill(-group, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

async function copyFolder(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (LEFT_OUT.has(name)) continue;
    if (isDirectory) {
      await copyFolder(new URL(`${encodeURIComponent(name)}/`, from), `${to}/${name}`);
    }
    if (isFile) await Deno.copyFile(new URL(encodeURIComponent(name), from), `${to}/${name}`);
  }
}
