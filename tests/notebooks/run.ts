// Type-checks and executes the notebooks in a real Deno Jupyter kernel, and judges their outputs.
//
// A notebook that has small sizes for a quick run reads them off in its first cell:
//
//   const quick = Deno.env.get("TINYLOOM_QUICK") !== undefined;
//   const size = quick ? 96 : 640;
//
// The variable is set by --quick only; an inherited one is removed.

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { areTyped, typeProblems } from "./check.ts";
import { execute, findPython } from "./execution.ts";
import { withOutputs } from "./normalize.ts";
import { type Notebook, readNotebook, writeNotebook } from "./notebook.ts";
import { withPngs } from "./pictures.ts";
import { type Problem, problemsOf } from "./verdict.ts";

const USAGE = `usage: deno task notebooks [options] [FILES...]

Type-checks and executes notebooks (default: notebooks/*.ipynb) and asserts on their outputs.

  --write             write the outputs into the notebooks that passed, charts as PNG
  --quick             small sizes: sets TINYLOOM_QUICK=1 for the notebooks
  --check             type-check only; needs no Jupyter
  --jobs N            notebooks at a time (default 1, so that their timings do not disturb each other)
  --timeout SECONDS   for each notebook (default 600)
  --python PATH       a Python with jupyter_client (default: /usr/bin/python3, then python3)
  --skip-if-missing   succeed when there is no Jupyter

Exit code: 0 all passed, 1 a notebook failed, 2 wrong usage or no Jupyter.`;

const MISSING = `Jupyter is missing: no Python with jupyter_client was found. Install it:
  Debian, Ubuntu: apt-get install -y --no-install-recommends jupyter-notebook
  elsewhere:      python3 -m pip install jupyter_client
or name the Python that has it: --python PATH`;

class UsageError extends Error {}

async function main(args: string[], signal: AbortSignal): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    console.log(USAGE);
    return 0;
  }
  const files = options.files.length > 0 ? options.files : await committedNotebooks();
  const python = options.check ? null : await findPython(options.pythons);
  if (!options.check && python === null) {
    console.error(MISSING);
    if (!options.skipIfMissing) return 2;
    console.error("Skipped, as asked for; the notebooks are only type-checked.");
  }
  const typed = await allTyped(files);
  let failed = 0;
  const queue = [...files];
  const worker = async () => {
    for (let path = queue.shift(); path !== undefined && !signal.aborted; path = queue.shift()) {
      const startedMs = performance.now();
      const problems = await judge(path, { ...options, python, signal, typed });
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      console.log(`${problems.length === 0 ? "ok    " : "FAILED"} ${path} (${seconds} s)`);
      for (const { cell, what } of problems) {
        console.log(`       ${cell === null ? "notebook" : `cell ${cell}`}: ${what}`);
      }
      if (problems.length > 0) failed++;
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  if (signal.aborted) return 130;
  const done = python === null ? "type-checked" : "executed";
  console.log(`${files.length} notebooks ${done}, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** False as well where a file cannot be read: which one, is told when its turn comes. */
async function allTyped(files: readonly string[]): Promise<boolean> {
  try {
    const notebooks = await Promise.all(
      files.map(async (path) => [path, await readNotebook(path)] as const),
    );
    return await areTyped(notebooks);
  } catch {
    return false;
  }
}

async function pictured(path: string, notebook: Notebook): Promise<Notebook> {
  try {
    return await withPngs(notebook);
  } catch (error) {
    console.error(`${path} has no PNGs: ${error instanceof Error ? error.message : error}`);
    return notebook;
  }
}

interface Options {
  files: string[];
  write: boolean;
  quick: boolean;
  check: boolean;
  jobs: number;
  timeoutSeconds: number;
  pythons: string[] | undefined;
  skipIfMissing: boolean;
}

async function judge(
  path: string,
  options: Options & { python: string | null; signal: AbortSignal; typed: boolean },
): Promise<Problem[]> {
  try {
    const notebook = await readNotebook(path);
    const problems = options.typed ? [] : await typeProblems(path, notebook);
    if (options.python === null) return problems;
    const execution = await execute(path, { ...options, python: options.python });
    problems.push(...problemsOf(notebook, execution));
    if (options.write && problems.length === 0) {
      await writeNotebook(path, await pictured(path, withOutputs(notebook, execution)));
    }
    return problems;
  } catch (error) {
    return [{ cell: null, what: error instanceof Error ? error.message : String(error) }];
  }
}

function readOptions(args: string[]): Options | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  if (values.write && (values.quick || values.check)) {
    throw new UsageError("--write keeps full-size results; drop --quick and --check");
  }
  return {
    files: positionals,
    write: values.write,
    quick: values.quick,
    check: values.check,
    jobs: positiveNumber("--jobs", values.jobs),
    timeoutSeconds: positiveNumber("--timeout", values.timeout),
    pythons: values.python === undefined ? undefined : [values.python],
    skipIfMissing: values["skip-if-missing"],
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        write: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        jobs: { type: "string", default: "1" },
        timeout: { type: "string", default: "600" },
        python: { type: "string" },
        "skip-if-missing": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function positiveNumber(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`${flag} is "${text}"; needed: a whole number above 0`);
}

async function committedNotebooks(): Promise<string[]> {
  const folder = new URL("../../notebooks/", import.meta.url);
  const files: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.name.endsWith(".ipynb")) continue;
      files.push(relative(Deno.cwd(), fileURLToPath(new URL(entry.name, folder))));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files.sort();
}

// Kernels and temporary files do not go away by themselves.
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  if (name === "SIGINT" || Deno.build.os !== "windows") {
    Deno.addSignalListener(name, () => stop.abort());
  }
}

try {
  Deno.exit(await main(Deno.args, stop.signal));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  Deno.exit(2);
}
