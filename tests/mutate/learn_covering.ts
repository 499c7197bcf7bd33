import {
  type Covering,
  coveringOf,
  functionsThatRan,
  type ScriptCoverage,
} from "./covering_tests.ts";

// What takes longer than this notices no mutant in the time that there is for one.
const MOST_MS = 90_000;

/**
 * Runs each file of tests alone under V8's coverage, and finds which functions of the library it runs. What
 * fails, takes too long or runs the library in another process is left out.
 *
 * @param root The checkout.
 */
export async function learnCovering(
  root: URL,
  tests: readonly string[],
  { jobs, onLearnt }: {
    readonly jobs: number;
    /** Told after each file, with how long it took. */
    readonly onLearnt: (test: string, ms: number, functions: number) => void;
  },
): Promise<Covering> {
  const queue = [...tests];
  const ran = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>();
  await Promise.all(Array.from({ length: jobs }, async () => {
    for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
      const begin = performance.now();
      const found = await functionsOf(root, test);
      if (found !== null) ran.set(test, found);
      const functions = [...found?.values() ?? []].reduce((sum, { size }) => sum + size, 0);
      onLearnt(test, performance.now() - begin, functions);
    }
  }));
  return coveringOf(ran);
}

async function functionsOf(root: URL, test: string) {
  const folder = await Deno.makeTempDir({ prefix: "covering_" });
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["test", "-A", "--no-check", "--fail-fast", `--coverage=${folder}`],
        ...["--coverage-raw-data-only", test],
      ],
      cwd: root,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(MOST_MS),
    }).spawn();
    if (!(await child.status).success) return null;
    const scripts: ScriptCoverage[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".json")) {
        scripts.push(JSON.parse(await Deno.readTextFile(`${folder}/${name}`)));
      }
    }
    return functionsThatRan(scripts, root.href);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
