/** Whether tests noticed a mutant. */
export type Outcome = "killed" | "survived";

/** A copy of the checkout in which mutants are made. */
export interface Checkout {
  readonly folder: string;
}

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

/** Runs tests with a mutant in place of a file, in order, up to the first that fails. */
export async function tryMutant(
  { folder }: Checkout,
  { path, source, mutant, tests, limitMs }: {
    readonly path: string;
    readonly source: string;
    readonly mutant: string;
    readonly tests: readonly string[];
    /** Tests that take longer notice the mutant, if they take a third of it without. */
    readonly limitMs: number;
  },
): Promise<Outcome> {
  const end = performance.now() + limitMs;
  const file = `${folder}/${path}`;
  await Deno.writeTextFile(file, mutant);
  try {
    for (const batch of batchesOf(tests)) {
      const left = end - performance.now();
      if (left <= 0) return "survived";
      const outcome = await runTests(folder, batch, left);
      if (outcome === "failed") return "killed";
      if (outcome === "passed") continue;
      await Deno.writeTextFile(file, source);
      const plain = await runTests(folder, batch, limitMs / 3);
      return plain === "passed" ? "killed" : "survived";
    }
    return "survived";
  } finally {
    await Deno.writeTextFile(file, source);
  }
}

function batchesOf(tests: readonly string[]): readonly (readonly string[])[] {
  const batches: (readonly string[])[] = [];
  let at = 0;
  while (at < tests.length) {
    const size = BATCHES[Math.min(batches.length, BATCHES.length - 1)];
    batches.push(tests.slice(at, at + size));
    at += size;
  }
  return batches;
}

/** Runs files of tests in a process of its own, which ends with all that it has started. */
async function runTests(
  folder: string,
  tests: readonly string[],
  limitMs: number,
): Promise<"passed" | "failed" | "late"> {
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
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end(child.pid);
  }, limitMs);
  const { success } = await child.status;
  clearTimeout(timer);
  end(child.pid);
  return isLate ? "late" : success ? "passed" : "failed";
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
